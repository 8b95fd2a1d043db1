"""Write one pouch: what the partner lacks, urgent before routine, and what we owe it.

What is sent starts where the partner's newest pouch says that its copy ends (``have``), or
where its last receipt ends for a pouch that is carried by hand. What is owed (receipts,
troubles, agreement notes) goes into every pouch until the partner has seen one that
carried it: a lost pouch loses nothing, and a quiet line costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from entente.courier.office import Office
from entente.errors import UnknownKeyError
from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.entry import Row, entries
from entente.journal.tree import EMPTY, Frontier, leaf_hashes
from entente.pouch import Contents, Envelope, Erased, Explicit, Run, Section, Seeded, Trouble, pack
from entente.store import (
    MOST_IN_A_TRANSACTION,
    BatchState,
    ChannelState,
    JournalState,
    Kept,
    Store,
    TroubleRow,
)

_MOST_TROUBLES: Final = 200
_MOST_NOTES: Final = 16
"""Notes about records in one pouch."""
_MOST_BYTES: Final = 24 << 20
"""Payload bytes of one pouch, before compression: well within what the partner's limits admit."""
_PER_ENTRY: Final = 600
"""Payload bytes that a pouch takes for each entry of its pace: parts of pictures weigh as much as fifty flows,
and on a slow line an alert should not wait behind several of them."""


@dataclass(frozen=True, slots=True)
class Written:
    """A pouch, its sequence, how many entries it carries, and where its sections begin and end."""

    pouch: bytes
    sequence: int
    entries: int
    starts: Mapping[str, int]
    ends: Mapping[str, int]
    more: bool
    """More entries are waiting behind these."""
    answer: bool
    """The partner is asked to answer."""


def write(
    office: Office,
    agreement: str,
    partner: str,
    *,
    most: int = MOST_IN_A_TRANSACTION,
    after: Mapping[str, int] | None = None,
    introduced: bool = False,
    poll: bool = False,
    level: int = 9,
) -> Written | None:
    """A pouch for the partner, or None when there is nothing to say.

    At most ``most`` entries. ``after`` is for pouches that are carried by hand: they hold all
    that is not receipted, each beginning where the one before ended (``Written.ends``);
    ``introduced`` says that the agreement notes are in one of them already.
    ``poll`` writes one even when there is nothing to say, to ask.
    Raises UnknownKeyError for a partner that no agreement held here names.
    """
    store = office.store
    held_keys = office.register.keys_of(agreement, partner)
    if not held_keys:
        raise UnknownKeyError("no agreement held here names {partner}", partner=partner)
    channel = store.channel(agreement, partner)
    journals = store.journals(agreement, partner)
    if _owed(channel.notes_sent_in, channel) and not introduced:
        introduction = _introduce(office, agreement, partner, held_keys[0].seal)
        if introduction is not None:
            return introduction
    sections, checkpoints, more = _sections(office, journals, most=most, after=after)
    if not (sections or poll or _owes(store, channel, journals)):
        return None

    # What is said of the line is read together with the sequence: a pouch of a higher number
    # never says less. What it is the first to carry is written down before it leaves.
    with store.transaction():
        sequence = store.next_sequence(agreement, partner)
        channel = store.channel(agreement, partner)
        theirs = [j for j in store.journals(agreement, partner) if not j.ours]
        receipts = [j for j in theirs if j.receipt and _owed(j.receipt_sent_in, channel)]
        troubles = _troubles_owed(store, channel)
        notes = [note for note, _ in store.notes_owed(agreement, partner, _MOST_NOTES)]
        store.receipts_sent([j.origin for j in receipts if j.receipt_sent_in is None], sequence)
        store.troubles_sent(troubles, sequence)
        store.notes_sent(notes, partner, sequence)
    # A note has no receipt of its own: the partner's answer says that it has seen the pouch.
    answer = bool(sections or notes or poll)
    contents = Contents(
        have={j.origin: j.size for j in theirs},
        seen=channel.seen,
        answer=answer,
        notes=tuple(note.note for note in notes),
        sections=tuple(sections),
        checkpoints=tuple(checkpoints),
        receipts=tuple(j.receipt for j in receipts if j.receipt),
        troubles=tuple(Trouble(row.origin, row.index, row.reason) for row in troubles),
    )
    pouch = pack(
        contents,
        Envelope(office.keys.party, partner, agreement, sequence),
        log_key=office.keys.log,
        seal_to=held_keys[0].seal,
        level=level,
    )
    return Written(
        pouch=pouch,
        sequence=sequence,
        entries=sum(section.count for section in sections),
        starts={section.origin: section.start for section in sections},
        ends={section.origin: section.end for section in sections},
        more=more,
        answer=answer,
    )


