"""Records without what they point to behind the wall: a code says that there is a record.

A record that its reader may see can be about one that he may not: another purpose, a higher
marking. Whatever shows fields of records shows them as they come out of here.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import msgspec

from entente.records import Record
from entente.records.base import Role, fields_of
from entente_node.directory.access import Viewer

K = TypeVar("K", bound=Hashable)
_MOST: int = 500


def as_seen(viewer: Viewer, records: Mapping[K, Record]) -> dict[K, Record]:
    """The records with those references only whose target the viewer may see."""
    pointing = {key: _references(record) for key, record in records.items()}
    codes = sorted(set().union(*(found for fields in pointing.values() for found in fields.values())))
    seen: set[str | None] = set()
    for start in range(0, len(codes), _MOST):
        rows = viewer.records().filter(code__in=codes[start : start + _MOST])
        seen.update(rows.values_list("code", flat=True))
    return {key: _without(record, pointing[key], seen) for key, record in records.items()}


def _references(record: Record) -> dict[str, set[str]]:
    found = {}
    for name, declared in fields_of(type(record)).items():
        value = getattr(record, name) if declared.role is Role.REFERENCE else None
        if value:
            found[name] = {value} if isinstance(value, str) else set(value)
    return found


def _without(record: Record, pointing: Mapping[str, set[str]], seen: set[str | None]) -> Record:
    hidden = {name: codes - seen for name, codes in pointing.items() if codes - seen}
    if not hidden:
        return record
    changes: dict[str, Any] = {}
    for name, codes in hidden.items():
        value = getattr(record, name)
        changes[name] = None if isinstance(value, str) else tuple(one for one in value if one not in codes)
    return msgspec.structs.replace(record, **changes)
