"""The one door by which records become visible, local and received alike.

Headers and dossiers are written together, inside the caller's transaction, so that no page
ever shows a record whose dossier does not know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from entente import dossier as dossiers
from entente.errors import EntenteError
from entente.records import Record, decode
from entente.records.base import TLP_RANK
from entente.records.words import words_of
from entente.store import EVERYBODY, DossierRow, Header, Store


def apply(store: Store, items: Sequence[tuple[Header, Record]]) -> list[int]:
    """Write the headers and fold the dossiers that they touch; gives the records' ids.

    Raises ConflictError when a code is taken. Call it inside a transaction.
    """
    ids = store.add_records([header for header, _ in items])
    store.put_words(
        [(id_, words_of(record)) for id_, (header, record) in zip(ids, items, strict=True) if header.code]
    )
    touched = dict.fromkeys(
        code
        for header, record in items
        if header.code or header.about  # most are flows, of which nobody speaks
        for code in (record.code, record.about)
        if code and _moves(record, code)
    )
    rows = [row for code in touched if (row := _folded(store, code)) is not None]
    store.put_dossiers(rows)
    for row in rows:
        if row.state == "withdrawn":
            store.withdraw(row.code, row.moved_at)
    return ids


def fold_anew(store: Store, codes: Sequence[str]) -> None:
    """Write the dossiers of these codes as their records make them; a record of a later version is left."""
    with store.transaction():
        for code in codes:
            try:
                row = _folded(store, code)
            except EntenteError:
                continue
            if row is not None:
                store.put_dossiers([row])


def _moves(record: Record, code: str) -> bool:
    # An answer moves the dossier of what it is about and opens none of its own.
    if not record.tells:
        return False
    return code == record.about or not record.answers


def _folded(store: Store, code: str) -> DossierRow | None:
    root = store.shown(code)
    if root is None:
        return None  # the answer came before what it is about; it is folded when that comes
    record = decode(root.body)
    if record.answers:
        return None
    answers = [(answer.party, decode(answer.body), answer) for answer in store.answers_to(code)]
    folded = dossiers.fold(
        record,
        root.party,
        dossiers.opened_at(record, root.filed_at),
        [(by, answer) for by, answer, _ in answers],
    )
    moved = max([root.filed_at, *(shown.filed_at for _, _, shown in answers)])
    # Who may not see an answer must not see what it did: a withdrawal is seen by whoever saw the record.
    steps = [
        (shown.audience, TLP_RANK[said.tlp]) for by, said, shown in answers if dossiers.step_of(by, said)
    ]
    return DossierRow(
        code,
        root.id,
        folded.state,
        dossiers.CODEC.encode(folded),
        root.filed_at,
        moved,
        reduce(and_, (audience for audience, _ in steps), EVERYBODY),
        max((rank for _, rank in steps), default=0),
    )
