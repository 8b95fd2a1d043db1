"""How the desk says an instant, a span of time, a place, a value: in the reader's language.

Instants are shown in the agreement's time zone, named, because the parties' clocks differ.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from babel import Locale
from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entente.places import Place
from entente.records import KINDS
from entente.records.base import Part, Record, Role, fields_of, labels_of
from entente.records.times import parse_at

_DEGREE: Final = 100_000
UNKNOWN_COUNTRY: Final = "XX"


def language() -> str:
    """The reader's language: fr or en."""
    return "en" if (translation.get_language() or "fr").startswith("en") else "fr"


def either(pair: tuple[str, str]) -> str:
    """Of (French, English), the reader's."""
    return pair[1] if language() == "en" else pair[0]


def within(label: str) -> str:
    """A label in the middle of a sentence; an acronym keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def span(seconds: float) -> str:
    """How long, in the one unit that matters."""
    minutes = int(abs(seconds)) // 60
    if minutes < 1:
        return _("less than a minute")
    if minutes < 90:  # noqa: PLR2004
        return _("%(count)d min") % {"count": minutes}
    hours = (minutes + 30) // 60
    if hours < 36:  # noqa: PLR2004
        return _("%(count)d h") % {"count": hours}
    days = (hours + 12) // 24
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def ago(moment: datetime, now: datetime) -> str:
    """How long ago; or how far ahead."""
    seconds = (now - moment).total_seconds()
    pattern = _("%(span)s ago") if seconds >= 0 else _("in %(span)s")
    return pattern % {"span": span(seconds)}


def colon() -> str:
    """The colon between a label and what it says, as the reader's language sets it."""
    return "\u00a0: " if language() == "fr" else ": "


def dated(day: date, shape: str) -> str:
    """A day in one of Django's shapes that begin with it, as people write it: 1er février, 1 Feb."""
    if language() == "fr":
        text = date_format(day, shape, use_l10n=False)
        return f"1er{text[1:]}" if day.day == 1 and shape.startswith("j") else text
    return date_format(day, shape.replace("b", "M"), use_l10n=False)


def clock(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """The instant in the zone: the day unless it is today, the hour, the zone's short name."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        shape = "H:i"
    elif local.year == today.year:
        shape = "j F, H:i"
    else:
        shape = "j F Y, H:i"
    return f"{dated(local, shape)} {local.tzname()}"


def when(at: str, zone: tzinfo, now: datetime) -> str:
    """A record's ``at`` as precisely as it is known, and no more."""
    start, precision = parse_at(at)
    match precision:
        case "exact":
            return clock(start, zone, now)
        case "hour":
            return dated(start, "j F Y, G\u00a0\\h")
        case "day":
            return dated(start, "j F Y")
        case "week":
            return _("week %(week)s of %(year)s") % {"week": int(at[6:]), "year": at[:4]}
        case "month":
            return date_format(start, "F Y", use_l10n=False)


def exact(at: str) -> datetime | None:
    """The instant of ``at``, if it is one."""
    start, precision = parse_at(at)
    return start.astimezone(UTC) if precision == "exact" else None


LEVELS: Final = {
    "locality": ("localité", "locality"),
    "district": ("district", "district"),
    "region": ("région", "region"),
}


def where(place: Place | None, *, precisely: bool = False) -> str:
    """A place by its name; precisely: with its level, code and point."""
    if place is None:
        return ""
    point = "" if place.lat is None or place.lon is None else f"{_degrees(place.lat)}, {_degrees(place.lon)}"
    if not precisely:
        return place.name or place.code or point
    parts = [place.name or ""]
    if place.level:
        parts.append(either(LEVELS[place.level]))
    if place.code:
        listed = " ".join(part for part in (place.scheme, place.version) if part)
        parts.append(f"{place.code} ({listed})" if listed else place.code)
    parts.append(point)
    return " · ".join(part for part in parts if part)


def _degrees(value: int) -> str:
    return number_format(value / _DEGREE, decimal_pos=5, use_l10n=True)


def number(value: int) -> str:
    """A number with its thousands apart."""
    return number_format(value, use_l10n=True, force_grouping=True)


def word(kind: type[Record | Part], field: str, value: object) -> str:
    """The word for a value of a closed list."""
    labels = labels_of(kind, field).get(str(value))
    return either(labels) if labels else str(value)


def value_of(record: Record, field: str, zone: tzinfo, now: datetime) -> str:
    """What a field says; empty where it says nothing."""
    value: Any = getattr(record, field)
    kind = type(record)
    if value is None or value in ((), "", {}):
        return ""
    match fields_of(kind)[field].role:
        case Role.PLACE if isinstance(value, Place):
            return where(value, precisely=True)
        case Role.INSTANT if isinstance(value, str):
            return when(value, zone, now)
        case _ if field == "released_at":
            return when(value, zone, now)
    return _words_of(kind, field, value)


def _words_of(kind: type[Record | Part], field: str, value: Any) -> str:
    """A value that is no place and no time: of a breakdown both sides, of several things each on a line."""
    if isinstance(value, Part):
        return _part(value)
    if isinstance(value, dict):
        return ", ".join(
            f"{_key(kind, field, key)}{colon()}{_words_of(kind, field, part)}" for key, part in value.items()
        )
    if isinstance(value, bytes):
        return _("%(count)s bytes") % {"count": number(len(value))}
    if isinstance(value, int):
        return number(value)
    if isinstance(value, tuple):
        between = "\n" if fields_of(kind)[field].role is Role.FREE_TEXT else ", "
        return between.join(_words_of(kind, field, one) for one in value)
    return word(kind, field, value)


def _key(kind: type[Record | Part], field: str, key: str) -> str:
    """What a number of a breakdown counts: a value of the closed list, or a country."""
    return word(kind, field, key) if labels_of(kind, field) else country(key)


def country(code: str) -> str:
    """The name of a country of ISO 3166; the code itself where it is none."""
    if code == UNKNOWN_COUNTRY:
        return _("unknown nationality")
    name: str = Locale(language()).territories.get(code, code)
    return name


_FOR_MACHINES: Final = frozenset({"changes"})
"""What a part counts and nobody reads."""


def _part(part: Part) -> str:
    """What it is first, the rest under the labels that it declares."""
    said: list[str] = []
    for name, declared in fields_of(type(part)).items():
        value = getattr(part, name)
        if value is not None and name not in _FOR_MACHINES:
            text = _words_of(type(part), name, value)
            said.append(f"{either((declared.fr, declared.en))}{colon()}{text}" if said else text)
    return " · ".join(said)


def field_name(field: str) -> str:
    """What a field is called, whichever kind has it; as it is written where none has."""
    for kind in KINDS.values():
        declared = fields_of(kind).get(field)
        if declared is not None:
            return f"«\u00a0{declared.fr}\u00a0»" if language() == "fr" else f"“{declared.en}”"
    return field
