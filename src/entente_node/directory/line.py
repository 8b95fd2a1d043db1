"""The line to each partner as one viewer is told of it: alive or silent, whether all has arrived, whom to call.

Whether a partner has received everything is said of what the viewer may see: a record behind the
wall that is still on its way is not told by a line that waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from entente.records import Contact
from entente.records.times import parse_at
from entente_node.directory.access import Viewer
from entente_node.ledger.lines import Head, Level, Line, lines
from entente_node.ledger.models import POSITION_BITS, Entry
from entente_node.ledger.reading import bodies_of

_NUMBERS: Final = 2
_READ: Final = 20
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Number:
    """A duty function that can be called."""

    function: str
    service: str
    telephone: str
    """As it is dialled from anywhere; empty where there is only a radio."""
    radio: str


@dataclass(frozen=True)
class Told:
    """One line, ready to be said to one viewer."""

    line: Line
    name: str
    level: Level
    holds_all: bool
    numbers: tuple[Number, ...] = ()

    @property
    def key(self) -> str:
        """What the line's moments are called on the page and in the answer that brings new ones."""
        return f"{self.line.agreement}/{self.line.partner}"

    @property
    def tried_key(self) -> str:
        """The same for the last try."""
        return f"{self.key}/tried"

    @property
    def heard_at(self) -> datetime | None:
        """When the partner was last heard."""
        return self.line.heard_at

    @property
    def tried_at(self) -> datetime | None:
        """When it was last tried in vain."""
        tried, heard = self.line.tried_at, self.line.heard_at
        return tried if tried is not None and (heard is None or tried > heard) else None

    @property
    def wrong(self) -> bool:
        """Whether people have to look at it."""
        return self.line.wrong

    @property
    def seen(self) -> tuple[object, ...]:
        """What changes the words: not the instants, which change with every heartbeat."""
        return (self.key, self.level, self.holds_all, self.wrong, self.tried_at is None, self.numbers)


def told(viewer: Viewer) -> list[Told]:
    """The lines under the agreements that name the viewer's service, worst first."""
    named = {agreement.id for agreement in viewer.named()}
    return [_told(viewer, line) for line in lines(viewer.now) if line.agreement in named]


def _told(viewer: Viewer, line: Line) -> Told:
    holds_all = not any(_waits(viewer, line, head) for head in line.heads)
    level: Level = "whole" if line.level == "waiting" and holds_all else line.level
    return Told(
        line=line,
        name=viewer.name_of(line.partner),
        level=level,
        holds_all=holds_all,
        numbers=numbers(viewer, line.partner) if level in {"silent", "stopped"} else (),
    )


def _waits(viewer: Viewer, line: Line, head: Head) -> bool:
    """Whether something of ours that the viewer may see is not receipted."""
    journal = head.journal
    if not journal.ours or head.is_whole:
        return False
    agreements = {agreement.id: agreement for agreement in viewer.agreements}
    if viewer.may_count(agreements[line.agreement], journal.sender, journal.recipient):
        return True
    first = journal.pk << POSITION_BITS
    waiting: QuerySet[Entry] = Entry.objects.filter(
        position__gte=first + journal.receipted, position__lt=first + journal.size, record__isnull=False
    )
    return viewer.records().filter(pk__in=waiting.values("record")).exists()


def numbers(viewer: Viewer, party: str) -> tuple[Number, ...]:
    """The duty functions of a party that an article lets the viewer call, the newest word first."""
    rows = viewer.records().filter(kind=Contact.kind(), party=party, withdrawn_at=None)
    found = list(rows.order_by("-starts", "-pk")[:_READ])
    bodies = bodies_of(found)
    said = []
    for row in found:
        contact = bodies.get(row.pk)
        if (
            isinstance(contact, Contact)
            and (contact.telephone or contact.radio)
            and _is_valid(contact, viewer)
        ):
            service = viewer.service_name(row.party, row.service)
            name = viewer.function_name(row.party, row.service, contact.function)
            said.append(Number(name, service, contact.telephone or "", contact.radio or ""))
    return tuple(dict.fromkeys(said))[:_NUMBERS]


def _is_valid(contact: Contact, viewer: Viewer) -> bool:
    """Whether its time has not passed; an end that the article's form made coarse may be a day later."""
    if contact.until is None:
        return True
    until, precision = parse_at(contact.until)
    return until + (timedelta() if precision == "exact" else _DAY) > viewer.now
