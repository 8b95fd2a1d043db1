"""The log of accesses has an end: its oldest entries are removed, and what stays still verifies.

Guaranteed: nothing is removed that does not stand, entry by entry, in a file that was exported
before; nothing younger than 30 days; nothing at all from a chain that does not hold. In the place
of what went stays a cut: how many entries went and the hash of the last, signed with the log key
(:mod:`entente_node.directory.heads`). The chain goes on from there, so whoever can write to the
database and has no key cannot shorten it; and an export that leads to a cut is joined to the rest.
That the log was cut, when and how far, is an entry of the log itself.

Not guaranteed: that somebody has kept the file. Whoever must not keep the entries destroys it.

Entries go in their order, up to the first that is young enough to stay: one that was written while
the clock stood ahead keeps what follows it. Too much is kept then, never too little.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from entente.errors import JournalError, MalformedError, StoreError
from entente.records.times import instant
from entente_node.directory import auditing, heads
from entente_node.directory.here import node
from entente_node.directory.models import AuditCut, AuditEntry

KEPT: Final = timedelta(days=30)
"""What is younger stays, whatever is asked: heads are written down once a month."""
_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Cut:
    """What was removed: how many entries, up to and with which."""

    count: int
    through: heads.Head
    until: str
    """When the last of them was written."""


def due(before: datetime) -> AuditEntry | None:
    """The last of the entries that were all written before an instant; None where the oldest was not."""
    stays = AuditEntry.objects.filter(at__gte=instant(before)).order_by("seq").first()
    older = AuditEntry.objects.order_by("-seq")
    return (older.filter(seq__lt=stays.seq) if stays else older).first()


def older_than(days: int) -> int:
    """How many entries are older than so many days, and would go."""
    last = due(node().clock() - timedelta(days=days)) if days else None
    return last.seq - auditing.start().size if last else 0


def prune(before: datetime, exported: Iterable[str]) -> Cut | None:
    """Remove what was written before an instant; None where nothing was. ``exported``: lines of an export.

    Raises StoreError for an instant that is too young, and for any while the clock is held, JournalError
    where the chain does not hold or the export lacks an entry that would go, MalformedError for what is
    no export.
    """
    if node().is_clock_held():
        raise StoreError("the clock is held: nothing is removed until it is right, see `entente clock show`")
    now = node().clock()
    if before > now - KEPT:
        raise StoreError("what is younger than {days} days stays in the log", days=KEPT.days)
    broken = auditing.verify()
    if broken is not None:
        raise JournalError("the log does not hold at entry {seq}: nothing was removed", seq=broken.seq)
    last = due(before)
    if last is None:
        return None
    through = heads.Head(last.seq, last.hash)
    broken, _last = check(exported, through)
    if broken is not None:
        raise JournalError(
            "the exported file lacks entry {seq}, or has another: nothing was removed; export the log first",
            seq=broken.seq,
        )
    at = instant(now)
    note = heads.signed(through, at, of=heads.CUT_LINE).decode("utf-8")
    with transaction.atomic():
        count, _rows = AuditEntry.objects.filter(seq__lte=through.size).delete()
        AuditCut.objects.create(seq=through.size, hash=through.hash, at=at, count=count, note=note)
        auditing.write(
            None,
            "audit.pruned",
            through=through.size,
            hash=through.hash,
            count=count,
            until=last.at,
            by="command",
        )
    return Cut(count, through, last.at)


def check(
    exported: Iterable[str], head: heads.Head | None = None
) -> tuple[auditing.Broken | None, heads.Head]:
    """Whether an exported file is a part of this chain that leads through a head; and where it ends.

    It begins with the first entry of the log or after a cut, and agrees with every cut that it
    passes and with the entries that are still here. Raises MalformedError for what is no export.
    """
    cuts = {0: heads.beginning(node().keys.party)} | {cut.seq: cut.hash for cut in _cuts()}
    walk: auditing.Walk | None = None
    for entry, stated in _entries(exported):
        if walk is None:
            before = int(entry["seq"]) - 1
            if before not in cuts:
                return auditing.Broken(before, "it is missing"), heads.Head(before, "")
            walk = auditing.Walk(heads.Head(before, cuts[before]), head)
        broken = walk.take(entry, stated)
        if broken is None and cuts.get(walk.at.size, stated) != stated:
            broken = auditing.Broken(walk.at.size, "it does not lead to where the log was cut")
        if broken is not None:
            return broken, walk.at
    if walk is None:
        return auditing.Broken(auditing.start().size + 1, "it is missing"), heads.Head(0, "")
    if walk.at.size < auditing.start().size and walk.at.size not in cuts:
        return auditing.Broken(walk.at.size + 1, "it is missing"), walk.at
    held = AuditEntry.objects.filter(seq=walk.at.size).values_list("hash", flat=True).first()
    if held is not None and held != walk.at.hash:
        return auditing.Broken(walk.at.size, "it was changed"), walk.at
    return walk.missed(), walk.at


def sign_anew(key: heads.LogKey) -> None:
    """Every cut, signed with the key that replaces the log key; one that is not signed stays so."""
    at = instant(node().clock())
    for cut in _cuts():
        through = heads.Head(cut.seq, cut.hash)
        cut.note = heads.signed(through, at, key, of=heads.CUT_LINE).decode("utf-8")
        cut.save(update_fields=["note"])


def _cuts() -> list[AuditCut]:
    """The cuts that this node has signed."""
    return [cut for cut in AuditCut.objects.order_by("seq") if auditing.is_signed(cut)]


def _entries(lines: Iterable[str]) -> Iterable[tuple[dict[str, Any], str]]:
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        if entry is None:
            raise MalformedError("line {number} is no entry of an exported log", number=number)
        stated = entry.pop("hash")
        yield entry, str(stated)


def _entry(line: str) -> dict[str, Any] | None:
    """An entry with its hash, of the fields that one has; None for anything else."""
    try:
        entry = json.loads(line) if len(line) <= _LONGEST_LINE else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or set(entry) != {*auditing.FIELDS, "hash"}:
        return None
    return entry if type(entry["seq"]) is int and entry["seq"] > 0 else None
