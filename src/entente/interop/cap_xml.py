"""The bytes of OASIS CAP 1.2: read completely and strictly, written so that they validate.

One table per element, in the order of the schema, serves reading and writing. Read is what
the schema allows and nothing else: an unknown element, attribute or value, an element out of
order, twice or missing, words between elements, a date without its numeric offset: refused.
So what :func:`parse` returned, :func:`write` writes again without loss. Two exceptions, both
the schema's own: attributes that say where a schema lies are ignored, and so is an XML
signature: ``signed`` says that there was one, nobody verified it, and it is not written again.

Before the parser sees anything the size is limited; while it reads, depth and number of
elements are; a document type declaration, and so every entity, is refused (defusedxml).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, cast, get_args
from xml.parsers.expat import ExpatError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from entente.errors import LimitError, MalformedError
from entente.records.alert import Category, Certainty, MsgType, Response, Scope, Severity, Status, Urgency

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
MAX_BYTES: Final = 1 << 20
MAX_ELEMENTS: Final = 20_000
MAX_DEPTH: Final = 16

_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_SCHEMA_HINTS: Final = frozenset(
    f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}"
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-5][0-9]")
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,15}")
_WIDEST_OFFSET: Final = timedelta(hours=14)
_NOT_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Named(msgspec.Struct, kw_only=True, frozen=True):
    """A value and the name of the list or the thing it belongs to."""

    name: str
    value: str


class CapResource(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A file that goes with the alert."""

    resource_desc: str
    mime_type: str
    size: int | None = None
    uri: str | None = None
    deref_uri: str | None = None
    digest: str | None = None


