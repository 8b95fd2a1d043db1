"""What flows have in common: a post counts something over a period, in one direction.

A post observes some hours of some days: what it counts is partial. Flows have no code: nobody
says one on the phone, and a hundred thousand of them leave in one batch.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import POST_SHAPE, At, Field, Labels, PostId, Record, Role, has_shape
from entente.records.times import certainly_after

Direction = Literal["incoming", "outgoing", "internal"]


class Flow(Record, kw_only=True, frozen=True):
    """Where, when and which way; a kind adds what was counted."""

    family: ClassVar[str] = "flow"
    spoken: ClassVar[bool] = False

    direction: Annotated[
        Direction,
        Field(Role.CHOICE, "Sens", "Direction", hxl="#indicator+direction"),
        Labels(
            {
                "incoming": ("entrant", "incoming"),
                "outgoing": ("sortant", "outgoing"),
                "internal": ("interne", "internal"),
            }
        ),
    ]
    post: Annotated[PostId | None, Field(Role.POST, "Point de suivi", "Post", hxl="#loc+post+code")] = None
    start: Annotated[
        At | None, Field(Role.INSTANT, "Début de la période", "Period from", hxl="#date+start")
    ] = None
    end: Annotated[At | None, Field(Role.INSTANT, "Fin de la période", "Period to", hxl="#date+end")] = None
    minutes: Annotated[
        Annotated[int, Meta(ge=0, le=44_640)] | None,
        Field(Role.QUANTITY, "Minutes observées", "Minutes observed", hxl="#indicator+minutes+num"),
    ] = None

    def check(self) -> None:
        """The period in its order; the post by its id."""
        super().check()
        if self.start is not None and self.end is not None and certainly_after(self.start, self.end):
            raise RecordError("a period ends after its start")
        if self.post is not None and not has_shape(self.post, POST_SHAPE):
            raise RecordError("{post} is not the id of a post", post=self.post)
