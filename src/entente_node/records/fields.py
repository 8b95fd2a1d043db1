"""Forms made from what the kinds declare: a role and a type give a widget, labels give the choices.

Nothing here knows a kind by name: a new kind has its form as soon as it is listed in
:mod:`entente_node.records.kinds`; :mod:`entente_node.records.asking` says what is asked. A form
may also begin with a record that stands (``base``): what it makes then revises that record, and
keeps what the form does not ask.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _
from msgspec.inspect import DictType, Field, StrType, StructType

from entente.errors import EntenteError
from entente.records import Record, from_plain
from entente.records.base import PURPOSE_LABELS, PURPOSES, Part, Role, fields_of, labels_of
from entente.records.times import instant
from entente_node.digits import whole
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.leaving import shares_of, stays
from entente_node.records.asking import NEEDED, SET_BY_NODE, asked, bare, completed, fixed, shape_of, usual
from entente_node.records.values import values_of
from entente_node.records.widgets import ROWS, Begin, Number, Option, Row, Typed, Widget
from entente_node.speech import say_error

LAST: Final = ("purpose", "tlp", "method", "verification", "about")
_ROWS: Final = {"delegations": 2, "paragraphs": 3, "signatories": 2, "preamble": 2, "agenda": 3}
"""How many rows a form begins with; others with one."""
_FIELD: Final = re.compile(r"`\$\.(\w+)")
TIME: Final = "__time"
"""Ends the name of the field of the hour, beside that of the day."""


@dataclass
class Form:
    """A form of one kind: empty, or as it was sent."""

    kind: type[Record]
    widgets: list[Widget]
    """What is compulsory or usual."""
    more: list[Widget]
    """What else can be said: folded."""
    last: list[Widget]
    """Purpose and marking: at the end."""
    last_more: list[Widget]
    """Method, verification, what it is about: folded."""
    error: str = ""
    record: Record | None = None
    written: bool = False
    """Whether somebody wrote text that another person reads before it leaves."""
    restored: bool = False
    """Whether it shows what was typed when a session had ended."""
    leaves: bool = True
    """Whether any article lets a record of the kind leave."""

    @property
    def wrong(self) -> list[Widget]:
        """The widgets with something wrong in them."""
        every = (*self.widgets, *self.more, *self.last, *self.last_more)
        return [widget for widget in every if widget.error]

    @property
    def is_more_open(self) -> bool:
        """Whether something stands in the folded fields."""
        return any(not widget.is_folded for widget in self.more)

    @property
    def is_last_open(self) -> bool:
        """Whether something stands in the folded fields at the end."""
        return any(not widget.is_folded for widget in self.last_more)


@dataclass(frozen=True)
class _Asking:
    """What every widget of a form is made from."""

    viewer: Viewer
    typed: Typed
    grow: str = ""
    """The field that one more row was asked for."""


def form_of(
    kind: type[Record],
    viewer: Viewer,
    sent: QueryDict | None,
    begin: Begin,
    *,
    base: Record | None = None,
    only: Collection[str] = (),
    judged: bool = True,
) -> Form:
    """The form of a kind: with the values to begin with, or with what was sent and what is wrong with it.

    Args:
        kind: the kind of record.
        viewer: who fills it in.
        sent: what was sent; None: nothing yet. With ``add`` in it one more row was asked for, and
            nothing is looked at yet.
        begin: the values to begin with.
        base: the record that the new one revises.
        only: the only fields that are asked.
        judged: whether what was sent is to be filed; otherwise it is only shown again.
    """
    grow = sent.get("add", "") if sent is not None else ""
    asking = _Asking(viewer, Typed(sent, begin), grow if isinstance(grow, str) else "")
    widgets = [_widget(one, kind, asking) for one in asked(kind, only)]
    by_name = {widget.name: widget for widget in widgets}
    shares = shares_of(viewer, kind.kind())
    for widget in widgets:
        if widget.name not in fields_of(Record):
            widget.hint = " ".join(filter(None, (widget.hint, stays(viewer, shares, widget.name))))
    named = usual(kind) if not only else frozenset(by_name)
    middle = [widget for widget in widgets if widget.name not in LAST]
    last = [by_name[name] for name in LAST if name in by_name]
    form = Form(
        kind,
        [widget for widget in middle if widget.required or widget.name in named],
        [widget for widget in middle if not widget.required and widget.name not in named],
        [widget for widget in last if widget.required],
        [widget for widget in last if not widget.required],
        written=any(widget.written and any(widget.filled()) for widget in widgets),
        restored=sent is not None and not judged,
        leaves=bool(shares),
    )
    if sent is None or asking.grow or not judged:
        return form
    plain = {
        **(_kept(base, by_name) if base is not None else fixed(kind, viewer)),
        "kind": kind.kind(),
        "service": viewer.user.service,
        **completed(kind, values_of(widgets, viewer)),
    }
    if "at" not in plain:
        plain["at"] = instant(viewer.now)
    if not form.wrong:
        _judge(form, by_name, plain)
    if form.wrong:
        form.wrong[0].take_focus()
    return form


def _kept(base: Record, asked_for: Mapping[str, Widget]) -> dict[str, Any]:
    """What the record that is revised says beyond what is asked; the new one says that it revises it."""
    plain: dict[str, Any] = msgspec.to_builtins(base)
    for name in (*SET_BY_NODE, *asked_for, "at"):
        plain.pop(name, None)
    return plain | {"revises": base.code}


def _judge(form: Form, by_name: Mapping[str, Widget], plain: dict[str, Any]) -> None:
    """Make the record, or say what is wrong, beside its field where the message names one."""
    try:
        form.record = from_plain(plain)
    except EntenteError as refused:
        text = say_error(refused, language=telling.language())
        named = _FIELD.search(str(refused))
        widget = by_name.get(named[1]) if named else None
        if widget is not None:
            widget.error = _("This value is not possible here.")
        else:
            form.error = text[:1].upper() + text[1:]


def _widget(one: Field, kind: type[Record | Part], asking: _Asking, within: str = "") -> Widget:
    declared, inner = fields_of(kind)[one.name], bare(one)
    name = f"{within}{one.name}"
    widget = Widget(
        name=name,
        label=telling.either((declared.fr, declared.en)),
        is_usual=one.name in usual(kind) if issubclass(kind, Record) else False,
        shape=shape_of(one, kind),
        required=_is_required(one, kind),
        value=asking.typed.one(name),
        written=declared.role is Role.FREE_TEXT,
        in_row=bool(within),
    )
    match widget.shape:
        case "choice" | "radio" | "several":
            chosen = asking.typed.all(name)
            widget.options = [
                Option(value, label, value in chosen)
                for value, label in _choices(one, kind, inner, asking.viewer)
            ]
        case "place":
            widget.options = _places(asking.viewer, widget.value)
        case "number":
            widget.least, widget.most = inner.ge, inner.le
        case "numbers":
            words = labels_of(kind, one.name)
            widget.numbers = [
                Number(f"{name}.{value}", telling.either(word), asking.typed.one(f"{name}.{value}"))
                for value, word in words.items()
            ]
        case "moment":
            _fill_moment(widget, asking)
        case "period":
            widget.hint = _("A day such as 2022-06-30, or a month such as 2022-06.")
        case "text" | "long":
            widget.most, widget.one_line = inner.max_length, not _takes_lines(inner)
        case "words":
            widget.hint = _("Several: with commas between them.")
        case "rows":
            _fill_rows(widget, one, asking)
    return widget


def _takes_lines(words: StrType) -> bool:
    """Whether a line break may stand in it."""
    return words.pattern is None or re.match(words.pattern, "a\nb") is not None


def _is_required(one: Field, kind: type[Record | Part]) -> bool:
    if not issubclass(kind, Record):
        return one.required
    return (
        one.required
        or one.name in kind.kept
        or one.name in NEEDED.get(kind.kind(), ())
        or (one.name == "place" and kind.placed)
    )


def _fill_rows(widget: Widget, one: Field, asking: _Asking) -> None:
    """As many rows as were shown, one more where it was asked for; each with its widgets."""
    inner = bare(one)
    count = whole(asking.typed.one(widget.name + ROWS), most=3) or 0
    widget.keyed = isinstance(inner, DictType)
    widget.parts = not widget.keyed and isinstance(inner.item_type, StructType)
    widget.most_rows = inner.max_length or count
    grows = asking.grow == widget.name
    count = min((count or _ROWS.get(one.name, 1)) + grows, widget.most_rows)
    widget.hint = _("A row left empty is left out.")
    for index in range(count):
        within = f"{widget.name}.{index}"
        if widget.keyed:
            fields = _pair(within, asking)
        elif widget.parts:
            part = inner.item_type.cls
            fields = [
                _widget(each, part, asking, f"{within}.")
                for each in inner.item_type.fields
                if shape_of(each, part)
            ]
        else:
            fields = [_single(widget, inner.item_type, within, index, asking)]
        fields[0].focus = grows and index == count - 1
        widget.rows.append(Row(index + 1, fields))


def _single(widget: Widget, item: StrType, name: str, index: int, asking: _Asking) -> Widget:
    """The one field of a row: words, or the code of a record."""
    return Widget(
        name=name,
        label=f"{widget.label} {index + 1}",
        shape="long" if widget.written else "code",
        required=False,
        value=asking.typed.one(name),
        most=item.max_length,
        one_line=True,
        in_row=True,
    )


def _pair(within: str, asking: _Asking) -> list[Widget]:
    """A country and how many persons."""
    named = {"country": _("Country"), "count": _("Number")}
    return [
        Widget(
            name=f"{within}.{name}",
            label=label,
            shape="number" if name == "count" else "text",
            required=True,
            value=asking.typed.one(f"{within}.{name}"),
            in_row=True,
            countries=name == "country",
        )
        for name, label in named.items()
    ]


def _fill_moment(widget: Widget, asking: _Asking) -> None:
    widget.hint = _("Without a time, the day is meant.")
    widget.time = asking.typed.one(widget.name + TIME)
    if asking.typed.sent is None and widget.name == "at":
        now = asking.viewer.now.astimezone(asking.viewer.zone)
        widget.value, widget.time = now.date().isoformat(), now.strftime("%H:%M")


def _choices(one: Field, kind: type[Record | Part], inner: Any, viewer: Viewer) -> list[tuple[str, str]]:
    if one.name == "purpose":
        names = [purpose for purpose in PURPOSES if purpose in viewer.mandates]
        return [(name, telling.either(PURPOSE_LABELS.words[name])) for name in names]
    if one.name == "tlp":
        # Nobody files what he would not see himself.
        return [(name, name) for name in viewer.wall.own_markings]
    parties = [party for agreement in viewer.named() for party in agreement.parties]
    if one.name == "party":
        return [(party.id, party.name) for party in parties]
    if one.name in {"services", "service"}:
        return [(f"{party.id}/{service.id}", service.name) for party in parties for service in party.services]
    values = getattr(inner, "item_type", inner).values
    words = labels_of(kind, one.name)
    return [(value, telling.either(words[value])) for value in words if value in values] or [
        (str(value), str(value)) for value in values
    ]


def _places(viewer: Viewer, chosen: str) -> list[Option]:
    """The areas of the zones: localities first, each level by itself."""
    found = {}
    for level, words in telling.LEVELS.items():
        for agreement in viewer.named():
            for area in sorted(agreement.zone.areas, key=lambda area: area.name):
                if area.level == level:
                    group = telling.either(words).capitalize()
                    found[area.code] = Option(area.code, area.name, area.code == chosen, group)
    return list(found.values())
