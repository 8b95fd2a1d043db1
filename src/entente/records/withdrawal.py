"""A withdrawal: the record that it is about is to be erased on both sides.

It passes in every state of the agreement, may arrive before its target, and carries a
reason from a closed list, never words: what is taken back must not come back in the reason.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from entente.errors import RecordError
from entente.records.base import Field, Labels, Lane, Record, Role

Reason = Literal["error", "duplicate", "consent", "safety", "legal", "other"]


class Withdrawal(Record, kw_only=True, frozen=True, tag="withdrawal"):
    """Takes a record back."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "withdrawal"
    spoken: ClassVar[bool] = False
    placed: ClassVar[bool] = False
    passes_always: ClassVar[bool] = True
    kept: ClassVar[frozenset[str]] = frozenset({"about"})
    title: ClassVar[tuple[str, str]] = ("Retrait", "Withdrawal")

    reason: Annotated[
        Reason,
        Field(Role.CHOICE, "Motif", "Reason", hxl="#status+reason"),
        Labels(
            {
                "error": ("erreur", "error"),
                "duplicate": ("doublon", "duplicate"),
                "consent": ("consentement retiré", "consent withdrawn"),
                "safety": ("mise en danger", "puts people in danger"),
                "legal": ("obligation légale", "legal obligation"),
                "other": ("autre", "other"),
            }
        ),
    ]

    @property
    def answers(self) -> bool:
        """Whoever never had the record learns nothing of its withdrawal."""
        return True

    def check(self) -> None:
        """A withdrawal needs what it withdraws, and nothing beside it."""
        super().check()
        if self.about is None:
            raise RecordError("a withdrawal needs the code of the record that it withdraws")
        if self.revises is not None or self.place is not None:
            raise RecordError("a withdrawal has no place and revises nothing")
