"""Recompute what the ledger holds, and hand it to whoever wants to check it without us.

Verification trusts nothing that is stored beside the entries: it hashes every entry again
from salt and payload, builds the tree, and compares with the head, the signed checkpoint
and the receipt. The export is a tlog-tiles log (C2SP) that third-party tools read as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from entente.courier.office import Office
from entente.courier.outbound import entries_of
from entente.errors import EntenteError, StoreError
from entente.journal.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from entente.journal.proof import tlog_proof
from entente.journal.receipt import verify_receipt
from entente.journal.tiles import WIDTH, log_files, tile_path
from entente.journal.tree import EMPTY, Frontier, leaf_hashes
from entente.signing import Note, parse_note
from entente.store import MOST_IN_A_TRANSACTION, JournalState, Kept

_CHUNK: Final = MOST_IN_A_TRANSACTION - MOST_IN_A_TRANSACTION % WIDTH


@dataclass(frozen=True, slots=True)
class Verification:
    """What recomputing one journal showed; ``problem`` is None where everything agrees."""

    origin: str
    ours: bool
    size: int
    receipted: int
    erased: int
    quarantined: int
    problem: EntenteError | None


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry of one journal, and the text of the ``.tlog-proof`` file that proves it."""

    origin: str
    index: int
    text: str
    entry: bytes


def verify(office: Office) -> Iterator[Verification]:
    """Every journal held here, ours and the partners', recomputed from its entries."""
    for journal in office.store.journals():
        yield _verify(office, journal)


def _verify(office: Office, journal: JournalState) -> Verification:
    frontier = EMPTY
    erased = quarantined = 0
    problem: EntenteError | None = None
    receipted_root: bytes | None = EMPTY.root() if journal.receipted == 0 else None
    for chunk in _chunks(office, journal):
        leaves = leaf_hashes(entries_of(chunk))
        if frontier.size < journal.receipted <= frontier.size + len(leaves):
            receipted_root = frontier.extend(leaves[: journal.receipted - frontier.size]).root()
        frontier = frontier.extend(leaves)
        erased += sum(1 for kept in chunk if kept.erased is not None)
        quarantined += sum(1 for kept in chunk if kept.quarantine)
    try:
        _check_head(journal, frontier)
        if journal.stopped:
            raise StoreError("the journal stopped: {why}", why=journal.stopped.split("\n", 1)[0])
        if not journal.ours and journal.size:
            _check_theirs(office, journal, frontier)
        _check_receipt(office, journal, receipted_root)
    except EntenteError as error:
        problem = error
    return Verification(
        journal.origin, journal.ours, frontier.size, journal.receipted, erased, quarantined, problem
    )


def _chunks(office: Office, journal: JournalState) -> Iterator[list[Kept]]:
    position = 0
    while position < journal.size:
        chunk = office.store.entries(journal.origin, position, min(_CHUNK, journal.size - position))
        if not chunk:
            return
        yield chunk
        position += len(chunk)


def _check_head(journal: JournalState, frontier: Frontier) -> None:
    if frontier.size != journal.size:
        raise StoreError(
            "{held} entries are held of the {size} that the head says", held=frontier.size, size=journal.size
        )
    if frontier.root() != journal.frontier.root():
        raise StoreError("the entries do not give the root of the head: an entry was changed")


def _check_theirs(office: Office, journal: JournalState, frontier: Frontier) -> None:
    note = parse_note(journal.checkpoint or b"")
    checkpoint = _verified(office, journal, note)
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (
        journal.origin,
        frontier.size,
        frontier.root(),
    ):
        raise StoreError("the signed checkpoint is not that of the entries held")


def _verified(office: Office, journal: JournalState, note: Note) -> Checkpoint:
    failure: EntenteError = StoreError("no agreement held here names {sender}", sender=journal.sender)
    for keys in office.register.keys_of(journal.agreement, journal.sender):
        try:
            return verify_checkpoint(note, keys.log)
        except EntenteError as error:
            failure = error
    raise failure


def _check_receipt(office: Office, journal: JournalState, root: bytes | None) -> None:
    if journal.receipt is None:
        return
    note = parse_note(journal.receipt)
    receivers = (
        [keys.receipts for keys in office.register.keys_of(journal.agreement, journal.recipient)]
        if journal.ours
        else [
            office.keys.receipts.verifier,
            *(keys.receipts for keys in office.register.all_keys(journal.agreement, journal.recipient)),
        ]
    )
    failure: EntenteError = StoreError(
        "no agreement held here names {recipient}", recipient=journal.recipient
    )
    for key in receivers:
        try:
            receipt = verify_receipt(note, key)
            break
        except EntenteError as error:
            failure = error
    else:
        raise failure
    checkpoint = receipt.checkpoint
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (journal.origin, journal.receipted, root):
        raise StoreError("the receipt is not for the entries held")


def export(office: Office, origin: str) -> Iterator[tuple[str, bytes]]:
    """The files of one journal as a tlog-tiles log, in the order in which they must be written.

    Payloads first (``payload/<N>``: for each entry ``u16be length || salt[16] || payload``, a
    length of 0 alone where it was erased), then entries and tiles, and the checkpoint last: with
    the receipt on it where the receipt is for the same size. Raises StoreError.
    """
    journal = office.store.journal(origin)
    if journal is None:
        raise StoreError("there is no journal {origin} here", origin=origin)
    yield from _payloads(office, journal)
    yield from log_files(_checkpoint(office, journal).to_bytes(), _entries(office, journal))


def prove(office: Office, code: str) -> list[Proof]:
    """The proofs that a record is in each journal that it is in. Raises StoreError."""
    shown = office.record(code)
    where = [(sent.origin, sent.index) for sent in office.store.sent(shown.id)]
    if shown.origin is not None and shown.index is not None:
        where.append((shown.origin, shown.index))
    return [_prove(office, origin, index) for origin, index in where]


def _prove(office: Office, origin: str, index: int) -> Proof:
    journal = office.store.journal(origin)
    if journal is None or not 0 <= index < journal.size:
        raise StoreError("there is no entry {index} in the journal {origin} here", index=index, origin=origin)
    entries = list(_entries(office, journal))
    text = tlog_proof(leaf_hashes(entries), index, _checkpoint(office, journal))
    return Proof(origin, index, text, entries[index])


def _entries(office: Office, journal: JournalState) -> Iterator[bytes]:
    for chunk in _chunks(office, journal):
        yield from entries_of(chunk)


def _payloads(office: Office, journal: JournalState) -> Iterator[tuple[str, bytes]]:
    number = 0
    for chunk in _chunks(office, journal):
        for at in range(0, len(chunk), WIDTH):
            part = chunk[at : at + WIDTH]
            yield tile_path("payload", number, len(part)), b"".join(map(_payload, part))
            number += 1


def _payload(kept: Kept) -> bytes:
    if kept.payload is None or kept.salt is None:
        return b"\0\0"
    return len(kept.payload).to_bytes(2, "big") + kept.salt + kept.payload


def _checkpoint(office: Office, journal: JournalState) -> Note:
    if journal.ours:
        note = sign_checkpoint(
            Checkpoint(journal.origin, journal.size, journal.frontier.root()), office.keys.log
        )
    else:
        note = parse_note(journal.checkpoint or b"")
    if journal.receipt is not None:
        receipt = parse_note(journal.receipt)
        if receipt.text == note.text:
            note = Note(note.text, note.signatures + receipt.signatures)
    return note
