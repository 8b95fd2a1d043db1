"""Windows: what leaves added up, once its time has ended (:mod:`entente.policy.aggregate`).

One run decides everything that is undecided for everybody, then closes parts, then tells each
recipient what its sums have become. Each of these is one transaction or several that each stand
alone: a run that is cut off anywhere is taken up by the next. A part is closed only with what
every recipient had decided, so that who gets it too is known when it is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final, cast

import msgspec

from entente.agreements.document import Aggregate, Form
from entente.courier.admission import row_and_audience
from entente.courier.office import Office
from entente.errors import StoreError
from entente.policy import TEMPLATES, Policy
from entente.policy.aggregate import (
    added_up,
    close,
    is_blind,
    numbers_that_leave,
    shape_of,
    source_of,
    strictest,
    tally,
)
from entente.records import KINDS, Record, decode, encode
from entente.records.base import Lane, Purpose
from entente.records.times import instant
from entente.release import Outgoing, Released, append_of, outgoing, release
from entente.store import MOST_IN_A_TRANSACTION, ConflictError
from entente.store.sums import Closing, Held, PartState, SumState

_MOST_CONFLICTS: Final = 20


def release_all(office: Office) -> list[Released]:
    """Release whatever is due, by itself or added up, for every recipient of every agreement in force."""
    policies = office.register.policies()
    for policy in policies:
        agreement = policy.standing.signed.agreement
        office.store.recall(agreement.id, agreement.version)
    done = {(one.agreement, one.recipient): one for one in release(office)}
    if office.is_clock_held():
        return list(done.values())  # nobody knows which windows have ended
    _again(partial(_close, office, policies))
    for policy in policies:
        agreement = policy.standing.signed.agreement
        for party in agreement.parties:
            if party.id != office.keys.party:
                into = done.setdefault((agreement.id, party.id), Released(agreement.id, party.id))
                into.released += _again(partial(_tell, office, policy, party.id))
    return list(done.values())


def _again(step: Callable[[], int]) -> int:
    """A step, begun anew while another process is faster; after a while it is left to that one."""
    for _ in range(_MOST_CONFLICTS):
        try:
            return step()
        except ConflictError:
            continue
    return 0


# Closing parts


@dataclass(slots=True)
class _Kin:
    """Open records that go into the same sums and leave on the same lines by themselves."""

    sums: tuple[int, ...]
    lines: tuple[str, ...]
    records: list[int]

    @property
    def name(self) -> str:
        """Its hash, under which closed parts of it are found."""
        return sha256(msgspec.json.encode((self.sums, self.lines))).hexdigest()


def _close(office: Office, policies: Sequence[Policy]) -> int:
    """Close what is due. What is closed with what depends on the records and the moment alone."""
    store = office.store
    now = int(office.clock().timestamp())
    newest = store.newest_part()
    current = {(one.standing.signed.agreement.id, one.standing.signed.agreement.version) for one in policies}
    due = {id_: one for id_, one in store.due_sums(now).items() if _version_of(one) in current}
    if not due:
        return 0
    decided = _decided_by_all(office, policies)
    kins: dict[tuple[tuple[int, ...], tuple[str, ...]], _Kin] = {}
    undecided: set[int] = set()
    for one in store.open_addends(due):
        if one.record > decided:
            undecided.update(one.sums)
            continue
        kin = kins.setdefault((one.sums, one.lines), _Kin(one.sums, one.lines, []))
        kin.records.append(one.record)
    concerned = {id_ for kin in kins.values() for id_ in kin.sums}
    states = store.sums(concerned)
    parts = store.parts(concerned)
    closings: list[Closing] = []
    held: list[Held] = []
    for kin in kins.values():
        closing = _closing(office, kin, states, parts, now)
        if closing is not None:
            closings.append(closing)
        else:
            held.append(_held(kin, states, now))
    with store.transaction():
        store.close(closings, held, looked_at=set(due) - undecided, expected_newest=newest)
    return len(closings)


def _decided_by_all(office: Office, policies: Sequence[Policy]) -> int:
    """The last record that was decided for every recipient."""
    lines = [
        (one.standing.signed.agreement.id, party.id)
        for one in policies
        for party in one.standing.signed.agreement.parties
        if party.id != office.keys.party
    ]
    return min(office.store.channel(*line).decided for line in lines)


def _closing(
    office: Office, kin: _Kin, states: Mapping[int, SumState], parts: Sequence[PartState], now: int
) -> Closing | None:
    forms = [_form_of(office, states[id_]) for id_ in kin.sums]
    kind = KINDS[states[kin.sums[0]].group.kind]
    shape = shape_of(kind, [form for form, _ in forms])
    blind = next((p for p in parts if p.kin == kin.name and is_blind(p.closed.hidden, shape)), None)
    told = [
        {name for part in before for name in part.closed.hidden}
        for id_ in kin.sums
        if states[id_].due <= now and (before := [part for part in parts if id_ in part.sums])
    ]
    closed = close(
        tally(_records(office, kin.records), shape),
        shape,
        strictest(aggregate for _, aggregate in forms),
        blind=blind.closed.sums if blind else None,
        known=told,
    )
    if closed is None:
        return None
    return Closing(kin.name, kin.sums, kin.lines, closed, kin.records, blind.id if blind else None)


def _records(office: Office, ids: Sequence[int]) -> Iterator[Record]:
    return (decode(body) for body in office.store.bodies(ids))


def _held(kin: _Kin, states: Mapping[int, SumState], now: int) -> Held:
    window = min(states[id_].group.window for id_ in kin.sums if states[id_].due <= now)
    values = msgspec.json.encode({"window": window}).decode("utf-8")
    return Held(kin.sums, kin.records, TEMPLATES["correction-too-small"], values)


def _version_of(state: SumState) -> tuple[str, int]:
    return state.group.agreement, int(state.group.article.partition("#")[0])


def _form_of(office: Office, state: SumState) -> tuple[Form, Aggregate]:
    policy = office.register.of_version(*_version_of(state))
    share = policy.article(state.group.article) if policy is not None else None
    if share is None or share.form.aggregate is None:
        raise StoreError("article {article} adds nothing up", article=state.group.article)
    return share.form, share.form.aggregate


# Telling sums


def _tell(office: Office, policy: Policy, recipient: str) -> int:
    """Append what the sums of one recipient have become. How many told something new."""
    store = office.store
    now = office.clock()
    agreement = policy.standing.signed.agreement
    count = 0
    while True:
        states = store.untold_sums(
            agreement.id, recipient, agreement.version, int(now.timestamp()), MOST_IN_A_TRANSACTION
        )
        by_lane: dict[Lane, list[SumState]] = defaultdict(list)
        for state in states:
            by_lane[KINDS[state.group.kind].lane].append(state)
        for lane, of_lane in by_lane.items():
            count += _tell_lane(office, policy, recipient, lane, of_lane)
        if len(states) < MOST_IN_A_TRANSACTION:
            return count


def _tell_lane(office: Office, policy: Policy, recipient: str, lane: Lane, states: Sequence[SumState]) -> int:
    store = office.store
    agreement = policy.standing.signed.agreement.id
    out = outgoing(office, agreement, recipient, lane, office.clock())
    parts: dict[int, list[PartState]] = defaultdict(list)
    for part in store.parts([state.id for state in states]):
        for id_ in part.sums:
            parts[id_].append(part)
    told: list[int] = []
    same: list[int] = []
    for state in states:
        record = _sum_of(office, policy, state, parts[state.id], out)
        if state.payload is not None and _says_the_same(decode(state.payload), record):
            same.append(state.id)
            continue
        found = row_and_audience(policy, record)
        if found is None:
            raise StoreError("article {article} adds nothing up", article=state.group.article)
        out.which.append(out.rows.setdefault(found[0], len(out.rows)))
        out.payloads.append(encode(record))
        out.records.append(None)
        told.append(state.id)
    append = append_of(office, agreement, recipient, lane, out) if told else None
    with store.transaction():
        if append is not None:
            store.append(append)
            store.tell(told, append.origin, append.expected)
        store.nothing_to_tell(same)
    return len(told)


def _sum_of(
    office: Office, policy: Policy, state: SumState, parts: Sequence[PartState], out: Outgoing
) -> Record:
    """The record that leaves: what is known of the parts, rounded."""
    group = state.group
    share = policy.article(group.article)
    party = policy.standing.signed.agreement.party(office.keys.party)
    if share is None or share.form.aggregate is None or party is None:
        raise StoreError("article {article} adds nothing up", article=group.article)
    form, aggregate, kind = share.form, share.form.aggregate, KINDS[group.kind]
    known = added_up([(part.closed.sums, part.closed.hidden) for part in parts], form.fields)
    services = {service for part in parts for service in part.closed.sums.services}
    community = [service.id for service in party.services if service.community]
    values: dict[str, Any] = {
        name: value
        for name, value in zip(aggregate.by, group.by, strict=True)
        if name in kind.__struct_fields__ and value is not None
    }
    values |= numbers_that_leave(kind, form, aggregate, known)
    return kind(
        at=group.window,
        service=source_of(services, community),
        purpose=cast("Purpose", group.purpose),
        # Not the highest of its records: that would tell that one of them was marked so.
        tlp=form.tlp or share.tlp,
        place=policy.place(group.place),
        article=group.article,
        released_at=instant(out.released_at),
        **values,
    )


def _says_the_same(before: Record, record: Record) -> bool:
    return encode(msgspec.structs.replace(before, released_at=record.released_at)) == encode(record)
