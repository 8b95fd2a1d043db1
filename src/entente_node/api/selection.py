"""Which records are meant: the same filters for the interface and for exports, within the wall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from entente.dossier import Dossier
from entente.errors import EntenteError, RecordError
from entente.records import KINDS
from entente.records import Record as CoreRecord
from entente.records.base import PURPOSES, TLPS
from entente.records.codes import check_code
from entente.records.times import parse_at
from entente_node.directory.access import Viewer
from entente_node.directory.areas import areas_of, within
from entente_node.directory.pointing import as_seen
from entente_node.ledger.models import Record, RecordQuerySet
from entente_node.ledger.reading import bodies_of

_AT_ONCE: Final = 500
EXPORTED: Final = [name for name in KINDS if name != "attachment"]
"""Pictures are looked at behind the wall, and go into no table, feed or answer to a program."""


@dataclass(frozen=True)
class Selection:
    """What is chosen; an empty value is no filter."""

    kind: str = ""
    side: str = ""
    """A party."""
    purpose: str = ""
    tlp: str = ""
    area: str = ""
    """A place of the zone: it and all that lies in it."""
    since: str = ""
    """What happened then or later: a day, a week, an instant, as records write it."""
    until: str = ""
    """What happened before."""
    about: str = ""
    """The code that it answers."""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Selection:
        """The selection of an address. Raises RecordError for a value that is none."""
        found = cls(**{field.name: str(asked.get(field.name) or "") for field in fields(cls)})
        found._check()
        return replace(found, about=check_code(found.about)) if found.about else found

    def _check(self) -> None:
        for name, value, known in (
            ("kind", self.kind, EXPORTED),
            ("purpose", self.purpose, list(PURPOSES)),
            ("tlp", self.tlp, list(TLPS)),
        ):
            if value and value not in known:
                raise RecordError(
                    "{name} is one of {known}, and not {value}",
                    name=name,
                    known=", ".join(known),
                    value=value[:40],
                )
        for moment in (self.since, self.until):
            if moment:
                parse_at(moment)

    def rows(self, viewer: Viewer) -> RecordQuerySet:
        """The rows that the viewer may see, without what was withdrawn."""
        rows = viewer.records().filter(withdrawn_at=None).exclude(kind="attachment")
        wanted = {"kind": self.kind, "party": self.side, "purpose": self.purpose, "tlp": self.tlp}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        if self.about:
            rows = rows.filter(about=self.about)
        if self.area:
            rows = rows.filter(place__in=within(areas_of(viewer.agreements), [self.area]))
        if self.since:
            rows = rows.filter(starts__gte=int(parse_at(self.since)[0].timestamp()))
        return rows.filter(starts__lt=int(parse_at(self.until)[0].timestamp())) if self.until else rows


@dataclass(frozen=True)
class Seen:
    """A record as the viewer sees it."""

    row: Record
    record: CoreRecord
    """Without references to what is behind the wall."""
    dossier: Dossier | None
    """What became of it; None for what nobody answers."""


def seen(viewer: Viewer, rows: list[Record]) -> list[Seen]:
    """The rows with their records, in their order; without those whose content is gone or not understood."""
    try:
        bodies = bodies_of(rows)
    except EntenteError:
        bodies = {key: body for row in rows for key, body in _understood(row)}
    records, dossiers = as_seen(viewer, bodies), viewer.dossiers(rows)
    return [Seen(row, records[row.pk], dossiers.get(row.pk)) for row in rows if row.pk in records]


def each(viewer: Viewer, rows: RecordQuerySet) -> Iterator[Seen]:
    """The same for any number of rows, in the order of filing, some at a time."""
    last = 0
    while some := list(rows.filter(pk__gt=last).select_related("dossier").order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        yield from seen(viewer, some)


def _understood(row: Record) -> Iterator[tuple[int, CoreRecord]]:
    try:
        yield from bodies_of([row]).items()
    except EntenteError:
        return
