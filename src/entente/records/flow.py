"""What flows have in common: a post counts something over a period, in one direction.

A post observes some hours of some days: what it counts is partial. Flows have no code: nobody
says one on the phone, and a hundred thousand of them leave in one batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import POST_SHAPE, At, Field, Labels, PostId, Record, Role, has_shape
from entente.records.times import certainly_after

Direction = Literal["incoming", "outgoing", "internal"]

_MONTH_OF_MINUTES: Final = 44_640


class Flow(Record, kw_only=True, frozen=True):
    """Where, when and which way; a kind adds what was counted."""

    family: ClassVar[str] = "flow"
    spoken: ClassVar[bool] = False
    whole: ClassVar[str | None] = None
    """The number of persons of which every other number of persons is a part."""
    divided: ClassVar[tuple[str, ...]] = ("women", "men", "girls", "boys")
    """The parts that exclude one another: together they are at most the whole."""
    never_added: ClassVar[frozenset[str]] = frozenset()
    """Numbers that mean nothing added up, such as a price."""
    measured_in: ClassVar[Mapping[str, str]] = {}
    """Numbers that can be added up only where another field is the same: a quantity, by its unit."""

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
        Annotated[int, Meta(ge=0, le=10_000_000)] | None,
        Field(Role.QUANTITY, "Minutes observées", "Minutes observed", hxl="#indicator+minutes+num"),
    ] = None
    observations: Annotated[
        Annotated[int, Meta(ge=1, le=10_000_000)] | None,
        Field(Role.QUANTITY, "Relevés additionnés", "Observations added up", hxl="#meta+observations+num"),
    ] = None
    """How many records were added up into this one."""

    def check(self) -> None:
        """The period in its order; the post by its id."""
        super().check()
        if self.start is not None and self.end is not None and certainly_after(self.start, self.end):
            raise RecordError("a period ends after its start")
        if self.post is not None and not has_shape(self.post, POST_SHAPE):
            raise RecordError("{post} is not the id of a post", post=self.post)
        # Posts added up have more minutes than a month.
        if not self.is_released and self.minutes is not None and self.minutes > _MONTH_OF_MINUTES:
            raise RecordError("a record of one post has at most {limit} minutes", limit=_MONTH_OF_MINUTES)
