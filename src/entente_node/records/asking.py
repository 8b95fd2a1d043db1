"""What a form of a kind asks for, in which order, and with which widget.

The widget follows from the role and the type that the kind declares; the tables say the little
that they do not: what a record begins with, what is only known later, what comes first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

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

from entente.records import Record
from entente.records.base import Part, Role, fields_of
from entente_node.directory import telling
from entente_node.directory.access import Viewer

SET_BY_NODE: Final = frozenset(
    {"service", "code", "article", "released_at", "released_by", "reported_at", "revises", "observations"}
)
FIXED: Final[dict[str, dict[str, str]]] = {
    "action": {"state": "proposed"},
    "observation": {"state": "received"},
    "commitment": {"state": "open"},
}
"""What a record of the kind begins with."""
LATER: Final[dict[str, frozenset[str]]] = {
    "action": frozenset({"progress", "reason", "result"}),
    "observation": frozenset({"set_aside_reason"}),
    "commitment": frozenset({"evidence", "outcome"}),
}
"""What is only known when something has come of it."""
_TALKS: Final = frozenset({"at", "method", "verification"})
UNASKED: Final[dict[str, frozenset[str]]] = {
    "action": _TALKS,
    "meeting": _TALKS,
    "communique": _TALKS,
    "commitment": _TALKS,
}
"""What says nothing of a kind: these are written down when they are agreed, and observed by nobody."""
NEEDED: Final[dict[str, frozenset[str]]] = {
    "action": frozenset({"what"}),
    "meeting": frozenset({"subject"}),
    "communique": frozenset({"language", "subject", "paragraphs"}),
    "commitment": frozenset({"text"}),
}
"""What a record of the kind is refused without, though a form of an article may drop it."""
_WHERE_WHEN: Final = ("place", "post", "at", "start", "end")
ORDER: Final[dict[str, tuple[str, ...]]] = {
    "alert": (
        *("headline", "category", "ttt_event", "place", "at"),
        *("severity", "urgency", "certainty", "status", "description", "instruction"),
    ),
    "observation": ("subject", "what", "place", "at", "urgency", "source"),
    "incident": ("type", "place", "at", "killed", "injured", "abducted", "displaced", "description"),
    "situation": (
        *("group", "cause", "place", "at", "total", "women", "men", "girls", "boys"),
        *("in_need", "description"),
    ),
    "corridor-status": (
        *("status", "place", "post", "at", "until", "restriction", "concerned", "description"),
    ),
    "action": ("what", "place", "start", "until", "services", "tasks"),
    "contact": ("function", "telephone", "radio", "languages", "at", "start", "until"),
    "flow-of-people": ("direction", *_WHERE_WHEN, "total", "women", "men", "girls", "boys"),
    "flow-of-livestock": (
        *("direction", *_WHERE_WHEN, "heads", "cattle", "sheep", "goats", "camels", "herders"),
    ),
    "flow-of-goods": (*("direction", "product", *_WHERE_WHEN, "quantity", "unit", "flow_type", "formality"),),
    "meeting": (
        "subject",
        "state",
        "start",
        "until",
        "place",
        "chair",
        "delegations",
        "agenda",
        "conclusions",
    ),
    "communique": ("subject", "language", "preamble", "paragraphs", "done", "signatories"),
    "commitment": ("text", "services", "due", "indicator", "target", "state", "outcome", "evidence"),
}
"""The fields that are usual, as people think of them: what, where, when, how severe, who. Others are folded."""
_OF_A_PART: Final[dict[str, frozenset[str]]] = {"Task": frozenset({"state", "changes"})}
"""What a row does not ask: nothing of a task is done when it is given."""
PLACED: Final = frozenset({"meeting"})
"""Kinds that may leave without a place, and have one that is worth asking for."""
_PERIODS: Final = frozenset({"due", "next_start", "next_until"})
"""Promised for a month as often as for a day."""
_LONG: Final = 200
_CHOSEN_FROM_FEW: Final = 3
_TEXTS: Final = {Role.INSTANT: "moment", Role.REFERENCE: "code", Role.FREE_TEXT: "long"}
_IN_ROWS: Final = frozenset({Role.FREE_TEXT, Role.REFERENCE})


def says(kind: type[Record]) -> list[str]:
    """What a form of the kind asks for beyond the header: the labels of its first choices, numbers and texts."""
    telling_roles = {Role.CHOICE, Role.COUNT, Role.QUANTITY, Role.FREE_TEXT}
    declared = fields_of(kind)
    names = [one.name for one in asked(kind) if one.name not in fields_of(Record)]
    return [
        telling.either((declared[name].fr, declared[name].en))
        for name in names
        if declared[name].role in telling_roles
    ]


def fixed(kind: type[Record], viewer: Viewer) -> dict[str, Any]:
    """What nobody is asked."""
    names = fields_of(kind)
    own = {"side": viewer.party} if "side" in names else {}
    return FIXED.get(kind.kind(), {}) | own


def asked(kind: type[Record], only: Collection[str] = ()) -> list[Field]:
    """The fields that a form asks for: those of the kind that have a widget."""
    name = kind.kind()
    hidden = {*SET_BY_NODE, *FIXED.get(name, {}), *LATER.get(name, ()), *UNASKED.get(name, ()), "side"}
    info = type_info(kind)
    if not isinstance(info, StructType):
        raise TypeError(kind)
    found = [
        one
        for one in info.fields
        if (one.name in only if only else one.name not in hidden)
        and shape_of(one, kind)
        and (kind.placed or name in PLACED or one.name != "place")
    ]
    order = {one: place for place, one in enumerate(ORDER.get(name, ()))}
    return sorted(found, key=lambda one: order.get(one.name, len(order)))


def usual(kind: type[Record]) -> frozenset[str]:
    """The fields that stand open; of a kind that has no order, all."""
    name = kind.kind()
    return frozenset(ORDER.get(name, fields_of(kind))) | NEEDED.get(name, frozenset())


def completed(kind: type[Record], plain: dict[str, Any]) -> dict[str, Any]:
    """What was typed, with what follows from it: a service that has a task takes part in the measure."""
    if kind.kind() == "action":
        doing = [task["service"] for task in plain.get("tasks", ()) if "service" in task]
        plain["services"] = list(dict.fromkeys([*plain.get("services", ()), *doing]))
    return plain


def shape_of(one: Field, kind: type[Record | Part]) -> str:
    """The widget of a field; empty for what no form asks for."""
    role = fields_of(kind)[one.name].role
    shape = ""
    if one.name in _OF_A_PART.get(kind.__name__, ()):
        return shape
    match bare(one):
        case LiteralType(values=values):
            shape = "radio" if one.required and len(values) <= _CHOSEN_FROM_FEW else "choice"
        case VarTupleType(item_type=LiteralType()):
            shape = "several"
        case VarTupleType(item_type=StrType()):
            shape = "several" if one.name == "services" else "rows" if role in _IN_ROWS else "words"
        case VarTupleType(item_type=StructType()):
            shape = "rows"
        case IntType():
            shape = "number"
        case DictType(key_type=LiteralType()):
            shape = "numbers"
        case DictType(key_type=StrType()) if role is Role.COUNT:
            shape = "rows"
        case StructType() if role is Role.PLACE:
            shape = "place"
        case StrType(max_length=longest):
            shape = _shape_of_words(one.name, role, longest or 0)
    return shape


def _shape_of_words(name: str, role: Role, longest: int) -> str:
    if name in {"party", "service"}:
        return "choice"
    if name in _PERIODS:
        return "period"
    shape = _TEXTS.get(role, "text")
    return "text" if shape == "long" and longest <= _LONG else shape


def bare(one: Field) -> Any:
    """The type of a field without None."""
    if isinstance(one.type, UnionType):
        return next(inner for inner in one.type.types if not isinstance(inner, NoneType))
    return one.type
