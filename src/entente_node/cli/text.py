"""A record as people read it: each field that it has, by its label, its values in words."""

from __future__ import annotations

from collections.abc import Mapping

from entente.dossier import Dossier
from entente.places import Place
from entente.records import Record
from entente.records.base import fields_of, labels_of
from entente_node.cli.words import _

_DEGREE = 100_000


def record_rows(record: Record, language: str) -> list[list[str]]:
    """Label and value of each field that is there, in the order of the kind."""
    kind = type(record)
    english = language == "en"
    rows = [[_("Kind"), kind.title[english]]]
    for name, field in fields_of(kind).items():
        value = getattr(record, name)
        if value is None or value == ():
            continue
        words = {key: pair[english] for key, pair in labels_of(kind, name).items()}
        rows.append([field.en if english else field.fr, value_text(value, words)])
    return rows


def value_text(value: object, words: Mapping[str, str]) -> str:
    """One value in words."""
    match value:
        case Place():
            return place_text(value)
        case list() | tuple():
            return ", ".join(value_text(part, words) for part in value)
        case dict():
            return ", ".join(f"{key} {value_text(part, words)}" for key, part in value.items())
        case str():
            return words.get(value, value)
        case _:
            return str(value)


def place_text(place: Place) -> str:
    """A place: its name, its code with scheme and version, its point."""
    parts = []
    if place.name:
        parts.append(place.name)
    if place.code:
        scheme = " ".join(part for part in (place.scheme, place.version) if part)
        parts.append(f"{place.code} ({scheme})" if scheme else place.code)
    if place.lat is not None and place.lon is not None:
        parts.append(f"{place.lat / _DEGREE:.5f}, {place.lon / _DEGREE:.5f}")
    return "; ".join(parts)


def state_title(state: str) -> str:
    """The state of a dossier in words."""
    return {
        "new": _("new"),
        "acknowledged": _("acknowledged"),
        "under_way": _("under way"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
    }.get(state, state)


def dossier_rows(dossier: Dossier) -> list[list[str]]:
    """Who did what, when, oldest first."""
    return [[step.at, step.party, state_title(step.step), step.record or ""] for step in dossier.steps]
