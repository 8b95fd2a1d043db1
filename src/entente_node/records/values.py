"""What was typed becomes a value, or stays with a word on what is wrong with it.

A field left empty is missing in the record, never zero and never an empty text; a row in which
nothing was typed is no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import Any

import msgspec
from babel import Locale
from django.utils.translation import gettext as _

from entente.errors import RecordError
from entente.places import place_of
from entente.records.codes import check_code
from entente.records.times import instant, parse_at
from entente_node.digits import whole
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.records.widgets import Widget
from entente_node.speech import say_error


class _Unreadable(Exception):  # noqa: N818  it never leaves this module
    """What was typed cannot be a value of the field."""


def values_of(widgets: Iterable[Widget], viewer: Viewer) -> dict[str, Any]:
    """The values by the last part of each name; what cannot be one leaves its error in its widget."""
    plain = {}
    for widget in widgets:
        try:
            value = _read(widget, viewer)
        except _Unreadable as wrong:
            widget.error = str(wrong)
            continue
        if value is not None:
            plain[widget.name.rpartition(".")[2]] = value
        elif widget.required:
            widget.error = _("This is needed.")
    return plain


def _read(widget: Widget, viewer: Viewer) -> Any:
    """The value that was typed; None where the field was left empty. Raises _Unreadable."""
    text = widget.value.strip().replace("\r\n", "\n")
    match widget.shape:
        case "moment":
            return _moment(text, widget.time.strip(), viewer)
        case "several":
            return [option.value for option in widget.options if option.chosen] or None
        case "words":
            return [part.strip() for part in text.split(",") if part.strip()] or None
        case "rows":
            return _rows(widget, viewer)
        case "numbers":
            return {
                one.name.partition(".")[2]: _number(one.value.strip())
                for one in widget.numbers
                if one.value.strip()
            } or None
        case _:
            return _single(widget, text, viewer) if text else None


def _single(widget: Widget, text: str, viewer: Viewer) -> Any:
    match widget.shape:
        case "number":
            return _number(text)
        case "place":
            return _place(text, viewer)
        case "code":
            return _code(text)
        case "period":
            return _period(text)
        case "choice" | "radio" if not any(option.chosen for option in widget.options):
            # Whoever sends a form by hand gets no purpose that the service has no mandate for.
            raise _Unreadable(_("This value is not possible here."))
        case _ if widget.countries:
            return _country(text)
        case _:
            return " ".join(text.split()) if widget.one_line else text


def _rows(widget: Widget, viewer: Viewer) -> Any:
    """The rows in which something was typed: of one field each its value, of several a dict."""
    found: list[Any] = []
    wrong = False
    for row in widget.rows:
        if not any(one for field in row.widgets for one in field.filled()):
            continue
        # Only now: a row left empty has nothing that it needs.
        values = values_of(row.widgets, viewer)
        wrong = wrong or any(field.error for field in row.widgets)
        found.append(values)
    if wrong:
        raise _Unreadable(_("Look at the rows: something is missing, or not possible."))
    if widget.keyed:
        counts: dict[str, int] = {}
        for pair in found:
            if pair["country"] in counts:
                raise _Unreadable(_("A country stands there twice."))
            counts[pair["country"]] = pair["count"]
        return counts or None
    return (found if widget.parts else [next(iter(one.values())) for one in found]) or None


def _number(text: str) -> int:
    number = whole(re.sub(r"[\s\u00a0\u202f]", "", text), most=11)
    if number is None:
        raise _Unreadable(_("Type a whole number, or leave it empty."))
    return number


def _moment(day: str, clock: str, viewer: Viewer) -> str | None:
    if not day and not clock:
        return None
    try:
        found = date.fromisoformat(day)
        if not clock:
            return found.isoformat()
        return instant(datetime.combine(found, time.fromisoformat(clock), viewer.zone))
    except ValueError:
        raise _Unreadable(_("Type a day such as 2022-01-31, and a time such as 14:30.")) from None


def _period(text: str) -> str:
    try:
        parse_at(text)
    except RecordError:
        raise _Unreadable(_("Type a day such as 2022-06-30, or a month such as 2022-06.")) from None
    return text


def _place(code: str, viewer: Viewer) -> dict[str, Any]:
    for agreement in viewer.named():
        for area in agreement.zone.areas:
            if area.code == code:
                plain: dict[str, Any] = msgspec.to_builtins(place_of(area))
                return plain
    raise _Unreadable(_("Choose a place of the zone."))


def _code(text: str) -> str:
    try:
        return check_code(text)
    except RecordError as refused:
        raise _Unreadable(say_error(refused, language=telling.language())) from None


def _country(text: str) -> str:
    found = _countries().get(text.casefold())
    if found is None and text.casefold() == _("unknown nationality").casefold():
        found = telling.UNKNOWN_COUNTRY
    if found is None:
        raise _Unreadable(_("Type the name of a country, or its two letters such as NE."))
    return found


@cache
def _countries() -> dict[str, str]:
    """Two letters (ISO 3166) by the names and the letters of each country, in both languages."""
    found = {telling.UNKNOWN_COUNTRY.casefold(): telling.UNKNOWN_COUNTRY}
    for language in ("fr", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():  # noqa: PLR2004  the others are regions of the world
                found |= {name.casefold(): code, code.casefold(): code}
    return found
