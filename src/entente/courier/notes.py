"""Signed notes in a pouch: each says in its first line what it is, and here is who takes it.

A new type of note is one line in :data:`TYPES`. Notes that records may cite are taken before
the records of the same pouch, notes about records after them. A note of an unknown type, or
one that cannot be kept, is a problem that is reported; it never refuses the pouch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from entente.agreements.document import TYPE_LINE as AGREEMENT_LINE
from entente.agreements.statements import KEYS_LINE
from entente.agreements.steps import ADOPT_LINE
from entente.courier import signatures
from entente.courier.office import Office
from entente.dialogue import NOTE_LINE as COMMUNIQUE_LINE
from entente.errors import EntenteError, MalformedError
from entente.pouch import Envelope
from entente.signing import parse_note
from entente.store import VersionState


@dataclass(slots=True)
class Intake:
    """The notes of one pouch while they are taken."""

    office: Office
    envelope: Envelope
    version: VersionState | None = None
    """The version that was kept last: what an adopt note that follows brings into force."""
    stated: int = 0
    """Key statements that were new."""
    signatures: int = 0
    """Signatures under records that were new."""


class NoteType(NamedTuple):
    """Who takes notes of one type, and when."""

    take: Callable[[Intake, bytes], None]
    first: bool
    """Before the records of the pouch, which may cite what it brings."""


def take(intake: Intake, notes: Sequence[bytes], *, first: bool) -> list[EntenteError]:
    """Take the notes of a pouch that are due before its records, or after them; gives what was refused."""
    problems: list[EntenteError] = []
    for data in notes:
        try:
            kind = _type_of(data)
            if kind.first == first:
                kind.take(intake, data)
        except EntenteError as error:
            problems.append(error)
    return problems


def _type_of(data: bytes) -> NoteType:
    try:
        line = parse_note(data).text.split("\n", 1)[0]
    except EntenteError:
        return _UNKNOWN
    return TYPES.get(line, _UNKNOWN)


def _unknown(_intake: Intake, data: bytes) -> None:
    parse_note(data)  # says what is wrong with what is no note at all
    raise MalformedError("a note of an unknown type came with the pouch")


def _agreement(intake: Intake, data: bytes) -> None:
    intake.version = None
    intake.version = intake.office.register.keep(data, agreement=intake.envelope.agreement)


def _adopt(intake: Intake, data: bytes) -> None:
    if intake.version is None:
        raise MalformedError("a step came without the version that it adopts")
    intake.version = intake.office.register.adopt(intake.version, data)


def _keys(intake: Intake, data: bytes) -> None:
    intake.stated += intake.office.register.keep_statement(data)


def _communique(intake: Intake, data: bytes) -> None:
    envelope = intake.envelope
    intake.signatures += signatures.take(intake.office, envelope.agreement, envelope.sender, data)


_UNKNOWN: Final = NoteType(_unknown, first=True)

TYPES: Final[Mapping[str, NoteType]] = MappingProxyType(
    {
        AGREEMENT_LINE.rstrip("\n"): NoteType(_agreement, first=True),
        ADOPT_LINE: NoteType(_adopt, first=True),
        KEYS_LINE: NoteType(_keys, first=True),
        COMMUNIQUE_LINE: NoteType(_communique, first=False),
    }
)
"""Every type of note by the first line of its text."""
