"""Whom to call: a function on duty and its telephone, never a person by name.

A new contact revises the one before it. It leaves only where an article grants it, field by
field: the telephone as well.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import (
    At,
    Field,
    Lane,
    Language,
    Record,
    Role,
    ServiceId,
    Short,
    Slug,
)
from entente.records.times import certainly_after

_TELEPHONE: Final = r"^\+[1-9][0-9]{6,14}\Z"

Telephone = Annotated[str, Meta(pattern=_TELEPHONE, max_length=16)]
"""A number as it is dialled from anywhere (ITU-T E.164): ``+22300000000``."""


class Contact(Record, kw_only=True, frozen=True, tag="contact"):
    """A function of a service and how it is reached while it is on duty."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "dialogue"
    placed: ClassVar[bool] = False
    title: ClassVar[tuple[str, str]] = ("Contact de permanence", "Duty contact")

    function: Annotated[Slug, Field(Role.LABEL, "Fonction", "Function", hxl="#contact+function")]
    telephone: Annotated[
        Telephone | None,
        Field(Role.LABEL, "Téléphone de permanence", "Duty telephone", hxl="#contact+phone"),
    ] = None
    radio: Annotated[Short | None, Field(Role.FREE_TEXT, "Radio", "Radio", hxl="#contact+radio")] = None
    languages: Annotated[
        tuple[Language, ...],
        Meta(max_length=12),
        Field(Role.LABEL, "Langues", "Languages", hxl="#contact+language"),
    ] = ()
    start: Annotated[
        At | None, Field(Role.INSTANT, "De service depuis", "On duty from", hxl="#date+start")
    ] = None
    until: Annotated[
        At | None, Field(Role.INSTANT, "De service jusqu’à", "On duty until", hxl="#date+end")
    ] = None
    backup: Annotated[
        Slug | None, Field(Role.LABEL, "Suppléance : fonction", "Backup: function", hxl="#contact+backup")
    ] = None
    backup_service: Annotated[
        ServiceId | None,
        Field(Role.LABEL, "Suppléance : service", "Backup: service", hxl="#org+backup"),
    ] = None

    def check(self) -> None:
        """A telephone or a radio; languages once each; the end after the start; a backup that is another function."""
        super().check()
        if len(set(self.languages)) != len(self.languages):
            raise RecordError("a contact names a language twice")
        if self.start is not None and self.until is not None and certainly_after(self.start, self.until):
            raise RecordError("a duty ends after its start")
        if self.is_released:
            return
        if self.backup == self.function and self.backup_service in {None, self.service}:
            raise RecordError("a function is not its own backup")
        if self.telephone is None and self.radio is None:
            raise RecordError("a contact needs a telephone or a radio")
        if self.backup_service is not None and self.backup is None:
            raise RecordError("a backup needs its function")
