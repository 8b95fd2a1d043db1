"""A partner that lies: Gao's keys in the hands of software that signs whatever it is told to sign."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from django.db import connections

from entente.courier.inbound import Read
from entente.errors import EntenteError
from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.entry import Row, entries
from entente.journal.receipt import sign_receipt
from entente.journal.tree import EMPTY, Frontier, leaf_hashes
from entente.node import Node
from entente.pouch import Contents, Envelope, Explicit, Section, pack
from entente.pouch.body import write_body
from entente.pouch.envelope import signer, write_text
from entente.records import Record
from entente.records.codes import new_code
from entente.sealing import recipient_of, seal
from entente.signing import Note, Signature, SigningKey, sign_note
from entente.wire import frame
from entente_node.ledger import models
from tests import parties
from tests.federation import AGREEMENT, Federation

Dump = dict[str, list[tuple[Any, ...]]]


def dump(alias: str) -> Dump:
    """Every row of every table of an authority's ledger."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND NOT name GLOB 'ledger_saidgrams*' ORDER BY name"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found: Dump = {}
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
            found[table] = cursor.fetchall()
    assert len(found["ledger_version"]) <= 3
    return found


def contents_of(alias: str) -> bytes:
    """Every value of a ledger in one piece, to look for what must not be there."""
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for rows in dump(alias).values()
        for row in rows
        for value in row
    )


@contextmanager
def refused(
    alias: str = "tillaberi", error: type[EntenteError] = EntenteError, match: str | None = None
) -> Iterator[None]:
    """What happens inside is refused with this error, and changes nothing in the ledger."""
    before = dump(alias)
    with pytest.raises(error, match=match):
        yield
    assert dump(alias) == before


@contextmanager
def unchanged(alias: str = "tillaberi") -> Iterator[None]:
    """What happens inside changes nothing in the ledger."""
    before = dump(alias)
    yield
    assert dump(alias) == before


ROW = Row(k="alert", r="P730D")


class Forger:
    """Writes pouches of one party to another by hand."""

    def __init__(
        self,
        by: parties.Authority = parties.GAO,
        to: parties.Authority = parties.TILLABERI,
        *,
        agreement: str = AGREEMENT,
        log: SigningKey | None = None,
    ) -> None:
        self.by = by
        self.to = to
        self.agreement = agreement
        self.log = log or by.log
        self.sequence = 1000

    def origin(self, lane: str = "urgent", *, sender: str | None = None, recipient: str | None = None) -> str:
        return f"{sender or self.by.id}/{self.agreement}/{recipient or self.to.id}/{lane}/1"

    def journal(self, payloads: Sequence[bytes], *, lane: str = "urgent", row: Row = ROW) -> Journal:
        """A journal that holds these payloads."""
        return Journal(self, self.origin(lane), list(payloads), [row] * len(payloads))

    def envelope(self, sequence: int | None = None) -> Envelope:
        if sequence is None:
            self.sequence += 1
        return Envelope(self.by.id, self.to.id, self.agreement, sequence or self.sequence)

    def pouch(self, contents: Contents, *, sequence: int | None = None) -> bytes:
        return pack(
            contents, self.envelope(sequence), log_key=self.log, seal_to=recipient_of(self.to.seal), level=3
        )

    def wrap(self, frames: bytes) -> bytes:
        """A pouch around any frames, with a good signature: what the checks of packing would not let out."""
        envelope = self.envelope()
        key = self.log.renamed(signer(self.by.id))
        line = Signature(key.name, bytes(4), bytes(64))
        beside = 4 + len(Note(write_text(envelope, b""), (line,)).to_bytes())
        body = write_body(frames, beside=beside, level=3)
        return seal(
            frame(sign_note(write_text(envelope, body), key).to_bytes()) + body, recipient_of(self.to.seal)
        )

    def receipt(self, origin: str, size: int, root: bytes, key: SigningKey | None = None) -> bytes:
        return sign_receipt(Checkpoint(origin, size, root), key or self.by.receipts, 1_643_702_400).to_bytes()