def stick(office: Office, agreement: str, partner: str) -> Iterator[Written]:
    """The pouches to carry by hand: everything that the partner has not receipted, in order."""
    after: dict[str, int] = {}
    introduced = False
    while True:
        written = write(office, agreement, partner, after=after, introduced=introduced, poll=not introduced)
        if written is None:
            return
        yield written
        introduced = True
        after.update(written.ends)
        if not written.more:
            return


def is_waiting(store: Store, agreement: str, partner: str) -> bool:
    """Whether there is anything to send to the partner or owed to it: cheap, asked every round."""
    channel = store.channel(agreement, partner)
    if _owed(channel.notes_sent_in, channel):
        return True
    for journal in store.journals(agreement, partner):
        if journal.ours:
            if not journal.stopped and journal.receipted < journal.size:
                return True
        elif journal.receipt and journal.receipt_sent_in is None:
            return True
    if any(sent_in is None for _, sent_in in store.notes_owed(agreement, partner, _MOST_NOTES)):
        return True
    return any(sent_in is None for _, sent_in in store.quarantined(agreement, partner, _MOST_TROUBLES))


def _introduce(office: Office, agreement: str, partner: str, seal_to: str) -> Written | None:
    """Agreement notes travel alone until the partner has seen them.

    They must be there before anything that cites them, and a partner that does not know our
    log key yet takes nothing else from us (PROTOCOL.md section 7, first contact).
    """
    store = office.store
    with store.transaction():
        channel = store.channel(agreement, partner)
        notes = _notes_owed(store, channel, office.keys.party)
        if not notes:
            return None
        sequence = store.next_sequence(agreement, partner)
        if channel.notes_sent_in is None:
            store.update_channel(agreement, partner, notes_sent_in=sequence)
        have = {j.origin: j.size for j in store.journals(agreement, partner) if not j.ours}
    envelope = Envelope(office.keys.party, partner, agreement, sequence)
    # Whoever does not know us has never been heard: ``have`` and ``seen`` say nothing yet, as they must.
    contents = Contents(have=have, seen=channel.seen, notes=tuple(notes))
    pouch = pack(contents, envelope, log_key=office.keys.log, seal_to=seal_to)
    return Written(pouch, sequence, entries=0, starts={}, ends={}, more=True, answer=True)


def _owes(store: Store, channel: ChannelState, journals: Sequence[JournalState]) -> bool:
    """Whether the partner has not yet seen a receipt, a trouble or a signed note of ours."""
    if any(not j.ours and j.receipt and _owed(j.receipt_sent_in, channel) for j in journals):
        return True
    if store.notes_owed(channel.agreement, channel.partner, 1):
        return True
    return bool(_troubles_owed(store, channel))


def _troubles_owed(store: Store, channel: ChannelState) -> list[TroubleRow]:
    return [row for row, _ in store.quarantined(channel.agreement, channel.partner, _MOST_TROUBLES)]


def _owed(sent_in: int | None, channel: ChannelState) -> bool:
    # Not yet carried, or carried first by a pouch that the partner has not said it has seen.
    return sent_in is None or sent_in > channel.confirmed


def _notes_owed(store: Store, channel: ChannelState, me: str) -> list[bytes]:
    """Our key statements and the notes of every version, once one of them is owed."""
    if not _owed(channel.notes_sent_in, channel):
        return []
    notes = [statement.note for statement in store.statements(me)]
    for version in store.versions():
        if version.agreement == channel.agreement:
            notes.append(version.note)
            if version.adopt is not None:
                notes.append(version.adopt)
    return notes


