"""What a message says, so that it works alone: what, where, how severe, code, deadline, what to do.

It obeys the record's marking, because whoever carries a message reads it: RED leaves only
the code and the deadline; AMBER+STRICT and everything for the security purpose leave no word
that somebody wrote. A headline is free text from another state: it comes last, in quotes,
without anything that moves a cursor, turns the direction of reading, or can be pressed; a
message never begins with it, and its code and link cannot be mistaken for ours.

Written in the language that is active (``translation.override``). For a telephone it is one
SMS where it can be: the headline is cut first, then the names; never the code, the severity,
the deadline, the link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entente.places import Place
from entente.records.alert import SEVERITIES, Alert
from entente.records.base import TLP_RANK, Record, labels_of
from entente.records.times import parse_at
from entente_node.directory import telling
from entente_node.duty.models import Call, Level, Reason
from entente_node.notifications import gsm

LONG: Final = 420
"""Characters of a message that is no SMS."""
_DIGEST_PARTS: Final = 2
_SHORTEST_HEADLINE: Final = 20
_LONGEST_HEADLINE: Final = 120
_SHAPES: Final = ((40, True), (40, False), (18, False))
"""From the fullest: how long a name may be, and whether the moment is said."""
_WHAT: Final = ("ttt_event", "type", "category", "subject", "cause", "status", "state")
"""Fields of closed lists that say best what happened, in the kinds that have them."""
_PRESSED: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]*:\S+|\bwww\.\S*|[^\s@]+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/:]\S*)?",
    re.IGNORECASE,
)
"""What a telephone makes a link of."""


@dataclass(frozen=True)
class Setting:
    """What a message is written for: the clock on the wall, the areas that the agreement names, the telephone."""

    zone: tzinfo
    now: datetime
    areas: Mapping[str, str] = field(default_factory=dict)
    """Names of areas by code: what stands for a place whose name somebody wrote."""
    sms: bool = True


def text_of(call: Call, record: Record | None, link: str, setting: Setting) -> str:
    """What one call says.

    Args:
        call: what is called for, whom, by when.
        record: the record of its code; None where its content is gone: then as if it were RED.
        link: an address that acknowledges or shows it; empty: none.
        setting: zone, clock, areas; whether it goes to a telephone.
    """
    closed = record is None or record.tlp == "RED"
    tail = _tail(call, link, setting)
    if record is None or closed:
        return _written([f"{call.code}.", tail], setting)
    headline = _headline(record, setting)
    sayings = [_said(call, record, setting, *shape) for shape in _SHAPES]
    for said in sayings:
        words = _headline_that_fits(said, headline, tail, setting)
        if words:
            return _written([f"{said}.", f'"{words}".', tail], setting)
    wholes = [_written([f"{said}.", tail], setting) for said in sayings]
    return next((whole for whole in wholes if _fits(whole, setting)), wholes[-1])


def subject_of(call: Call, record: Record | None) -> str:
    """The subject where a message has one: nothing that its text does not say."""
    return call.code if record is None or record.tlp == "RED" else _head(call, record)


def digest_of(calls: Sequence[tuple[Call, Record | None]], link: str, setting: Setting) -> str:
    """What many calls say in one message: how many, the gravest with code and deadline, where to see the rest."""
    ordered = sorted(
        calls, key=lambda one: (_rank(one[1]), one[0].deadline or datetime.max.replace(tzinfo=UTC))
    )
    count = len({call.code for call, _record in ordered})
    begin = ngettext("%(count)d alert waits for you", "%(count)d alerts wait for you", count) % {
        "count": count
    }
    told: dict[str, str] = {}
    for call, record in ordered:
        told.setdefault(call.code, _line(call, record, setting))
    lines = list(told.values())
    for shown in range(len(lines), 0, -1):
        left = len(lines) - shown
        listed = ", ".join(lines[:shown]) + (f", +{left}" if left else "")
        tail = link or _("Sign in to the desk.")
        whole = _written([f"{begin}: {listed}.", tail], setting)
        if gsm.parts(whole) <= _DIGEST_PARTS if setting.sms else len(whole) <= LONG:
            return whole
    return _written([f"{begin}.", link], setting)


def is_answerable(call: Call) -> bool:
    """Whether what is called for is an acknowledgement: a link or a reply can give that, and nothing more."""
    return call.level != Level.AUTHOR and call.reason in {Reason.NEW, Reason.UNANSWERED, Reason.OVERDUE}


def clean(text: str) -> str:
    """Words from elsewhere on one line, without what moves, turns, hides or can be pressed; without quotes."""
    visible = "".join(
        " " if unicodedata.category(one) in {"Cc", "Zl", "Zp", "Zs"} else one
        for one in unicodedata.normalize("NFC", text)
        if unicodedata.category(one) not in {"Cf", "Cs", "Co", "Cn"}
    )
    pressed = _PRESSED.sub("(…)", visible)
    return " ".join(pressed.translate({ord(mark): None for mark in '"«»“”„'}).split())


def _head(call: Call, record: Record) -> str:
    """The code, what is urgent about it, and how severe it is."""
    parts = [call.code, _urgent(call)]
    if isinstance(record, Alert):
        if record.status != "Actual":
            parts.append(telling.word(Alert, "status", record.status).upper())
        parts.append(telling.word(Alert, "severity", record.severity).upper())
    else:
        parts.append(telling.either(type(record).title))
    return " ".join(part for part in parts if part)


def _said(call: Call, record: Record, setting: Setting, longest: int, timed: bool) -> str:  # noqa: FBT001  one of _SHAPES
    """What happened: code, severity, what, where, and when."""
    parts = [_head(call, record), _cut(_what(record), longest), _cut(_where(record, setting), longest)]
    if timed:
        parts.append(_moment(record, setting))
    return ", ".join(part for part in parts if part)


def _urgent(call: Call) -> str:
    if call.level == Level.ESCALATION:
        return _("ESCALATION")
    match call.reason:
        case Reason.UNANSWERED:
            return _("NOT ANSWERED")
        case Reason.OVERDUE:
            return _("OVERDUE")
        case Reason.UNACTED:
            return _("NO ACTION YET")
        case Reason.WITHHELD:
            return _("HAS NOT LEFT")
        case Reason.MEASURE:
            return _("MEASURE OVERDUE")
        case _:
            return ""


def _what(record: Record) -> str:
    """What happened, in words of a closed list."""
    for name in _WHAT:
        value = getattr(record, name, None)
        if not value or not labels_of(type(record), name):
            continue
        values = value if isinstance(value, tuple) else (value,)
        return ", ".join(telling.word(type(record), name, one) for one in values)
    return ""


def _where(record: Record, setting: Setting) -> str:
    place = record.place
    if place is None:
        return ""
    if not _may_quote(record):
        return setting.areas.get(place.code or "", place.code or "")
    return clean(_name(place, setting))


def _name(place: Place, setting: Setting) -> str:
    return place.name or setting.areas.get(place.code or "", place.code or "")


def _moment(record: Record, setting: Setting) -> str:
    start, precision = parse_at(record.at)
    match precision:
        case "exact":
            return _clock(start, setting, named=False)
        case "hour":
            local = start.astimezone(setting.zone)
            return f"{local:%d/%m %H}h"
        case "day":
            return f"{start:%d/%m}"
        case _:
            return record.at


def _clock(moment: datetime, setting: Setting, *, named: bool = True) -> str:
    """The hour on the wall; the day unless it is today; the zone's name, because the two sides' clocks differ."""
    local, today = moment.astimezone(setting.zone), setting.now.astimezone(setting.zone)
    shape = "%H:%M" if local.date() == today.date() else "%d/%m %H:%M"
    return local.strftime(shape) + (f" {local.tzname()}" if named else "")


def _tail(call: Call, link: str, setting: Setting) -> str:
    """By when, and what to do."""
    reply = f"OK {call.code.rpartition('-')[2]}" if setting.sms and is_answerable(call) else ""
    if call.deadline is None or call.deadline <= setting.now:
        late = _("Was due by %(clock)s.") % {"clock": _clock(call.deadline, setting)} if call.deadline else ""
        values = {"reply": reply, "link": link}
        if reply and link:
            return f"{late} " * bool(late) + _("Reply %(reply)s or open %(link)s") % values
        return " ".join(part for part in (late, _("Reply %(reply)s") % values if reply else "", link) if part)
    values = {"reply": reply, "link": link, "clock": _clock(call.deadline, setting)}
    if reply and link:
        return _("Reply %(reply)s by %(clock)s or open %(link)s") % values
    if reply:
        return _("Reply %(reply)s by %(clock)s") % values
    due = _("Act by %(clock)s.") if call.reason == Reason.UNACTED else _("Answer by %(clock)s.")
    return " ".join(part for part in (due % values, link) if part)


def _headline(record: Record, setting: Setting) -> str:
    """The words that somebody wrote, where they may stand in a message; empty where little of them could."""
    if not _may_quote(record):
        return ""
    written = (getattr(record, name, None) for name in ("headline", "event", "what", "text"))
    words = next((clean(one) for one in written if isinstance(one, str) and one), "")
    if not setting.sms:
        return words
    said = " ".join(gsm.plain(words).split())
    # Of another script a few digits would be left, which say nothing, or something else.
    return said if 2 * sum(one.isalnum() for one in said) >= sum(one.isalnum() for one in words) else ""


def _may_quote(record: Record) -> bool:
    return record.purpose != "security" and TLP_RANK[record.tlp] < TLP_RANK["AMBER+STRICT"]


def _headline_that_fits(said: str, headline: str, tail: str, setting: Setting) -> str:
    """As much of the headline as there is room for; empty where that is too little to be of use."""
    longest = min(len(headline), _LONGEST_HEADLINE)
    for length in range(longest, min(_SHORTEST_HEADLINE, longest) - 1, -1):
        words = _cut(headline, length)
        if words and _fits(_written([f"{said}.", f'"{words}".', tail], setting), setting):
            return words
    return ""


def _line(call: Call, record: Record | None, setting: Setting) -> str:
    parts = [call.code]
    if isinstance(record, Alert) and record.tlp != "RED":
        parts.append(telling.word(Alert, "severity", record.severity).upper())
    if call.deadline is not None:
        parts.append(_clock(call.deadline, setting, named=False))
    return " ".join(parts)


def _rank(record: Record | None) -> int:
    if isinstance(record, Alert) and record.severity in SEVERITIES:
        return SEVERITIES.index(record.severity)
    return len(SEVERITIES)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    shorter = text[: longest - 3]
    words, _between, last = shorter.rpartition(" ")
    return f"{words if words and len(last) < len(words) else shorter}..."


def _fits(text: str, setting: Setting) -> bool:
    return gsm.parts(text) == 1 if setting.sms else len(text) <= LONG


def _written(parts: Sequence[str], setting: Setting) -> str:
    text = " ".join(part for part in parts if part)
    return gsm.plain(text) if setting.sms else text
