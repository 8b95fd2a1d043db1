"""Filters of the desk's templates: instants, spans, and the core's messages, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.drafts.numbers import FIELD, seal
from entente_node.speech import say

register = template.Library()

_COLOURS: Final = {
    "proposed": "new",
    "open": "new",
    "accepted": "acknowledged",
    "under_way": "under_way",
    "done": "closed",
}


def _moment(value: datetime | float) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


@register.simple_tag
def moment(value: datetime | float, viewer: Viewer) -> SafeString:
    """An instant: how long ago, and by the clock."""
    at = _moment(value)
    return format_html(
        '<time class="ago" datetime="{}">{}, <span class="clock">{}</span></time>',
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        telling.ago(at, viewer.now),
        telling.clock(at, viewer.zone, viewer.now),
    )


@register.simple_tag
def ago(value: datetime | float, viewer: Viewer, key: str = "") -> SafeString:
    """How long ago; with a ``key`` a live page takes a newer instant (:mod:`entente_node.directory.live`)."""
    at = _moment(value)
    return format_html(
        '<time class="ago"{} datetime="{}">{}</time>',
        format_html(' data-moment="{}"', key) if key else "",
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        telling.ago(at, viewer.now),
    )


@register.simple_tag
def as_of(viewer: Viewer) -> SafeString:
    """The clock, which a live page keeps at the last moment that something was heard."""
    return format_html('<bdi class="asof">{}</bdi>', telling.clock(viewer.now, viewer.zone, viewer.now))


@register.simple_tag
def in_full(value: datetime) -> SafeString:
    """A moment with its day and its year, whatever day is thought to be today."""
    return format_html(
        '<time datetime="{}">{} {}</time>',
        value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        telling.dated(value, "j F Y, H:i"),
        value.tzname() or "",
    )


@register.simple_tag
def due(value: datetime, viewer: Viewer) -> SafeString:
    """A deadline: how much is left or by how much it has passed, and by the clock; while that is held, itself alone."""
    if viewer.is_clock_held:
        return format_html(
            '<time datetime="{}" class="clock">{}</time>',
            value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            telling.clock(value, viewer.zone, viewer.now),
        )
    left = (value - viewer.now).total_seconds()
    pattern = _("%(span)s left") if left >= 0 else _("late by %(span)s")
    return format_html(
        '<time datetime="{}" class="{}">{}, <span class="clock">{}</span></time>',
        value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "due" if left >= 0 else "due late",
        pattern % {"span": telling.span(left)},
        telling.clock(value, viewer.zone, viewer.now),
    )


@register.simple_tag
def numbered(viewer: Viewer) -> SafeString:
    """The hidden number of a form: who sends it twice files once, and after a lost session it is his."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, seal(viewer.user))


@register.filter
def grouped(value: int) -> str:
    """A number with its thousands apart."""
    return telling.number(value)


@register.filter
def signed(value: int) -> str:
    """A difference: with its sign, a true minus."""
    return f"+{telling.number(value)}" if value > 0 else telling.number(value).replace("-", "\u2212")


@register.filter
def dated(day: date, shape: str) -> str:
    """A day in one of Django's shapes, as people write it in the reader's language."""
    return telling.dated(day, shape)


@register.simple_tag
def colon() -> str:
    """The colon after a label: French puts a no-break space before it."""
    return telling.colon()


@register.filter
def week_number(monday: date) -> str:
    """The number of the week that begins on this day (ISO 8601)."""
    return _("W%(week)s") % {"week": monday.isocalendar().week}


@register.filter
def said(message: str, values: str = "") -> str:
    """A message of the core in the reader's language, with its values as JSON."""
    plain: dict[str, Any] = msgspec.json.decode(values) if values else {}
    for key in ("field", "fields"):
        if isinstance(plain.get(key), str):
            plain[key] = ", ".join(telling.field_name(name) for name in plain[key].split(", "))
    return say(message, plain, language=telling.language())


@register.filter
def colour(state: str) -> str:
    """The badge of a state of a measure or of a task; its word stands in it."""
    return _COLOURS.get(state, "")
