"""Who saw and did what: a chain of entries, each with the hash of the one before.

Guaranteed: an entry is written after the answer is made and before it is sent; whoever
changes, takes out, puts in or moves an entry in the database, and does not compute the whole
rest of the chain anew, is found by :func:`verify`. Not guaranteed, because a chain alone
cannot: who may write to the database can cut off its end, or compute it anew. Against that
helps a head that somebody outside wrote down (``entente audit head``): a chain that does
not lead through it was rewritten. The oldest entries may be removed, and then a signed cut
stands in their place (:mod:`entente_node.directory.pruning`).

An entry never holds what was seen or written, only its code; it never leaves the node.

The bytes that are hashed: the entry without its hash as canonical JSON (RFC 8785: keys
sorted, no spaces, UTF-8), ``detail`` as a string that is itself JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

from django.db import IntegrityError, transaction

from entente.errors import EntenteError
from entente.records.times import instant
from entente_node.directory import heads
from entente_node.directory.heads import Head, beginning
from entente_node.directory.here import node
from entente_node.directory.models import AuditCut, AuditEntry, User

FIELDS: Final = ("account", "at", "deed", "detail", "previous", "role", "seq", "service", "subject")
"""What is hashed, in the order of its keys."""
_TRIES: Final = 20
"""PostgreSQL lets two writers read the same end; one of them begins again. SQLite lets one in at a time."""


class HasUser(Protocol):
    """A viewer, of which only the account counts here."""

    @property
    def user(self) -> User:
        """The account."""
        ...


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold, and why: a template and its values."""

    seq: int
    message: str


def write(who: HasUser | User | None, deed: str, subject: str = "", **detail: str | int) -> None:
    """Add an entry. ``who`` is None for the node itself, and where nobody has signed in."""
    user = who if who is None or isinstance(who, User) else who.user
    values = {
        "account": user.name if user else "",
        "at": instant(node().clock()),
        "deed": deed,
        "detail": _canonical(detail),
        "role": user.role if user else "",
        "service": user.service if user else "",
        "subject": subject[:64],
    }
    for tried in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                _append(values)
        except IntegrityError:
            if tried == _TRIES:
                raise
        else:
            return


def _append(values: dict[str, Any]) -> None:
    end = head()
    fields = values | {"seq": end.size + 1, "previous": end.hash}
    AuditEntry.objects.create(**fields, hash=_hash(fields))


def head() -> Head:
    """The end of the chain as it is now."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    return Head(*last) if last else start()


def start() -> Head:
    """What the oldest entry follows: the party's name, or where older entries were removed."""
    cut = AuditCut.objects.order_by("-seq").values_list("seq", "hash").first()
    return Head(*cut) if cut else Head(0, beginning(node().keys.party))


class Walk:
    """Goes along the chain, entry by entry, from where it begins."""

    def __init__(self, at: Head, written_down: Head | None = None) -> None:
        self.at = at
        self._sought = written_down

    def take(self, entry: dict[str, Any], stated: str) -> Broken | None:
        """The next entry, without its hash, and the hash that it states; why it is not the next."""
        seq = entry["seq"]
        if seq != self.at.size + 1:
            return Broken(self.at.size + 1, "it is missing")
        if entry["previous"] != self.at.hash:
            return Broken(seq, "it does not follow from the entry before it")
        if stated != _hash(entry):
            return Broken(seq, "it was changed")
        if self._sought is not None and seq == self._sought.size and stated != self._sought.hash:
            return Broken(seq, "it is not the entry whose hash was written down")
        self.at = Head(seq, stated)
        return None

    def missed(self) -> Broken | None:
        """At the end: whether the head that was written down is yet to come."""
        if self._sought is not None and self._sought.size > self.at.size:
            return Broken(self.at.size + 1, "the chain ends before the head that was written down")
        return None


def verify(written_down: Head | None = None) -> Broken | None:
    """Compute the chain anew; None where it holds, and leads through the head that was written down.

    A head of entries that were removed is sought in their export: :func:`pruning.check`.
    """
    begin = start()
    if begin.size and not is_signed(AuditCut.objects.get(seq=begin.size)):
        return Broken(begin.size, "it was removed, and no signature of this node says so")
    if written_down is not None and written_down.size == begin.size and written_down.hash != begin.hash:
        return Broken(begin.size, "the head that was written down is of another chain")
    walk = Walk(begin, written_down)
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=1_000):
        broken = walk.take(_fields(entry), entry.hash)
        if broken is not None:
            return broken
    return walk.missed()


def is_signed(cut: AuditCut) -> bool:
    """Whether this node has signed that the log was cut there."""
    try:
        return heads.read(cut.note.encode("utf-8"), of=heads.CUT_LINE) == Head(cut.seq, cut.hash)
    except EntenteError:
        return False


def export() -> Iterator[str]:
    """Every entry that is here as a line of JSON with its hash, oldest first."""
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=1_000):
        yield _canonical(_fields(entry) | {"hash": entry.hash})


def _fields(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in FIELDS}


def _hash(fields: dict[str, Any]) -> str:
    return sha256(_canonical(fields).encode("utf-8")).hexdigest()


def _canonical(value: object) -> str:
    # Strings, integers and objects of them with ASCII keys: what Python writes so is RFC 8785.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
