"""The pictures of a record, as far as their parts are here: what one viewer may see of them.

Everything starts from :meth:`Viewer.records`. Parts that belong together come from one party, are
about one record and name one hash; a picture is shown once all of them are there and it has that
hash, and only while the record that it shows is there and was not withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from entente.policy import TEMPLATES
from entente.records import Attachment
from entente.records.attachment import joined, same
from entente_node.attachments.reducing import is_picture
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.ledger.measures import contents
from entente_node.ledger.models import POSITION_BITS, Entry, Record, RecordQuerySet, Withheld
from entente_node.ledger.reading import journals_of

SHOWN: Final = 24
"""Pictures of one record that a page shows; whoever sends more shows no more."""
MOST: Final = 6
"""Pictures that one side may add to a record."""
MOST_ROWS: Final = 300
"""Parts of one record that are read for a page, ours first: a partner that sends more hides only its own."""
NAME: Final = 20
"""Characters of the hash in an address: enough to tell pictures of one record apart."""


@dataclass
class Picture:
    """One picture with its parts."""

    viewer: Viewer
    party: str
    parts: list[tuple[Record, Attachment]] = field(default_factory=list)

    @property
    def _first(self) -> Attachment:
        return self.parts[0][1]

    @property
    def row(self) -> Record:
        """The row of its first part."""
        return self.parts[0][0]

    @property
    def about(self) -> str:
        """The code of the record that it shows."""
        return self._first.about or ""

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return self._first.sha256

    @property
    def name(self) -> str:
        """What it is called in addresses."""
        return self.sha256[:NAME]

    @property
    def media_type(self) -> str:
        """What it is served as."""
        return self._first.media_type

    @property
    def is_ours(self) -> bool:
        """Whether our side added it."""
        return self.row.local

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody has looked at it and said that it may leave."""
        return all(row.confirmed for row, _part in self.parts)

    @property
    def side(self) -> str:
        """Whose it is, by name."""
        return self.viewer.name_of(self.party)

    @property
    def caption(self) -> str:
        """What it shows, in words; empty where nobody wrote any, or the article lets none leave."""
        return next((part.caption for _row, part in self.parts if part.caption), "")

    @property
    def came(self) -> int:
        """How many different parts are here."""
        return len({part.part for _row, part in self.parts})

    @property
    def of(self) -> int:
        """How many there are in all."""
        return self._first.parts

    @property
    def is_whole(self) -> bool:
        """Whether it can be shown."""
        return self.data is not None

    @property
    def is_damaged(self) -> bool:
        """Whether every part is here, and together they are not what they say."""
        return self.came == self.of and self.data is None

    @cached_property
    def data(self) -> bytes | None:
        """Its bytes: only once they are whole, have their hash, and begin as a picture of their type."""
        found = joined(part for _row, part in self.parts)
        return found if found is not None and is_picture(found, self.media_type) else None

    @property
    def size(self) -> str:
        """Its size in kilobytes."""
        return telling.number(max(1, round(self._first.size / 1_000)))

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height, where they are known."""
        first = self._first
        return None if first.width is None or first.height is None else (first.width, first.height)

    @property
    def is_held(self) -> bool:
        """Whether it is ours and has not left for somebody: nobody has looked at it, or no article lets it."""
        return self.is_ours and (not self.is_confirmed or any(one.held for one in self.journeys))

    @cached_property
    def journeys(self) -> list[Journey]:
        """How far it is on its way to each recipient; of our own."""
        return _journeys(self)


@dataclass(frozen=True)
class Journey:
    """How far a picture is on its way to one recipient."""

    name: str
    left: int
    arrived: int
    of: int
    held: Withheld | None = None

    @property
    def follows(self) -> bool:
        """Whether it only waits for its record to leave."""
        return self.held is not None and self.held.message == TEMPLATES["target"]

    @property
    def has_arrived(self) -> bool:
        """Whether the recipient has signed for every part."""
        return self.arrived == self.of


def pictures_of(viewer: Viewer, codes: Iterable[str]) -> list[Picture]:
    """The pictures of these records that the viewer may see, in the order in which they came."""
    shown = viewer.records().filter(code__in=list(codes), withdrawn_at=None)
    rows = viewer.records().filter(kind=Attachment.kind(), about__in=shown.values("code"), withdrawn_at=None)
    return _together(viewer, rows)[:SHOWN]


def picture_of(viewer: Viewer, code: str, name: str) -> Picture | None:
    """The picture of this name; None where there is none that the viewer may see."""
    found = [one for one in pictures_of(viewer, [code]) if one.name == name]
    # Both sides may send one: ours is the one that can be confirmed.
    return min(found, key=lambda one: not one.is_ours, default=None)


def _together(viewer: Viewer, rows: RecordQuerySet) -> list[Picture]:
    found: dict[tuple[object, ...], Picture] = {}
    for row, part in contents(rows.order_by("-local", "pk")[:MOST_ROWS]):
        if isinstance(part, Attachment):
            picture = found.setdefault((row.party, *same(part)), Picture(viewer, row.party))
            picture.parts.append((row, part))
    return list(found.values())


def _journeys(picture: Picture) -> list[Journey]:
    rows = [row.pk for row, _part in picture.parts]
    entries = list(Entry.objects.filter(record__in=rows))
    journals = journals_of(entry.position for entry in entries)
    left: dict[str, list[bool]] = {}
    for entry in entries:
        journal = journals[entry.position >> POSITION_BITS]
        left.setdefault(journal.recipient, []).append(entry.index < journal.receipted)
    name_of = picture.viewer.name_of
    found = [
        Journey(name_of(recipient), len(parts), sum(parts), picture.of) for recipient, parts in left.items()
    ]
    held: dict[str, Withheld] = {}
    for row in Withheld.objects.filter(record__in=rows).order_by("pk"):
        if row.recipient not in left:
            held.setdefault(row.recipient, row)
    return found + [Journey(name_of(one), 0, 0, picture.of, row) for one, row in held.items()]
