"""Forms made from what the kinds declare: a role and a type give a widget, labels give the choices.

Nothing here knows a kind by name but :data:`FIXED`: a new kind has its form as soon as it is
listed in :mod:`entente_node.records.kinds`. A field left empty is missing in the record, never
zero and never an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _
from msgspec.inspect import (
    DictType,
    Field,
    IntType,
    LiteralType,
    NoneType,
    StrType,
    StructType,
    UnionType,
    VarTupleType,
    type_info,
)

from entente.errors import EntenteError, RecordError
from entente.places import place_of
from entente.records import Record, from_plain
from entente.records.base import PURPOSE_LABELS, PURPOSES, TLPS, Role, fields_of, labels_of
from entente.records.codes import check_code
from entente.records.times import instant
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.speech import say_error

SET_BY_NODE: Final = frozenset(
    {"service", "code", "article", "released_at", "reported_at", "revises", "observations"}
)
FIXED: Final[dict[str, dict[str, str]]] = {
    "action": {"state": "proposed"},
    "observation": {"state": "received"},
}
"""What a record of the kind begins with."""
LATER: Final[dict[str, frozenset[str]]] = {
    "action": frozenset({"result", "reason", "progress", "tasks"}),
    "observation": frozenset({"set_aside_reason"}),
}
"""What is only known when something has come of it."""
LAST: Final = ("method", "verification", "about", "purpose", "tlp")
_LONG: Final = 200
_CHOSEN_FROM_FEW: Final = 3
_MANY: Final = 5
_FIELD: Final = re.compile(r"`\$\.(\w+)")
_TIME: Final = "__time"
_TEXTS: Final = {Role.INSTANT: "moment", Role.REFERENCE: "code", Role.FREE_TEXT: "long"}


@dataclass(frozen=True)
class Option:
    """One of the values of a choice."""

    value: str
    label: str
    chosen: bool
    group: str = ""


@dataclass(frozen=True)
class Number:
    """One number of a breakdown."""

    name: str
    label: str
    value: str


@dataclass
class Widget:
    """One field of a form, with what was typed and what is wrong with it."""

    name: str
    label: str
    shape: str
    """text, long, number, choice, radio, several, moment, numbers, place or code."""
    required: bool
    value: str = ""
    time: str = ""
    options: list[Option] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    error: str = ""
    hint: str = ""
    least: int | None = None
    most: int | None = None
    written: bool = False

    @property
    def is_folded(self) -> bool:
        """Whether it is closed: it is long, may be left empty, and is."""
        return (
            not self.required
            and not self.error
            and not any((*(one.value for one in self.numbers), *(one.chosen for one in self.options)))
        )

    @property
    def folds(self) -> bool:
        """Whether it can be closed under its label."""
        return self.shape == "numbers" or (
            self.shape == "several" and not self.required and len(self.options) > _MANY
        )

    @property
    def grouped(self) -> list[tuple[str, list[Option]]]:
        """The options by their group, in their order."""
        found: dict[str, list[Option]] = {}
        for option in self.options:
            found.setdefault(option.group, []).append(option)
        return list(found.items())


@dataclass
class Form:
    """A form of one kind: empty, or as it was sent."""

    kind: type[Record]
    widgets: list[Widget]
    last: list[Widget]
    """Marking and method: at the end."""
    error: str = ""
    record: Record | None = None
    written: bool = False
    """Whether somebody wrote text that another person reads before it leaves."""


class _Unreadable(Exception):  # noqa: N818  it never leaves this module
    """What was typed cannot be a value of the field."""


def form_of(kind: type[Record], viewer: Viewer, sent: QueryDict | None, begin: Mapping[str, str]) -> Form:
    """The form of a kind: with the values to begin with, or with what was sent and what is wrong with it."""
    widgets = [_widget(one, kind, viewer, sent, begin) for one in _asked(kind)]
    by_name = {widget.name: widget for widget in widgets}
    form = Form(
        kind,
        [widget for widget in widgets if widget.name not in LAST],
        [by_name[name] for name in LAST if name in by_name],
        written=any(widget.written and widget.value for widget in widgets),
    )
    if sent is None:
        return form
    plain: dict[str, Any] = {"kind": kind.kind(), "service": viewer.user.service, **fixed(kind, viewer)}
    for widget in widgets:
        try:
            value = _read(widget, viewer)
        except _Unreadable as wrong:
            widget.error = str(wrong)
            continue
        if value is not None:
            plain[widget.name] = value
        elif widget.required:
            widget.error = _("This is needed.")
    if not any(widget.error for widget in widgets):
        _judge(form, by_name, plain)
    return form


def says(kind: type[Record]) -> list[str]:
    """What a form of the kind asks for beyond the header: the labels of its first choices, numbers and texts."""
    telling_roles = {Role.CHOICE, Role.COUNT, Role.QUANTITY, Role.FREE_TEXT}
    declared = fields_of(kind)
    names = [one.name for one in _asked(kind) if one.name not in fields_of(Record)]
    return [
        telling.either((declared[name].fr, declared[name].en))
        for name in names
        if declared[name].role in telling_roles
    ]


def fixed(kind: type[Record], viewer: Viewer) -> dict[str, str]:
    """What nobody is asked."""
    names = fields_of(kind)
    own = {"side": viewer.party} if "side" in names else {}
    return FIXED.get(kind.kind(), {}) | own


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


def _asked(kind: type[Record]) -> Iterator[Field]:
    """The fields that a form asks for: those of the kind that have a widget."""
    hidden = SET_BY_NODE | set(FIXED.get(kind.kind(), {})) | LATER.get(kind.kind(), frozenset()) | {"side"}
    info = type_info(kind)
    if not isinstance(info, StructType):
        raise TypeError(kind)
    for one in info.fields:
        if one.name not in hidden and _shape(one, kind) and (kind.placed or one.name != "place"):
            yield one


def _bare(one: Field) -> Any:
    """The type without None."""
    if isinstance(one.type, UnionType):
        return next(inner for inner in one.type.types if not isinstance(inner, NoneType))
    return one.type


def _shape(one: Field, kind: type[Record]) -> str:
    """The widget of a field; empty for what no form asks for."""
    shape = ""
    match _bare(one):
        case LiteralType(values=values):
            shape = "radio" if one.required and len(values) <= _CHOSEN_FROM_FEW else "choice"
        case VarTupleType(item_type=LiteralType()):
            shape = "several"
        case VarTupleType(item_type=StrType()):
            shape = "several" if one.name == "services" else "words"
        case IntType():
            shape = "number"
        case DictType(key_type=LiteralType()):
            shape = "numbers"
        case StructType() if fields_of(kind)[one.name].role is Role.PLACE:
            shape = "place"
        case StrType(max_length=longest):
            shape = _TEXTS.get(fields_of(kind)[one.name].role, "text")
            if shape == "long" and (longest or 0) <= _LONG:
                shape = "text"
    return shape


def _widget(
    one: Field, kind: type[Record], viewer: Viewer, sent: QueryDict | None, begin: Mapping[str, str]
) -> Widget:
    declared, bare = fields_of(kind)[one.name], _bare(one)
    chosen = sent.getlist(one.name) if sent is not None else [begin[one.name]] if one.name in begin else []
    widget = Widget(
        name=one.name,
        label=telling.either((declared.fr, declared.en)),
        shape=_shape(one, kind),
        required=one.required or one.name in kind.kept or (one.name == "place" and kind.placed),
        value=chosen[0] if chosen else "",
        written=declared.role is Role.FREE_TEXT,
    )
    match widget.shape:
        case "choice" | "radio" | "several":
            widget.options = [
                Option(value, label, value in chosen) for value, label in _choices(one, kind, bare, viewer)
            ]
        case "place":
            widget.options = _places(viewer, widget.value)
        case "number":
            widget.least, widget.most = bare.ge, bare.le
        case "numbers":
            words = labels_of(kind, one.name)
            widget.numbers = [
                Number(f"{one.name}.{value}", telling.either(word), _typed(sent, f"{one.name}.{value}"))
                for value, word in words.items()
            ]
        case "moment":
            _fill_moment(widget, viewer, sent)
        case "text" | "long":
            widget.most = bare.max_length
        case "words":
            widget.hint = _("Several: with commas between them.")
    return widget


def _typed(sent: QueryDict | None, name: str) -> str:
    found = sent.get(name, "") if sent is not None else ""
    return found if isinstance(found, str) else ""


def _fill_moment(widget: Widget, viewer: Viewer, sent: QueryDict | None) -> None:
    widget.hint = _("Without a time, the day is meant.")
    if sent is not None:
        widget.time = _typed(sent, widget.name + _TIME)
    elif widget.name == "at":
        now = viewer.now.astimezone(viewer.zone)
        widget.value, widget.time = now.date().isoformat(), now.strftime("%H:%M")


def _choices(one: Field, kind: type[Record], bare: Any, viewer: Viewer) -> list[tuple[str, str]]:
    if one.name == "purpose":
        names = [purpose for purpose in PURPOSES if purpose in viewer.mandates]
        return [(name, telling.either(PURPOSE_LABELS.words[name])) for name in names]
    if one.name == "tlp":
        return [(name, name) for name in TLPS]
    if one.name == "services":
        return [
            (f"{party.id}/{service.id}", service.name)
            for agreement in viewer.named()
            for party in agreement.parties
            for service in party.services
        ]
    values = getattr(bare, "item_type", bare).values
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
        case "choice" | "radio" if not any(option.chosen for option in widget.options):
            # Whoever sends a form by hand gets no purpose that the service has no mandate for.
            raise _Unreadable(_("This value is not possible here."))
        case _:
            return text


def _number(text: str) -> int:
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    if not (plain.isascii() and plain.isdigit() and len(plain) < 12):  # noqa: PLR2004  far more than any field holds
        raise _Unreadable(_("Type a whole number, or leave it empty."))
    return int(plain)


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