class Journal:
    """One journal of a forger, in memory."""

    def __init__(
        self,
        forger: Forger,
        origin: str,
        payloads: list[bytes],
        rows: list[Row],
        salts: list[bytes] | None = None,
    ) -> None:
        self.forger = forger
        self.origin = origin
        self.payloads = payloads
        self.rows = rows
        self.salts = salts or [secrets.token_bytes(16) for _ in payloads]

    @classmethod
    def of(cls, forger: Forger, node: Node, origin: str) -> Journal:
        """A copy of a real journal, to continue it in another way."""
        state = node.store.journal(origin)
        assert state is not None
        kept = node.store.entries(origin, 0, state.size)
        return cls(
            forger,
            origin,
            [k.payload or b"" for k in kept],
            [k.row for k in kept],
            [k.salt or b"" for k in kept],
        )

    def add(self, payload: bytes, row: Row = ROW) -> Journal:
        """The journal with one entry more."""
        return Journal(
            self.forger,
            self.origin,
            [*self.payloads, payload],
            [*self.rows, row],
            [*self.salts, secrets.token_bytes(16)],
        )

    def first(self, size: int) -> Journal:
        """The journal as it was at this size."""
        return Journal(self.forger, self.origin, self.payloads[:size], self.rows[:size], self.salts[:size])

    @property
    def size(self) -> int:
        return len(self.payloads)

    def frontier(self) -> Frontier:
        leaves = [
            entries([row], b"\0", [salt], [payload])[0]
            for row, salt, payload in zip(self.rows, self.salts, self.payloads, strict=True)
        ]
        return EMPTY.extend(leaf_hashes(leaves))

    def checkpoint(self, *, root: bytes | None = None, key: SigningKey | None = None) -> bytes:
        checkpoint = Checkpoint(self.origin, self.size, root or self.frontier().root())
        return sign_checkpoint(checkpoint, key or self.forger.log).to_bytes()

    def section(self, start: int = 0) -> Section:
        table = list(dict.fromkeys(self.rows[start:]))
        which = bytes(table.index(row) for row in self.rows[start:])
        return Section(
            self.origin, start, tuple(table), (Explicit(which, self.salts[start:], self.payloads[start:]),)
        )

    def contents(self, start: int = 0, **more: Any) -> Contents:
        return Contents(
            answer=True,
            sections=(self.section(start),),
            checkpoints=(more.pop("checkpoint", None) or self.checkpoint(),),
            **more,
        )

    def pouch(self, start: int = 0, *, sequence: int | None = None, **more: Any) -> bytes:
        return self.forger.pouch(self.contents(start, **more), sequence=sequence)


def code_of(short: str, number: int = 1) -> str:
    """A code of a party, the same each time."""
    return new_code(short, bytes([number]) * 8)


def payload_of(federation: Federation, record: Record, **changes: object) -> bytes:
    """What Gao would release of the record, with some fields changed or (``...``) left out: canonical bytes."""
    [explained] = federation.gao.explain_record(record, confirmed=True)
    assert explained.payload is not None, explained.explanation.decision.reason
    plain = msgspec.json.decode(explained.payload) | changes
    return msgspec.json.encode({k: v for k, v in plain.items() if v is not ...}, order="sorted")


def quarantines(alias: str = "tillaberi") -> list[str]:
    """Why entries are not shown, without what only this side reads."""
    rows = models.Entry.objects.using(alias).exclude(quarantine="").order_by("position")
    return [row.quarantine.partition(":")[0] for row in rows]


def shown(alias: str = "tillaberi") -> list[tuple[str, str | None]]:
    """The records that somebody could see: (kind, code)."""
    return list(models.Record.objects.using(alias).order_by("id").values_list("kind", "code"))


def deliver(federation: Federation, payload: bytes, *, lane: str = "urgent", row: Row = ROW) -> Read:
    """A journal with this one entry, to Tillabéri."""
    return federation.tillaberi.read_pouch(Forger().journal([payload], lane=lane, row=row).pouch())