def _sections(
    office: Office, journals: Sequence[JournalState], *, most: int, after: Mapping[str, int] | None
) -> tuple[list[Section], list[bytes], bool]:
    sections: list[Section] = []
    checkpoints: list[bytes] = []
    left, left_bytes = most, min(_MOST_BYTES, most * _PER_ENTRY)
    more = False
    for journal in journals:
        if not journal.ours or journal.stopped:
            continue
        start = _start(journal, after)
        count = _whole_batches(office.store, journal, start, min(journal.size - start, left))
        kept = office.store.entries(journal.origin, start, count, most_bytes=left_bytes)
        end = start + len(kept)
        more = more or end < journal.size
        if not kept:
            continue
        sections.append(_section(office.store, journal, start, kept))
        left -= len(kept)
        left_bytes -= sum(len(k.payload) for k in kept if k.payload is not None)
        checkpoint = Checkpoint(journal.origin, end, frontier_at(office.store, journal, end).root())
        checkpoints.append(sign_checkpoint(checkpoint, office.keys.log).to_bytes())
    return sections, checkpoints, more


def _whole_batches(store: Store, journal: JournalState, start: int, count: int) -> int:
    """How many entries to take, at most ``count``: up to the end of a batch where one ends in the second half.

    There the tree is kept, and need not be made again from its leaves, neither now nor for the receipt.
    """
    ends = [batch.end - start for batch in store.batches(journal.origin)]
    return max((end for end in ends if count // 2 < end <= count), default=count)


def _start(journal: JournalState, after: Mapping[str, int] | None) -> int:
    if after is not None:
        return max(journal.receipted, after.get(journal.origin, 0))
    return journal.receipted if journal.claimed is None else min(journal.claimed, journal.size)


def frontier_at(store: Store, journal: JournalState, size: int) -> Frontier:
    """The tree of one of our journals at an earlier size, from the nearest one that is kept."""
    known = [EMPTY, journal.base, journal.frontier, *(batch.after for batch in store.batches(journal.origin))]
    nearest = max((f for f in known if f.size <= size), key=lambda f: f.size)
    while nearest.size < size:
        count = min(size - nearest.size, MOST_IN_A_TRANSACTION)
        kept = store.entries(journal.origin, nearest.size, count)
        nearest = nearest.extend(leaf_hashes(entries_of(kept)))
    return nearest


def entries_of(kept: Sequence[Kept]) -> list[bytes]:
    """The entries (leaves) of what is kept, erased ones from their own bytes."""
    rows: dict[Row, int] = {}
    live = [
        (rows.setdefault(k.row, len(rows)), k.salt, k.payload)
        for k in kept
        if k.salt and k.payload is not None
    ]
    computed = iter(
        entries(
            list(rows),
            [which for which, _, _ in live],
            [salt for _, salt, _ in live],
            [payload for _, _, payload in live],
        )
    )
    return [k.erased if k.erased is not None else next(computed) for k in kept]


def _section(store: Store, journal: JournalState, start: int, kept: Sequence[Kept]) -> Section:
    end = start + len(kept)
    table: dict[Row, int] = {}
    which = [table.setdefault(k.row, len(table)) for k in kept]
    seeds = [batch for batch in store.batches(journal.origin) if batch.seed is not None]
    runs: list[Run] = []
    position = start
    while position < end:
        batch = next((b for b in seeds if b.start <= position < b.end), None)
        if kept[position - start].erased is not None:
            stop = _while(kept, position - start, erased=True) + start
        else:
            edge = batch.end if batch else min((b.start for b in seeds if b.start > position), default=end)
            stop = min(_while(kept, position - start, erased=False) + start, edge, end)
        runs.append(
            _run(
                kept[position - start : stop - start], which[position - start : stop - start], batch, position
            )
        )
        position = stop
    return Section(origin=journal.origin, start=start, rows=tuple(table), runs=tuple(runs))


def _while(kept: Sequence[Kept], at: int, *, erased: bool) -> int:
    for index in range(at, len(kept)):
        if (kept[index].erased is not None) != erased:
            return index
    return len(kept)


def _run(kept: Sequence[Kept], which: Sequence[int], batch: BatchState | None, position: int) -> Run:
    if kept[0].erased is not None:
        return Erased([k.erased or b"" for k in kept])
    payloads = [k.payload or b"" for k in kept]
    if batch is not None and batch.seed is not None:
        return Seeded(batch.seed, position - batch.start, bytes(which), payloads)
    return Explicit(bytes(which), [k.salt or b"" for k in kept], payloads)