class CapArea(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One affected area; shapes and decimals stay in CAP's notation."""

    area_desc: str
    polygon: tuple[str, ...] = ()
    circle: tuple[str, ...] = ()
    geocode: tuple[Named, ...] = ()
    altitude: str | None = None
    ceiling: str | None = None


class CapInfo(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What the alert says, in one language."""

    language: str | None = None
    category: tuple[Category, ...]
    event: str
    response_type: tuple[Response, ...] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str | None = None
    event_code: tuple[Named, ...] = ()
    effective: str | None = None
    onset: str | None = None
    expires: str | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameter: tuple[Named, ...] = ()
    resource: tuple[CapResource, ...] = ()
    area: tuple[CapArea, ...] = ()


class CapAlert(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A whole CAP message. An element that is there and empty is an empty string, not None."""

    identifier: str
    sender: str
    sent: str
    status: Status
    msg_type: MsgType
    source: str | None = None
    scope: Scope
    restriction: str | None = None
    addresses: str | None = None
    code: tuple[str, ...] = ()
    note: str | None = None
    references: str | None = None
    incidents: str | None = None
    info: tuple[CapInfo, ...] = ()
    signed: bool = False


class _Child(NamedTuple):
    """One line of the schema: an element, where it goes, how often it comes, what it holds."""

    tag: str
    holds: str | tuple[str, ...] | type[msgspec.Struct] = "text"
    least: int = 0
    many: bool = False
    attribute: str = ""

    @property
    def field(self) -> str:
        return self.attribute or re.sub(r"([A-Z])", r"_\1", self.tag).lower()


_CHILDREN: Final[dict[type[msgspec.Struct], tuple[_Child, ...]]] = {
    CapAlert: (
        _Child("identifier", least=1),
        _Child("sender", least=1),
        _Child("sent", "date", 1),
        _Child("status", get_args(Status), 1),
        _Child("msgType", get_args(MsgType), 1),
        _Child("source"),
        _Child("scope", get_args(Scope), 1),
        _Child("restriction"),
        _Child("addresses"),
        _Child("code", many=True),
        _Child("note"),
        _Child("references"),
        _Child("incidents"),
        _Child("info", CapInfo, many=True),
    ),
    CapInfo: (
        _Child("language", "language"),
        _Child("category", get_args(Category), 1, many=True),
        _Child("event", least=1),
        _Child("responseType", get_args(Response), many=True),
        _Child("urgency", get_args(Urgency), 1),
        _Child("severity", get_args(Severity), 1),
        _Child("certainty", get_args(Certainty), 1),
        _Child("audience"),
        _Child("eventCode", Named, many=True),
        _Child("effective", "date"),
        _Child("onset", "date"),
        _Child("expires", "date"),
        _Child("senderName"),
        _Child("headline"),
        _Child("description"),
        _Child("instruction"),
        _Child("web", "token"),
        _Child("contact"),
        _Child("parameter", Named, many=True),
        _Child("resource", CapResource, many=True),
        _Child("area", CapArea, many=True),
    ),
    CapResource: (
        _Child("resourceDesc", least=1),
        _Child("mimeType", least=1),
        _Child("size", "integer"),
        _Child("uri", "token"),
        _Child("derefUri"),
        _Child("digest"),
    ),
    CapArea: (
        _Child("areaDesc", least=1),
        _Child("polygon", many=True),
        _Child("circle", many=True),
        _Child("geocode", Named, many=True),
        _Child("altitude", "decimal"),
        _Child("ceiling", "decimal"),
    ),
    Named: (_Child("valueName", least=1, attribute="name"), _Child("value", least=1)),
}


class _Node:
    """An element as it was read; ``words`` are all that stand directly in it."""

    __slots__ = ("attributes", "children", "tag", "words")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[_Node] = []
        self.words: list[str] = []


class _Builder:
    """What the parser reports to: builds the nodes and counts them while they come."""

    def __init__(self) -> None:
        self._top = _Node("", {})
        self._open = [self._top]
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise LimitError("a CAP file of more than {limit} elements", limit=MAX_ELEMENTS)
        if len(self._open) > MAX_DEPTH:
            raise LimitError("a CAP file nested deeper than {limit}", limit=MAX_DEPTH)
        node = _Node(tag, attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def data(self, words: str) -> None:
        self._open[-1].words.append(words)

    def close(self) -> _Node:
        return self._top.children[0]


def parse(xml: bytes) -> CapAlert:
    """The CAP message in these bytes.

    Raises LimitError over 1 MiB, 20,000 elements or 16 levels; MalformedError for what is
    not XML, has a document type, or is not allowed by the schema of CAP 1.2: it says where.
    """
    # 1. limits before anything is built
    if len(xml) > MAX_BYTES:
        raise LimitError("a CAP file of {size} bytes is over {limit}", size=len(xml), limit=MAX_BYTES)
    # 2. XML without declarations of its own
    try:
        parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
        parser.feed(xml)
        root = cast("_Node", parser.close())
    except DefusedXmlException:
        raise MalformedError("a CAP file may not declare a document type or entities") from None
    except (ExpatError, SyntaxError, ValueError, LookupError) as error:
        # ElementTree's ParseError is a SyntaxError; an encoding nobody knows is one of the others.
        raise MalformedError("not XML: {reason}", reason=error) from None
    # 3. an alert of CAP 1.2, by the tables
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise MalformedError("not a CAP 1.2 alert: the root is {tag}", tag=root.tag[:100])
    signatures = [child for child in root.children if child.tag == _SIGNATURE]
    if signatures and root.children[-len(signatures) :] != signatures:
        raise MalformedError("{where}: a signature stands last", where="alert")
    root.children = root.children[: len(root.children) - len(signatures)]
    root.attributes = {name: value for name, value in root.attributes.items() if name not in _SCHEMA_HINTS}
    return CapAlert(**_read(root, CapAlert, "alert"), signed=bool(signatures))


def write(cap: CapAlert) -> bytes:
    """The message as XML in UTF-8, indented, in CAP's namespace.

    What is written is read back first: it is valid, or MalformedError says what is not. A
    signature is not written: it would not be true of these bytes.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<alert xmlns="{NAMESPACE}">']
    lines.extend(_lines(cap, "  "))
    lines.append("</alert>\n")
    xml = "\n".join(lines).encode("utf-8")
    parse(xml)
    return xml


def _read(node: _Node, struct: type[msgspec.Struct], where: str) -> dict[str, Any]:
    if node.attributes:
        raise MalformedError("{where}: CAP has no attributes", where=where)
    if "".join(node.words).strip(" \t\r\n"):
        raise MalformedError("{where}: words between the elements", where=where)
    children = _CHILDREN[struct]
    places = {f"{{{NAMESPACE}}}{child.tag}": place for place, child in enumerate(children)}
    found: dict[str, Any] = {child.field: [] for child in children}
    reached = 0
    for element in node.children:
        place = places.get(element.tag)
        if place is None:
            raise MalformedError("{where}: {tag} is unknown", where=where, tag=element.tag[:100])
        child = children[place]
        if place < reached:
            raise MalformedError("{where}: {tag} is out of order", where=where, tag=child.tag)
        if found[child.field] and not child.many:
            raise MalformedError("{where}: {tag} comes twice", where=where, tag=child.tag)
        reached = place
        found[child.field].append(_value(element, child, f"{where}/{child.tag}"))
    for child in children:
        values = found[child.field]
        if len(values) < child.least:
            raise MalformedError("{where}: {tag} is missing", where=where, tag=child.tag)
        found[child.field] = tuple(values) if child.many else values[0] if values else None
    return found


def _value(element: _Node, child: _Child, where: str) -> object:
    if isinstance(child.holds, type):
        return child.holds(**_read(element, child.holds, where))
    if element.children or element.attributes:
        raise MalformedError("{where}: words only", where=where)
    words = "".join(element.words)
    if isinstance(child.holds, tuple):
        if words not in child.holds:
            raise MalformedError("{where}: not one of CAP's values", where=where)
        return words
    if child.holds == "text":
        return words
    # The schema's other types take no notice of white space around and doubled inside.
    words = " ".join(words.split())
    if not _is_of(child.holds, words):
        raise MalformedError("{where}: not a {type}", where=where, type=child.holds)
    return int(words) if child.holds == "integer" else words


def _is_of(type_: str, words: str) -> bool:
    match type_:
        case "date":
            return _DATE.fullmatch(words) is not None and _is_in_calendar(words)
        case "language":
            return _LANGUAGE.fullmatch(words) is not None
        case "decimal":
            return _DECIMAL.fullmatch(words) is not None
        case "integer":
            return _INTEGER.fullmatch(words) is not None
        case _:
            return True


def _is_in_calendar(words: str) -> bool:
    try:
        offset = datetime.fromisoformat(words).utcoffset()
    except ValueError:
        return False
    return offset is not None and abs(offset) <= _WIDEST_OFFSET


def _lines(struct: msgspec.Struct, indent: str) -> Iterator[str]:
    for child in _CHILDREN[type(struct)]:
        value = getattr(struct, child.field)
        for item in value if child.many else () if value is None else (value,):
            if isinstance(item, msgspec.Struct):
                yield f"{indent}<{child.tag}>"
                yield from _lines(item, indent + "  ")
                yield f"{indent}</{child.tag}>"
            else:
                yield f"{indent}<{child.tag}>{_escaped(str(item))}</{child.tag}>"


def _escaped(words: str) -> str:
    if _NOT_XML.search(words):
        raise MalformedError("XML cannot carry a control character")
    # A bare carriage return would be read back as a line feed.
    return html.escape(words, quote=False).replace("\r", "&#13;")
