"""A record as people read it: each field that it has, by its label, its values in words."""

from __future__ import annotations

from collections.abc import Mapping

from entente.dossier import Dossier
from entente.places import Place
from entente.records import Record
from entente.records.base import Part, Role, fields_of, labels_of
from entente_node.cli.words import LANGUAGE, _, number_of

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
        # What somebody wrote stands line by line, a list of words in one.
        parts = value if field.role is Role.FREE_TEXT and isinstance(value, tuple) else (value,)
        text = "\n".join(value_text(part, words, language) for part in parts)
        rows.append([field.en if english else field.fr, text])
    return rows


def value_text(value: object, words: Mapping[str, str], language: str = LANGUAGE) -> str:
    """One value in words."""
    match value:
        case Place():
            return place_text(value)
        case Part():
            return part_text(value, language)
        case list() | tuple():
            return ", ".join(value_text(part, words) for part in value)
        case dict():
            return ", ".join(
                f"{words.get(key, key)} {value_text(part, words)}" for key, part in value.items()
            )
        case bytes():
            return number_of("{count} byte", "{count} bytes", len(value))
        case str():
            return words.get(value, value)
        case _:
            return str(value)


def part_text(part: Part, language: str) -> str:
    """What a part says: what it is first, the rest under the labels that it declares."""
    said: list[str] = []
    for name, field in fields_of(type(part)).items():
        value = getattr(part, name)
        if value is None:
            continue
        words = {key: pair[language == "en"] for key, pair in labels_of(type(part), name).items()}
        text = value_text(value, words, language)
        label = f"{field.en}: " if language == "en" else f"{field.fr}\u00a0: "
        said.append(f"{label}{text}" if said else text)
    return "; ".join(said)


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
        "notified": _("duty notified"),
        "escalated": _("escalated"),
    }.get(state, state)


def dossier_rows(dossier: Dossier) -> list[list[str]]:
    """Who did what, when, oldest first."""
    return [[step.at, step.party, state_title(step.step), step.record or ""] for step in dossier.steps]
