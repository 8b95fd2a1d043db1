"""The records that one side had to answer, as both sides hold them: what the figures are made of.

Read from the entries of the journals, ours and theirs, and not from what was filed or when it
arrived: the two sides of a journal hold the same bytes, so they come to the same figures. An
answer of ours counts here when it has been released to the other side, as it counts there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from entente.agreements.document import Agreement, Respond
from entente.errors import EntenteError
from entente.node import Node
from entente.policy import Policy
from entente.records import Record as CoreRecord
from entente.records import reread
from entente.records.times import parse_instant
from entente.response import Case, case_of
from entente_node.ledger.models import POSITION_BITS, Entry, Journal, RecordQuerySet
from entente_node.ledger.store.base import chunks


@dataclass(frozen=True, slots=True)
class _Passed:
    """A record as it went from one party to another, under which agreement."""

    record: CoreRecord
    agreement: str
    sender: str
    recipient: str


def cases(
    node: Node, records: RecordQuerySet, *, since: datetime | None = None, until: datetime | None = None
) -> list[Case]:
    """What was asked between ``since`` and ``until`` (by its release), of the records that a reader may see.

    ``records`` are the reader's: a case holds neither a record nor an answer that is not among them.
    """
    kinds = {kind for agreement in _held(node) for kind in _answered(agreement)}
    roots = records.filter(kind__in=kinds, dossier__isnull=False).exclude(code=None)
    if since is not None:
        # What came was released before it came. When ours was released, its filing does not say; its entry does.
        late = Entry.objects.using(records.db).filter(
            _released_since(records.db, since), record=OuterRef("pk")
        )
        roots = roots.filter(
            Q(local=False, filed_at__gte=int(since.timestamp())) | Q(Exists(late), local=True)
        )
    found: dict[tuple[str, str], Case] = {}
    policy = lru_cache(maxsize=None)(node.register.of_version)
    for rows in chunks(_rows(roots.order_by("pk"))):
        said = _by_subject(records, [row.code or "" for row in rows])
        for passed in _passed(records, rows):
            case = _case(policy, passed, said.get(passed.record.code or "", []))
            if case is None or (since is not None and case.opened_at < since):
                continue
            if until is None or case.opened_at < until:
                # Under two agreements with the same party it was asked once.
                found.setdefault((case.code, case.responder), case)
    return sorted(found.values(), key=lambda case: (case.opened_at, case.code, case.responder))


def _held(node: Node) -> list[Agreement]:
    return [node.register.signed(version).agreement for version in node.store.versions()]


def _answered(agreement: Agreement) -> set[str]:
    return {kind for one in agreement.articles if isinstance(one, Respond) for kind in one.kinds}


def _case(
    of_version: Callable[[str, int], Policy | None], root: _Passed, said: Iterable[_Passed]
) -> Case | None:
    policy = of_version(root.agreement, int((root.record.article or "0#").partition("#")[0]))
    if policy is None:
        return None
    pair = {root.sender, root.recipient}
    return case_of(
        root.record,
        [(one.sender, one.record) for one in said if {one.sender, one.recipient} == pair],
        author=root.sender,
        responder=root.recipient,
        agreement=policy.standing.signed.agreement,
    )


def _by_subject(records: RecordQuerySet, codes: list[str]) -> dict[str, list[_Passed]]:
    """The answers that the reader may see, as they passed, by what they are about."""
    found: defaultdict[str, list[_Passed]] = defaultdict(list)
    for one in _passed(records, _rows(records.filter(about__in=codes).exclude(kind="attachment"))):
        if one.record.about:
            found[one.record.about].append(one)
    return found


class _Row(NamedTuple):
    """What of a record's header is asked for here: there may be thousands."""

    pk: int
    local: bool
    entry: int | None
    code: str | None


def _rows(records: RecordQuerySet) -> list[_Row]:
    return [_Row(*row) for row in records.values_list(*_Row._fields)]


def _passed(records: RecordQuerySet, rows: list[_Row]) -> Iterator[_Passed]:
    """The entries of these rows: those of ours that left, and those that came."""
    entries = Entry.objects.using(records.db).filter(payload__isnull=False).values_list("position", "payload")
    ours = [row.pk for row in rows if row.local]
    theirs = [row.entry for row in rows if row.entry is not None]
    kept = [*entries.filter(record__in=ours), *entries.filter(position__in=theirs)]
    journals = Journal.objects.using(records.db).in_bulk({position >> POSITION_BITS for position, _ in kept})
    for position, payload in kept:
        journal = journals[position >> POSITION_BITS]
        try:
            record = reread(bytes(payload or b""))
        except EntenteError:
            continue
        yield _Passed(record, journal.agreement, journal.sender, journal.recipient)


def _released_since(alias: str, since: datetime) -> Q:
    """The entries of our journals that were released at ``since`` or later: along a journal that never decreases."""
    found = Q(pk__in=())
    for key, size in Journal.objects.using(alias).filter(ours=True).values_list("pk", "size"):
        first = key << POSITION_BITS
        at = bisect_left(range(size), since, key=partial(_released_at, alias, since, first))
        found |= Q(position__gte=first + at, position__lt=first + size)
    return found


def _released_at(alias: str, otherwise: datetime, first: int, index: int) -> datetime:
    """When an entry was released; one that was erased is taken for late, so that nothing is left out."""
    payload = (
        Entry.objects.using(alias).filter(position=first + index).values_list("payload", flat=True).first()
    )
    try:
        released_at = reread(bytes(payload or b"")).released_at
    except EntenteError:
        return otherwise
    return parse_instant(released_at) if released_at else otherwise
