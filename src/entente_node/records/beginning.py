"""What a form begins with: what the record that it is about says already, and what the agreement says.

A form that revises begins with the record that stands, written as it would have been typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.inspect import Field

from entente.errors import EntenteError
from entente.places import Place
from entente.records import Communique, Observation
from entente.records.base import Part, Record, fields_of
from entente.records.times import parse_at, precision_of
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.ledger.models import Record as Row
from entente_node.ledger.reading import bodies_of
from entente_node.records.asking import asked, shape_of
from entente_node.records.fields import TIME
from entente_node.records.kinds import TALKS
from entente_node.records.widgets import ROWS, Begin


def beginning(viewer: Viewer, kind: type[Record], about: str, paragraph: str = "") -> Begin:
    """What a new record of a kind begins with; ``about`` and ``paragraph`` are what a link said."""
    begin: dict[str, Any] = {"tlp": "GREEN"}
    if kind.kind() in TALKS and "administration" in viewer.mandates:
        begin["purpose"] = "administration"
    elif len(viewer.mandates) == 1:
        begin["purpose"] = next(iter(viewer.mandates))
    if kind is Communique:
        begin |= _signatories(viewer) | {
            "language": telling.language(),
            "subject": telling.either(Communique.title),
        }
    target = viewer.records().filter(code=about, code__isnull=False).first() if about else None
    if target is None:
        return begin
    begin |= {"about": target.code, "purpose": target.purpose, "tlp": target.tlp, "place": target.place}
    body = bodies_of([target]).get(target.pk)
    if isinstance(body, Communique):
        begin |= _promised(viewer, target, paragraph)
    elif isinstance(body, Observation) and body.what:
        begin["description"] = body.what
    return begin


def again(record: Record, viewer: Viewer, only: Sequence[str]) -> tuple[Begin, list[str]]:
    """The record as it would be typed, and the fields that can be: the others it keeps."""
    begin: dict[str, str | Sequence[str]] = {}
    names = []
    for one in asked(type(record), only):
        typed = _typed(one, record, getattr(record, one.name), viewer, one.name)
        if typed is not None:
            begin |= typed
            names.append(one.name)
    return begin, names


def _signatories(viewer: Viewer) -> dict[str, str]:
    """Those that the agreement names, else one for each party."""
    for agreement in viewer.named():
        named = [
            {"party": one.party, "function": one.function, "representing": one.acting_for, "under": one.under}
            for one in agreement.signatories
        ] or [{"party": party.id} for party in agreement.parties]
        return {
            "signatories" + ROWS: str(len(named)),
            **{
                f"signatories.{row}.{name}": value
                for row, each in enumerate(named)
                for name, value in each.items()
                if value
            },
        }
    return {}


def _promised(viewer: Viewer, target: Row, paragraph: str) -> dict[str, str]:
    """The words of a paragraph of the communiqué that stands, for a commitment that is made of it."""
    rows = viewer.records().filter(kind=Communique.kind(), withdrawn_at=None)
    try:
        negotiation = node().talks.of(target.code or "", {row.code for row in rows if row.code})
    except EntenteError:
        return {}
    begin = {"about": negotiation.code}
    for one in negotiation.paragraphs:
        if str(one.number) == paragraph:
            begin |= {"paragraph": paragraph, "text": one.text}
    return begin


def _typed(
    one: Field, record: Record | Part, value: Any, viewer: Viewer, name: str
) -> dict[str, str | Sequence[str]] | None:
    """A value under the names of its widget; None where no widget could show it, so that it is kept."""
    kind = type(record)
    shape = shape_of(one, kind)
    if value is None or value in ((), {}):
        return {}
    match shape:
        case "moment":
            return _moment(value, viewer, name)
        case "place":
            known = {area.code for agreement in viewer.named() for area in agreement.zone.areas}
            return {name: value.code} if isinstance(value, Place) and value.code in known else None
        case "several":
            return {name: [str(each) for each in value]}
        case "words":
            return {name: ", ".join(value)}
        case "numbers":
            return {f"{name}.{key}": str(number) for key, number in value.items()}
        case "rows":
            return _rows(value, name)
        case _:
            return {name: str(value)}


def _rows(value: Any, name: str) -> dict[str, str | Sequence[str]]:
    begin: dict[str, str | Sequence[str]] = {name + ROWS: str(len(value))}
    if isinstance(value, dict):
        for row, (country, count) in enumerate(value.items()):
            begin |= {f"{name}.{row}.country": country, f"{name}.{row}.count": str(count)}
        return begin
    for row, each in enumerate(value):
        if not isinstance(each, Part):
            begin[f"{name}.{row}"] = each
            continue
        for field in fields_of(type(each)):
            said = getattr(each, field)
            if isinstance(said, str | int):
                begin[f"{name}.{row}.{field}"] = str(said)
    return begin


def _moment(at: str, viewer: Viewer, name: str) -> dict[str, str | Sequence[str]] | None:
    match precision_of(at):
        case "day":
            return {name: at}
        case "exact":
            local = parse_at(at)[0].astimezone(viewer.zone)
            return {name: local.date().isoformat(), name + TIME: local.strftime("%H:%M")}
        case _:
            return None
