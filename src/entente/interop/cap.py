"""OASIS CAP 1.2 to and from an alert.

:func:`parse` reads a CAP message completely and strictly (:mod:`entente.interop.cap_xml`).
:func:`to_record` takes from it what an alert of ours can say; the file itself stays on the
node that imported it. :func:`from_record` writes an alert, also the reduced form that a
partner received, as CAP that validates against the schema.

What CAP has no element for travels in its extension points: the marking as a ``code``
(``TLP:AMBER``), the TTT event and the verification as parameters (``entente:ttt_event``).
Reading them back gives the same values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, cast, get_args

import msgspec

from entente.errors import RecordError
from entente.interop.cap_xml import CapAlert, CapArea, CapInfo, CapResource, Named, parse, write
from entente.places import LEVELS, Area, Place, locate, place_of
from entente.records import from_plain
from entente.records.alert import CATEGORY_LABELS, Alert, Scope, TttEvent, TttKind
from entente.records.base import TLPS, Purpose, Tlp, Verification
from entente.records.times import parse_at, period

__all__ = [
    "CapAlert",
    "CapArea",
    "CapInfo",
    "CapResource",
    "Named",
    "from_record",
    "parse",
    "to_record",
    "write",
]

PREFERRED: Final = ("fr", "en")
"""The languages of the desk, in its order."""

NEAR_M: Final = 50_000
"""How far the nearest area of the agreement may be from the point of an alert, in metres."""

_SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_TLP_OF: Final[dict[Scope, Tlp]] = {"Public": "CLEAR", "Restricted": "AMBER", "Private": "RED"}
_SCOPE_OF: Final[dict[Tlp, Scope]] = {
    "CLEAR": "Public",
    "GREEN": "Restricted",
    "AMBER": "Restricted",
    "AMBER+STRICT": "Private",
    "RED": "Private",
}
_TLP_CODE: Final = "TLP:"
_PARAMETER: Final = "entente:"
_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "ttt_kind": get_args(TttKind),
    "ttt_event": get_args(TttEvent),
    "verification": get_args(Verification),
}
_SHORT: Final = 200
_LONG: Final = 6_000
_NAME: Final = re.compile(r"[^\s,<&]+")
_UNWANTED: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_TRIANGLE: Final = 3
_POINT: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,20})?")
_LAT_MAX: Final = 9_000_000
_LON_MAX: Final = 18_000_000


def to_record(
    cap: CapAlert,
    *,
    service: str,
    areas: Mapping[str, Area],
    purpose: Purpose | None = None,
    tlp: Tlp | None = None,
    code: str | None = None,
    preferred: Sequence[str] = PREFERRED,
    within_m: int = NEAR_M,
) -> Alert:
    """The alert that a CAP message makes.

    Args:
        cap: the message.
        service: who files it.
        areas: the agreement's places, by code.
        purpose: None makes it security where a category is Security, else humanitarian.
        tlp: None takes it from the message: its own ``TLP:`` code, else from its scope.
        code: the code that the node gives it.
        preferred: languages; the first block in the first of them is used, else the first block.
        within_m: how far the nearest area may be from the centre of a circle or polygon.

    Words that are too long for a record end in an ellipsis. ``at`` is the onset where it lies
    before the sending, else the sending. Raises RecordError for a message without an ``info``
    block (an acknowledgement, say), which describes no event, and for what a record refuses.
    """
    if not cap.info:
        raise RecordError("a CAP message without an info block describes no event")
    info = _info_in(cap.info, preferred)
    if purpose is None:
        purpose = "security" if "Security" in info.category else "humanitarian"
    has_begun = info.onset is not None and parse_at(info.onset)[0] <= parse_at(cap.sent)[0]
    found: dict[str, object] = {
        "kind": Alert.kind(),
        "at": info.onset if has_begun else cap.sent,
        "reported_at": cap.sent,
        "service": service,
        "purpose": purpose,
        "tlp": tlp or _tlp_of(cap),
        "code": code,
        "place": _place_of(info.area, areas, within_m),
        "status": cap.status,
        "msg_type": cap.msg_type,
        "scope": cap.scope,
        "category": tuple(dict.fromkeys(info.category)),
        "urgency": info.urgency,
        "severity": info.severity,
        "certainty": info.certainty,
        "response": tuple(dict.fromkeys(info.response_type)),
        "onset": info.onset,
        "expires": info.expires,
        "event": _line(info.event),
        "headline": _line(info.headline),
        "description": _text(info.description),
        "instruction": _text(info.instruction),
    }
    for parameter in info.parameter:
        name = parameter.name.removeprefix(_PARAMETER)
        if name != parameter.name and parameter.value in _PARAMETERS.get(name, ()):
            found[name] = parameter.value
    if "ttt_kind" not in found:
        found.pop("ttt_event", None)
    plain = msgspec.to_builtins({name: value for name, value in found.items() if value is not None})
    return cast("Alert", from_plain(plain))


def from_record(
    alert: Alert,
    *,
    sender: str,
    identifier: str | None = None,
    sent: str | None = None,
    sender_name: str | None = None,
    addresses: str | None = None,
    references: str | None = None,
    language: str = "fr",
    tz: str = "UTC",
) -> bytes:
    """The alert as CAP 1.2.

    Args:
        alert: filed, or as a partner received it, with whatever its form dropped.
        sender: CAP's sender, unique: the party's id, say.
        identifier: None takes the alert's code.
        sent: an instant; None takes when it was released, reported or occurred.
        sender_name: the authority's name for people.
        addresses: to whom a private message goes; None is the sender.
        references: CAP's references to earlier messages, in CAP's notation.
        language: of the words that stand in for an event that was dropped: fr or en.
        tz: the agreement's time zone, for days, weeks and months.

    A coarse time becomes its first moment, an expiry the first moment after it. The scope is
    the more closed of the alert's own and what its marking allows. Raises RecordError where
    the sender or the identifier is missing or has a space, a comma, ``<`` or ``&``.
    """
    identifier = identifier or alert.code
    if identifier is None:
        raise RecordError("a CAP message needs an identifier: this alert has no code")
    for name in (identifier, sender):
        if not _NAME.fullmatch(name):
            raise RecordError("CAP allows no space, comma, < or & in {name}", name=name)
    scope = _SCOPE_OF[alert.tlp]
    if alert.scope is not None:
        scope = max(scope, alert.scope, key=_SCOPES.index)
    marking = f"{_TLP_CODE}{alert.tlp}"
    parameters = ((name, getattr(alert, name)) for name in _PARAMETERS)
    in_english = language.startswith("en")
    info = CapInfo(
        language=language,
        category=alert.category,
        event=alert.event or CATEGORY_LABELS.words[alert.category[0]][in_english],
        response_type=alert.response,
        urgency=alert.urgency,
        severity=alert.severity,
        certainty=alert.certainty,
        onset=_date(alert.onset, tz),
        expires=_date_after(alert.expires, tz),
        sender_name=sender_name,
        headline=alert.headline,
        description=alert.description,
        instruction=alert.instruction,
        parameter=tuple(
            Named(name=f"{_PARAMETER}{name}", value=value) for name, value in parameters if value is not None
        ),
        area=() if alert.place is None else (_area_of(alert.place),),
    )
    return write(
        CapAlert(
            identifier=identifier,
            sender=sender,
            sent=_date(sent or alert.released_at or alert.reported_at or alert.at, tz) or "",
            status=alert.status,
            msg_type=alert.msg_type or ("Alert" if alert.revises is None else "Update"),
            scope=scope,
            restriction=marking if scope == "Restricted" else None,
            addresses=(addresses or sender) if scope == "Private" else None,
            code=(marking,),
            references=references,
            info=(info,),
        )
    )


def _info_in(blocks: Sequence[CapInfo], preferred: Sequence[str]) -> CapInfo:
    for wanted in preferred:
        for block in blocks:
            # CAP: a block without a language is in en-US.
            if (block.language or "en-US").lower().split("-")[0] == wanted:
                return block
    return blocks[0]


def _tlp_of(cap: CapAlert) -> Tlp:
    """The message's own marking, unless it is more open than the message's scope."""
    for code in cap.code:
        for tlp in TLPS:
            if code.strip() == f"{_TLP_CODE}{tlp}" and _SCOPES.index(_SCOPE_OF[tlp]) >= _SCOPES.index(
                cap.scope
            ):
                return tlp
    return _TLP_OF[cap.scope]


def _place_of(cap_areas: Sequence[CapArea], areas: Mapping[str, Area], within_m: int) -> Place | None:
    coded = _coded(cap_areas, areas)
    if coded is not None:
        area, cap_area = coded
        centre = next(filter(None, map(_circle_centre, cap_area.circle)), None)
        return _with_point(place_of(area), centre)
    for cap_area in cap_areas:
        centre = next(_centres(cap_area), None)
        if centre is not None:
            near = locate(*centre, areas, within_m)
            place = Place(name=_line(cap_area.area_desc)) if near is None else place_of(near)
            return _with_point(place, centre)
    names = (_line(cap_area.area_desc) for cap_area in cap_areas)
    name = next(filter(None, names), None)
    return None if name is None else Place(name=name)


def _coded(cap_areas: Sequence[CapArea], areas: Mapping[str, Area]) -> tuple[Area, CapArea] | None:
    """The listed area that a geocode names: rather with its scheme, then the finest, then the first."""

    def rank(match: tuple[str, Area, CapArea]) -> tuple[bool, int]:
        name, area, _ = match
        return name not in {area.scheme, f"{area.scheme}:{area.version}"}, LEVELS.index(area.level)

    found = [
        (geocode.name.strip(), area, cap_area)
        for cap_area in cap_areas
        for geocode in cap_area.geocode
        if (area := areas.get(geocode.value.strip())) is not None
    ]
    return min(found, key=rank)[1:] if found else None


def _with_point(place: Place, centre: tuple[int, int] | None) -> Place:
    return place if centre is None else msgspec.structs.replace(place, lat=centre[0], lon=centre[1])


def _centres(cap_area: CapArea) -> Iterator[tuple[int, int]]:
    yield from filter(None, map(_circle_centre, cap_area.circle))
    yield from filter(None, map(_polygon_centre, cap_area.polygon))


def _circle_centre(circle: str) -> tuple[int, int] | None:
    """``lat,lon radius`` in degrees and kilometres."""
    parts = circle.split()
    return _point(parts[0]) if parts else None


def _polygon_centre(polygon: str) -> tuple[int, int] | None:
    """The centre of mass of ``lat,lon lat,lon …``, which ends where it begins.

    One that spans the 180th meridian is not understood: no land border crosses it.
    """
    points = [_point(part) for part in polygon.split()]
    corners = [point for point in points if point is not None]
    if len(corners) < _TRIANGLE or len(corners) != len(points):
        return None
    twice_area = lat_sum = lon_sum = 0
    for (lat, lon), (next_lat, next_lon) in zip(corners, corners[1:] + corners[:1], strict=True):
        cross = lon * next_lat - next_lon * lat
        twice_area += cross
        lat_sum += (lat + next_lat) * cross
        lon_sum += (lon + next_lon) * cross
    if twice_area != 0:
        centre = _divided(lat_sum, 3 * twice_area), _divided(lon_sum, 3 * twice_area)
        if all(min(axis) <= value <= max(axis) for value, axis in zip(centre, _axes(corners), strict=True)):
            return centre
    # A line, or sides that cross one another: then the mean of the corners.
    lats, lons = _axes(corners)
    return sum(lats) // len(lats), sum(lons) // len(lons)


def _axes(points: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [lat for lat, _ in points], [lon for _, lon in points]


def _divided(a: int, b: int) -> int:
    return (2 * a + b) // (2 * b)


def _point(text: str) -> tuple[int, int] | None:
    """``lat,lon`` in degrees, as integers of 1e-5 degree."""
    lat, _, lon = text.partition(",")
    if not (_POINT.fullmatch(lat) and _POINT.fullmatch(lon)):
        return None
    point = round(Decimal(lat) * 100_000), round(Decimal(lon) * 100_000)
    return point if abs(point[0]) <= _LAT_MAX and abs(point[1]) <= _LON_MAX else None


def _area_of(place: Place) -> CapArea:
    point = None if place.lat is None or place.lon is None else f"{_degrees(place.lat)},{_degrees(place.lon)}"
    code = () if place.code is None else (Named(name=f"{place.scheme}:{place.version}", value=place.code),)
    return CapArea(
        area_desc=place.name or place.code or point or "-",
        circle=() if point is None else (f"{point} 0",),
        geocode=code,
    )


def _degrees(value: int) -> str:
    return f"{'-' if value < 0 else ''}{abs(value) // 100_000}.{abs(value) % 100_000:05}"


def _date(at: str | None, tz: str) -> str | None:
    return None if at is None else _numeric(period(at, tz)[0])


def _date_after(at: str | None, tz: str) -> str | None:
    """What expires on a day is good for that day."""
    if at is None:
        return None
    start, precision = parse_at(at, tz)
    return _numeric(start if precision == "exact" else period(at, tz)[1])


def _numeric(moment: datetime) -> str:
    """CAP wants ``+00:00`` and refuses ``Z``."""
    return moment.isoformat(timespec="seconds")


def _line(words: str | None) -> str | None:
    return _fitted(" ".join(_UNWANTED.sub(" ", words).split()), _SHORT) if words else None


def _text(words: str | None) -> str | None:
    return _fitted(_UNWANTED.sub("", words.replace("\r", "\n")).strip(), _LONG) if words else None


def _fitted(words: str, limit: int) -> str | None:
    return (words if len(words) <= limit else f"{words[: limit - 1]}…") or None
