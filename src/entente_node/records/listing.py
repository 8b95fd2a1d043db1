"""Lists of records, newest first, with links that filter; everything from :meth:`Viewer.records`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from entente.records import Action
from entente.records import Record as CoreRecord
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.filters import Chosen, Group
from entente_node.directory.journeys import Held, withheld
from entente_node.directory.measures import Told, measures
from entente_node.directory.whom import in_words
from entente_node.ledger.models import Record, RecordQuerySet
from entente_node.ledger.reading import bodies_of
from entente_node.records.kinds import BADGES, ELSEWHERE, LISTED, STATES, title_of
from entente_node.records.reviewing import Review, reviews

PAGE: Final = 30


@dataclass(frozen=True)
class Listed:
    """One record of a list."""

    row: Record
    kind: str
    title: str
    badge: str
    state: str
    where: str
    when: str
    party: str
    held: bool
    services: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """What people say."""
        return self.row.code or ""

    @property
    def url(self) -> str:
        """Its page: kinds with a page of their own are opened there, without a detour."""
        return reverse(ELSEWHERE.get(self.row.kind, "record"), args=[self.code])


@dataclass(frozen=True)
class Listing:
    """One page of a list."""

    records: list[Listed]
    filters: list[Group]
    chosen: str
    held: list[Held]
    older: str
    newer: str


def listing(viewer: Viewer, *, kind: str, side: str, page: int) -> Listing:
    """The records of a kind, of a side; unknown values mean no filter."""
    observed = reviews(viewer)
    rows = _rows(viewer).exclude(code__in=[code for code, one in observed.items() if code != one.root.code])
    counted = rows.values("kind", "party").annotate(n=Count("pk")).order_by()
    counts = {(one["kind"], one["party"]): one["n"] for one in counted}
    parties = sorted({party for _kind, party in counts}, key=lambda party: (party != viewer.party, party))
    kind, side = kind if kind in LISTED else "", side if side in parties else ""
    shown = rows.filter(kind=kind) if kind else rows
    shown = shown.filter(party=side) if side else shown
    start = page * PAGE
    found = list(shown.order_by("-starts", "-pk")[start : start + PAGE + 1])

    def number(a_kind: str, party: str) -> int:
        return sum(n for (one, of), n in counts.items() if a_kind in {"", one} and party in {"", of})

    wanted = Chosen("/records", {"kind": kind, "side": side})
    kinds = {"": _("All")} | {name: telling.either(of.title) for name, of in LISTED.items()}
    sides = {"": _("Both sides")} | {
        party: _("Ours") if party == viewer.party else viewer.name_of(party) for party in parties
    }
    of_side = wanted.group("side", _("By side"), sides, lambda party: number(kind, party))
    return Listing(
        records=_all(viewer, found[:PAGE], observed),
        filters=[
            wanted.group("kind", _("By kind"), kinds, lambda a_kind: number(a_kind, side)),
            *([of_side] if of_side.is_dividing else []),
        ],
        chosen=kind,
        held=[one for one in withheld(viewer) if one.row.record.kind in LISTED],
        older=wanted.url(page=page + 1) if len(found) > PAGE else "",
        newer=wanted.url(page=page - 1) if page else "",
    )


def _rows(viewer: Viewer) -> RecordQuerySet:
    """What is listed: without the moves of a measure, which stand on its page."""
    rows = viewer.records().filter(kind__in=list(LISTED), withdrawn_at=None, code__isnull=False)
    measured = viewer.records().filter(kind=Action.kind(), code__isnull=False)
    return rows.exclude(kind=Action.kind(), about__in=measured.values("code"))


def _all(viewer: Viewer, rows: list[Record], observed: Mapping[str, Review]) -> list[Listed]:
    """The rows as a list shows them."""
    bodies = bodies_of(rows)
    actions = [(row, body) for row in rows if isinstance(body := bodies.get(row.pk), Action)]
    folded = measures(viewer, actions)
    held = {one.row.record_id for one in withheld(viewer)}
    return [
        _listed(
            viewer,
            row,
            bodies.get(row.pk),
            state_of(review.stands if review else bodies.get(row.pk), folded.get(row.pk)),
            row.pk in held,
        )
        for row in rows
        for review in (observed.get(row.code or ""),)
    ]


def _listed(
    viewer: Viewer,
    row: Record,
    record: CoreRecord | None,
    stands: tuple[str, str],
    held: bool,  # noqa: FBT001  a column of the list
) -> Listed:
    kind = LISTED[row.kind]
    name = telling.either(kind.title)
    state, word = stands
    return Listed(
        row=row,
        kind=name,
        title=title_of(in_words(viewer, record, row.party), name) if record else name,
        badge=BADGES.get(state, ""),
        state=word,
        where=telling.where(record.place) if record else "",
        when=telling.when(row.at, viewer.zone, viewer.now),
        party=viewer.name_of(row.party),
        held=held,
        services=services_of(viewer, record) if isinstance(record, Action) else (),
    )


def state_of(record: CoreRecord | None, measure: Told | None) -> tuple[str, str]:
    """How a record stands: its value and its word; empty where its kind has no states."""
    if measure is not None:
        return measure.state, measure.word
    field = STATES.get(record.kind()) if record is not None else None
    value = getattr(record, field) if field else None
    return (value, telling.word(type(record), field, value)) if record and field and value else ("", "")


def services_of(viewer: Viewer, action: Action) -> tuple[str, ...]:
    """The services of a measure by name."""
    return tuple(viewer.service_name(*named.split("/", 1)) for named in action.services)
