"""Who saw and did what: a chain of entries, each with the hash of the one before.

Guaranteed: an entry is written after the answer is made and before it is sent; whoever
changes, takes out, puts in or moves an entry in the database, and does not compute the whole
rest of the chain anew, is found by :func:`verify`. Not guaranteed, because a chain alone
cannot: who may write to the database can cut off its end, or compute it anew. Against that
helps a head that somebody outside wrote down (``entente audit head``): a chain that does
not lead through it was rewritten.

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

from entente.records.times import instant
from entente_node.directory.here import node
from entente_node.directory.models import AuditEntry, User

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


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many entries, and the hash of the last."""

    size: int
    hash: str


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
    """The end of the chain as it is now; before the first entry, the hash of the party's name."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    return Head(*last) if last else Head(0, beginning(node().keys.party))


def beginning(party: str) -> str:
    """What the first entry has for the hash before it: another node's chain cannot stand in its place."""
    return sha256(f"entente.v1/audit\n{party}\n".encode()).hexdigest()


def verify(written_down: Head | None = None) -> Broken | None:
    """Compute the chain anew; None where it holds, and leads through the head that was written down."""
    previous, expected = beginning(node().keys.party), 1
    if written_down is not None and written_down.size == 0 and written_down.hash != previous:
        return Broken(0, "the head that was written down is of another chain")
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=1_000):
        if entry.seq != expected:
            return Broken(expected, "it is missing")
        if entry.previous != previous:
            return Broken(entry.seq, "it does not follow from the entry before it")
        if entry.hash != _hash(_fields(entry)):
            return Broken(entry.seq, "it was changed")
        if written_down is not None and entry.seq == written_down.size and entry.hash != written_down.hash:
            return Broken(entry.seq, "it is not the entry whose hash was written down")
        previous, expected = entry.hash, expected + 1
    if written_down is not None and written_down.size >= expected:
        return Broken(expected, "the chain ends before the head that was written down")
    return None


def export() -> Iterator[str]:
    """Every entry as a line of JSON with its hash, oldest first."""
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=1_000):
        yield _canonical(_fields(entry) | {"hash": entry.hash})


def _fields(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in FIELDS}


def _hash(fields: dict[str, Any]) -> str:
    return sha256(_canonical(fields).encode("utf-8")).hexdigest()


def _canonical(value: object) -> str:
    # Strings, integers and objects of them with ASCII keys: what Python writes so is RFC 8785.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
