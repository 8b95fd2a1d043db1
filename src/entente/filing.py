"""Filing: a record gets its code, becomes visible here, and waits to be decided.

The one door in for what is written on this node, by hand, by import or by a service of ours. What
may be filed is looked at before anything is written; whether it leaves is for release to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from entente import answers
from entente.apply import apply
from entente.courier.office import Office
from entente.errors import RecordError, StoreError
from entente.records import Record, encode
from entente.records.codes import new_code
from entente.store import ConflictError, header_of

_TRIES: Final = 50
_CODE_ENTROPY: Final = 8


@dataclass(frozen=True, slots=True)
class Filing:
    """A record as it was filed: its number on this node, and the record with its code."""

    id: int
    record: Record


def file(
    office: Office,
    records: Sequence[Record],
    *,
    confirmed: bool = False,
    checked: bool = False,
    originals: Sequence[tuple[str, bytes] | None] = (),
) -> list[Filing]:
    """File records, all or nothing; see :meth:`entente.node.Node.file`. Raises RecordError or ConflictError."""
    for record in records:
        check(office, record, checked=checked)
    for _ in range(_TRIES):
        try:
            return _file(office, records, originals, confirmed=confirmed)
        except ConflictError:
            if all(record.code for record in records if record.spoken):
                raise
    raise StoreError("no free code was found for the record; try again")


def check(office: Office, record: Record, *, checked: bool = False) -> None:
    """Whether this node may file the record, but for its code. Raises RecordError, StoreError.

    ``checked``: its kind's own rules were looked at when it was read.
    """
    if record.is_released:
        raise RecordError("a record that carries an article was released already; it cannot be filed here")
    short = office.keys.short
    if record.code is not None and not record.code.startswith(f"{short}-"):
        raise RecordError("the code {code} does not begin with {short}", code=record.code, short=short)
    if not checked:
        record.check()
    if record.answers and record.about:
        answers.check(office, record, record.about)


def coded(office: Office, record: Record) -> Record:
    """The record with a code, as it would be filed: none is taken by it, nothing is written."""
    if not record.spoken or record.code is not None:
        return record
    return msgspec.structs.replace(record, code=new_code(office.keys.short, office.entropy(_CODE_ENTROPY)))


def confirm(office: Office, code: str) -> None:
    """A person has read the free text of our record and confirms that it may leave. Raises RecordError, StoreError."""
    shown = office.record(code)
    if not shown.local:
        raise RecordError(
            "{code} is a record of {party}; there is nothing to confirm", code=code, party=shown.party
        )
    with office.store.transaction():
        office.store.confirm(shown.id)


def _file(
    office: Office,
    records: Sequence[Record],
    originals: Sequence[tuple[str, bytes] | None],
    *,
    confirmed: bool,
) -> list[Filing]:
    now = int(office.clock().timestamp())
    named = _with_codes(office, records)
    items = [
        (
            header_of(
                record,
                party=office.keys.party,
                audience=answers.audience_of(office, record),
                filed_at=now,
                body=encode(record),
                confirmed=confirmed,
            ),
            record,
        )
        for record in named
    ]
    with office.store.transaction():
        ids = apply(office.store, items)
        for id_, original in zip(ids, originals, strict=False):
            if original is not None:
                office.store.keep_original(id_, *original)
    return [Filing(id_, record) for id_, record in zip(ids, named, strict=True)]


def _with_codes(office: Office, records: Sequence[Record]) -> list[Record]:
    """The records, each of those that are spoken of under a code that nothing here has."""
    wanting = sum(1 for record in records if record.spoken and record.code is None)
    if not wanting:
        return list(records)
    found: dict[str, None] = {}
    for _ in range(_TRIES):
        more = {
            new_code(office.keys.short, office.entropy(_CODE_ENTROPY)) for _ in range(wanting - len(found))
        }
        found.update(dict.fromkeys(more - office.store.codes_taken(more)))
        if len(found) == wanting:
            break
    else:
        raise StoreError("no free code was found for the record; try again")
    codes = iter(found)
    return [
        msgspec.structs.replace(record, code=next(codes)) if record.spoken and record.code is None else record
        for record in records
    ]
