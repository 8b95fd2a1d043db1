"""A message to a party, a service or a function; with a step, an answer that moves a dossier.

It is addressed to a function, never to a person by name. Two of the steps move no dossier and
only tell the other side what was done here: ``notified``, a function was called, and
``escalated``, one was called because nobody had answered.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from entente.errors import RecordError
from entente.records.base import At, Field, Labels, Lane, Long, PartyId, Record, Role, ServiceId, Slug

Step = Literal["acknowledged", "under_way", "closed", "notified", "escalated"]
ANSWERING: Final[tuple[Step, ...]] = ("acknowledged", "under_way", "closed")
"""The steps that a person takes; the node itself says the others."""


class Message(Record, kw_only=True, frozen=True, tag="message"):
    """Words for a counterpart, an answer to a record, or both."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "dialogue"
    placed: ClassVar[bool] = False
    # An answer that lost what it answers, or which step it takes, would say something else.
    kept: ClassVar[frozenset[str]] = frozenset({"about", "step"})
    addressee: ClassVar[str | None] = "to_party"
    title: ClassVar[tuple[str, str]] = ("Message", "Message")

    to_party: Annotated[PartyId, Field(Role.LABEL, "À la partie", "To the party", hxl="#org+to")]
    to_service: Annotated[
        ServiceId | None, Field(Role.LABEL, "Au service", "To the service", hxl="#org+service+to")
    ] = None
    to_function: Annotated[
        Slug | None, Field(Role.LABEL, "À la fonction", "To the function", hxl="#contact+function+to")
    ] = None
    step: Annotated[
        Step | None,
        Field(Role.CHOICE, "Suite donnée", "Step", hxl="#status+response"),
        Labels(
            {
                "acknowledged": ("reçu et pris en compte", "acknowledged"),
                "under_way": ("en cours", "under way"),
                "closed": ("clos", "closed"),
                "notified": ("permanence prévenue", "duty notified"),
                "escalated": ("relancé plus haut", "escalated"),
            }
        ),
    ] = None
    function: Annotated[Slug | None, Field(Role.LABEL, "Fonction", "Function", hxl="#contact+function")] = (
        None
    )
    """Which function of the service says so; of ``notified`` and ``escalated``, which one was called."""
    answer_by: Annotated[
        At | None, Field(Role.INSTANT, "Réponse attendue avant", "Answer wanted by", hxl="#date+answer")
    ] = None
    text: Annotated[Long | None, Field(Role.FREE_TEXT, "Texte", "Text", hxl="#description+message")] = None

    @property
    def answers(self) -> bool:
        """A message about a record is worth nothing without that record."""
        return self.about is not None

    def check(self) -> None:
        """A step needs what it answers; a message needs words or a step."""
        super().check()
        if self.step is not None and self.about is None:
            raise RecordError("a step needs the code of the record that it answers")
        if not self.is_released and self.text is None and self.step is None:
            raise RecordError("a message needs a text or a step")
