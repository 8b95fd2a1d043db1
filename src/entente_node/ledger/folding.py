"""Dossiers as one account may know them: an answer behind the wall moves nothing that it sees.

The ledger keeps each dossier folded from all its answers, with who may see all of those: for
them it is taken as it is. For the others it is folded anew from the answers that they see. A
withdrawal ends a dossier for everybody who saw the record: its content is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec
from django.db.models import Count, F, Q

from entente import dossier as dossiers
from entente.dossier import Dossier
from entente.errors import EntenteError
from entente_node.ledger import models
from entente_node.ledger.models import Record, RecordQuerySet
from entente_node.ledger.reading import bodies_of
from entente_node.ledger.wall import Wall

MOVING: Final = frozenset({"message", "action"})
"""Kinds whose records are steps in the dossier of what they are about."""
_AT_ONCE: Final = 400


def dossiers_of(wall: Wall, rows: Iterable[Record]) -> dict[int, Dossier]:
    """The dossiers of rows that are seen, by the row's key; those without one are left out."""
    found: dict[int, Dossier] = {}
    anew: list[tuple[Record, Dossier]] = []
    for row in rows:
        dossier = _kept(row)
        if dossier is None:
            continue
        if _is_whole(wall, row.dossier):
            found[row.pk] = dossier
        else:
            anew.append((row, dossier))
    for some in _batches(anew):
        found |= _folded(wall, some)
    return found


def kept(rows: Iterable[Record]) -> dict[int, Dossier]:
    """The dossiers as they are kept: for whoever may see everything, at the command line of the node."""
    found = {}
    for row in rows:
        dossier = _kept(row)
        if dossier is not None:
            found[row.pk] = dossier
    return found


def counted(wall: Wall, rows: RecordQuerySet) -> Counter[tuple[str, str]]:
    """How many of the rows are in which state, by (state, party)."""
    whole, rest = _divided(wall, rows)
    found = Counter(
        {
            (one["dossier__state"], one["party"]): one["n"]
            for one in whole.values("dossier__state", "party").annotate(n=Count("pk")).order_by()
        }
    )
    others = list(rest.select_related("dossier"))
    folded = dossiers_of(wall, others)
    found.update((folded[row.pk].state, row.party) for row in others if row.pk in folded)
    return found


def in_states(wall: Wall, rows: RecordQuerySet, states: Collection[str]) -> RecordQuerySet:
    """Those of the rows whose dossier, as it is seen, is in one of the states."""
    whole, rest = _divided(wall, rows)
    others = list(rest.select_related("dossier"))
    folded = dossiers_of(wall, others)
    if not others:
        return whole.filter(dossier__state__in=states)
    keys = [key for key, dossier in folded.items() if dossier.state in states]
    stand = whole.filter(dossier__state__in=states).values("pk")
    return rows.filter(Q(pk__in=stand) | Q(pk__in=keys))


def _kept(row: Record) -> Dossier | None:
    try:
        return dossiers.CODEC.decode(row.dossier.steps.encode("utf-8"))
    except (models.Dossier.DoesNotExist, EntenteError):
        return None


def divided(wall: Wall, rows: RecordQuerySet) -> tuple[RecordQuerySet, dict[int, Dossier]]:
    """The rows whose dossier may be read as it is kept; those of the others, folded anew, by the row's key."""
    whole, rest = _divided(wall, rows)
    return whole, dossiers_of(wall, rest.select_related("dossier"))


def _divided(wall: Wall, rows: RecordQuerySet) -> tuple[RecordQuerySet, RecordQuerySet]:
    """The rows whose dossier is taken as it is kept, and the others."""
    rows = rows.filter(dossier__isnull=False).alias(_steps=F("dossier__audience").bitand(wall.home))
    if not _may_be_whole(wall):
        return rows.none(), rows
    # Few differ in who may see their answers, and an index knows them: mostly there are no others to look for.
    kept = models.Dossier.objects.values_list("audience", "highest").distinct().order_by()
    if all(highest < len(wall.markings) and audience & wall.home for audience, highest in kept):
        return rows, rows.none()
    whole = Q(dossier__highest__lt=len(wall.markings), _steps__gt=0)
    return rows.filter(whole), rows.exclude(whole)


def _may_be_whole(wall: Wall) -> bool:
    return wall.is_even and not wall.observer and (wall.kinds is None or wall.kinds >= MOVING)


def _is_whole(wall: Wall, dossier: models.Dossier) -> bool:
    return _may_be_whole(wall) and dossier.highest < len(wall.markings) and bool(dossier.audience & wall.home)


def _folded(wall: Wall, some: list[tuple[Record, Dossier]]) -> dict[int, Dossier]:
    answers: dict[str, list[Record]] = {}
    codes = [dossier.code for _row, dossier in some]
    rows = list(wall.records().filter(about__in=codes, kind__in=MOVING).order_by("pk"))
    bodies = bodies_of([*rows, *(row for row, _dossier in some)])
    for row in rows:
        answers.setdefault(row.about, []).append(row)
    found = {}
    for row, whole in some:
        root = bodies.get(row.pk)
        seen = [(one.party, bodies[one.pk]) for one in answers.get(whole.code, ()) if one.pk in bodies]
        folded = (
            dossiers.fold(root, whole.party, whole.opened_at, seen)
            if root is not None
            else msgspec.structs.replace(whole, state="new", steps=())
        )
        ended = whole.state == "withdrawn"
        found[row.pk] = msgspec.structs.replace(folded, state="withdrawn") if ended else folded
    return found


def _batches(items: list[tuple[Record, Dossier]]) -> Iterator[list[tuple[Record, Dossier]]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
