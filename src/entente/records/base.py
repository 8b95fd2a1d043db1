"""What every record has, and how a kind says what each of its fields is.

A kind is a frozen struct. Each field carries a :class:`Field` in ``Annotated``: its role,
its French and English label, its HXL tag. Policy, forms, exports and the legal prose read
only that, so a kind is one module and one line in ``records/__init__``. Decoding is
validation (msgspec). Numbers that can be missing are None, never zero.

The header (kind, code, at, place, service, purpose, tlp, and once released article,
released_at and released_by) always travels; the other fields leave only where an article's
form names them. Standards of the fields: FIELDS in ``docs/reference``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from functools import cache, lru_cache
from typing import Annotated, ClassVar, Final, Literal, Self, get_args, get_type_hints

import msgspec
import msgspec.structs
from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place, check_place
from entente.records.codes import is_code
from entente.records.times import parse_at, parse_instant
from entente.wire import LINES, ONE_LINE


class Role(StrEnum):
    """What a field is, for whoever reduces, shows or exports it."""

    HEADER = "header"
    """Identifies or marks the record; always travels."""
    INSTANT = "instant"
    """A moment or a period of time; made coarser by the form."""
    PLACE = "place"
    """A :class:`entente.places.Place`; made coarser by the form."""
    COUNT = "count"
    """A number of persons, or a breakdown of one."""
    POST = "post"
    """A monitoring point: says the locality as plainly as a code does."""
    QUANTITY = "quantity"
    """A number of anything else: never suppressed for the sake of persons."""
    CHOICE = "choice"
    """One or more of a closed list."""
    FREE_TEXT = "free text"
    """Words that somebody wrote: leaves only when named, and confirmed by a person."""
    IMAGE = "image"
    """A picture: leaves as free text does, and is never searched, listed or written out as text."""
    REFERENCE = "reference"
    """The code of another record: leaves only if its target went to the same recipient."""
    LABEL = "label"
    """A short identifier from a list that the party keeps (a post, a service)."""


class Field(msgspec.Struct, frozen=True):
    """The role, the labels and the HXL tag of one field."""

    role: Role
    fr: str
    en: str
    hxl: str | None = None


class Labels(msgspec.Struct, frozen=True):
    """French and English words for the values of a closed list: ``{value: (fr, en)}``."""

    words: dict[str, tuple[str, str]]


Purpose = Literal["humanitarian", "mobility", "trade", "pastoral", "security", "administration"]
Tlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
Method = Literal["observation", "key_informant", "interview", "secondary"]
Verification = Literal["unverified", "triangulated", "verified", "refuted"]
Lane = Literal["urgent", "routine"]

PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
TLPS: Final[tuple[Tlp, ...]] = get_args(Tlp)
"""From the most open to the most closed (FIRST TLP 2.0)."""

TLP_RANK: Final[dict[str, int]] = {tlp: rank for rank, tlp in enumerate(TLPS)}

PURPOSE_LABELS: Final = Labels(
    {
        "humanitarian": ("humanitaire", "humanitarian"),
        "mobility": ("mobilité", "mobility"),
        "trade": ("commerce", "trade"),
        "pastoral": ("pastoralisme", "pastoral"),
        "security": ("sécurité", "security"),
        "administration": ("administration", "administration"),
    }
)

# The shapes of times, codes, services, posts and citations, and the words of places, are looked
# at by Record.check, which remembers those it has seen: each pattern in the type would cost half
# a microsecond for every record, and together they would be most of the time of decoding.
Instant = Annotated[str, Meta(min_length=20, max_length=25)]
"""A second with its zone: ``2021-12-01T14:30:00Z`` or ``…+01:00`` (RFC 3339)."""

At = Annotated[str, Meta(min_length=7, max_length=25)]
"""When, with its precision: an instant, an hour ``2021-12-01T14Z``, a day, ``2021-W48``, ``2021-12``."""

Code = Annotated[str, Meta(min_length=8, max_length=14)]
"""A code that can be said on the phone: ``GAO-7K3QX`` (see :mod:`entente.records.codes`)."""

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"

PartyId = Annotated[str, Meta(pattern=rf"^{_LABEL}(?:\.{_LABEL})*\Z", max_length=64)]
ServiceId = Annotated[str, Meta(pattern=rf"^{_LABEL}\Z", max_length=64)]
ServiceOfParty = Annotated[str, Meta(pattern=rf"^{_LABEL}(?:\.{_LABEL})*/{_LABEL}\Z", max_length=129)]
"""A service and whose it is: ``tillaberi.ne/protection-civile``."""
_Service = Annotated[str, Meta(min_length=1, max_length=64)]
Slug = Annotated[str, Meta(pattern=rf"^{_LABEL}\Z", max_length=64)]
FunctionOfService = Annotated[str, Meta(pattern=rf"^{_LABEL}/{_LABEL}\Z", max_length=129)]
"""A function and of which service of the record's own party: ``prefecture-ansongo/prefet``."""
LEAST_FUNCTIONS: Final = 2
"""How many functions an exceptional release takes: nobody decides alone."""
PostId = Annotated[str, Meta(min_length=1, max_length=40)]
"""A post as its service numbers it: ``ML-GAO-01``."""

Count = Annotated[int, Meta(ge=0, le=10_000_000)]
Short = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Long = Annotated[str, Meta(min_length=1, max_length=6_000, pattern=LINES)]
"""Two of these in the longest script, with all the rest, still fit in one payload (60,000 bytes)."""

Clause = Annotated[str, Meta(min_length=1, max_length=1_500, pattern=ONE_LINE)]
"""One paragraph of a text that is read, agreed or signed paragraph by paragraph: a single line."""

Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}\Z", max_length=3)]
"""A language by its code of ISO 639: ``fr``, ``ha``, ``dje``."""

SERVICE_SHAPE: Final = _LABEL
POST_SHAPE: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
ARTICLE_SHAPE: Final = r"[1-9][0-9]{0,5}#[A-Za-z0-9-]{1,20}"


@lru_cache(maxsize=4_096)
def has_shape(text: str, shape: str) -> bool:
    """Whether the whole text has the shape; remembers, because the same few texts come again and again."""
    return re.fullmatch(shape, text) is not None


class Part(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One of several things in one field: a delegation, a paragraph. Its fields say what they are as well.

    The form keeps or drops the field whole, by the field's own role; so a part holds no moment,
    no place and no reference, which would have to be made coarser or dropped one by one.
    """


class Record(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """The header that every kind shares. ``article``, ``released_at`` and ``released_by`` are set on release only.

    ``released_by`` names the functions that released it under an exceptional article; no other record has it.
    """

    lane: ClassVar[Lane] = "routine"
    """The lane that the kind travels in (PROTOCOL.md section 3)."""
    family: ClassVar[str] = ""
    """What the journal's entry says of the kind, and nothing more (PROTOCOL.md section 6)."""
    spoken: ClassVar[bool] = True
    """People talk about it: it gets a code when it is filed. The others never have one."""
    placed: ClassVar[bool] = True
    """Must lie in the zone to leave; a kind without this leaves without a place."""
    kept: ClassVar[frozenset[str]] = frozenset()
    """Fields that a record may lack and that no form may drop: without them it would say something else."""
    together: ClassVar[frozenset[str]] = frozenset()
    """Fields of which a form keeps all or none: some of them would say something that nobody wrote."""
    tells: ClassVar[bool] = True
    """What it says may move the dossier of the record that it is about."""
    passes_always: ClassVar[bool] = False
    """Leaves without an article and in every state of the agreement (PROTOCOL.md section 11)."""
    addressee: ClassVar[str | None] = None
    """The field that names the one party the record is for; without one it is for every party."""
    title: ClassVar[tuple[str, str]] = ("", "")
    """French and English name of the kind."""

    at: Annotated[At, Field(Role.INSTANT, "Quand", "When", hxl="#date+occurred")]
    service: Annotated[_Service, Field(Role.HEADER, "Service", "Service", hxl="#org+service")]
    purpose: Annotated[Purpose, Field(Role.HEADER, "Finalité", "Purpose"), PURPOSE_LABELS]
    tlp: Annotated[Tlp, Field(Role.HEADER, "Marquage", "Marking", hxl="#meta+tlp")]
    code: Annotated[Code | None, Field(Role.HEADER, "Code", "Code", hxl="#meta+id")] = None
    place: Annotated[Place | None, Field(Role.PLACE, "Lieu", "Place", hxl="#loc")] = None
    # At, not Instant: whatever has the role of an instant is made coarser by the form.
    reported_at: Annotated[At | None, Field(Role.INSTANT, "Signalé", "Reported", hxl="#date+reported")] = None
    method: Annotated[
        Method | None,
        Field(Role.CHOICE, "Méthode", "Method", hxl="#meta+method"),
        Labels(
            {
                "observation": ("observation", "observation"),
                "key_informant": ("informateur clé", "key informant"),
                "interview": ("entretien", "interview"),
                "secondary": ("source secondaire", "secondary source"),
            }
        ),
    ] = None
    verification: Annotated[
        Verification | None,
        Field(Role.CHOICE, "Vérification", "Verification", hxl="#status+verification"),
        Labels(
            {
                "unverified": ("non vérifié", "unverified"),
                "triangulated": ("recoupé", "triangulated"),
                "verified": ("vérifié", "verified"),
                "refuted": ("démenti", "refuted"),
            }
        ),
    ] = None
    about: Annotated[Code | None, Field(Role.REFERENCE, "Au sujet de", "About")] = None
    revises: Annotated[Code | None, Field(Role.REFERENCE, "Remplace", "Revises")] = None
    article: Annotated[
        Annotated[str, Meta(min_length=3, max_length=27)] | None,
        Field(Role.HEADER, "Article", "Article"),
    ] = None
    released_at: Annotated[Instant | None, Field(Role.HEADER, "Transmis", "Released")] = None
    released_by: Annotated[
        tuple[FunctionOfService, ...],
        Meta(max_length=8),
        Field(Role.HEADER, "Transmis sur décision de", "Released by decision of"),
    ] = ()

    @classmethod
    @cache
    def kind(cls) -> str:
        """The kind's name in the bytes: the struct's tag."""
        return str(cls.__struct_config__.tag)

    @property
    def answers(self) -> bool:
        """Worth nothing without the record it is about: withheld where that one did not go.

        A property of the record, not of its kind: a message answers only when it is about something.
        """
        return False

    @property
    def is_released(self) -> bool:
        """Whether an article's form has been applied: fields may be missing that were filed."""
        return self.article is not None or self.released_at is not None

    @property
    def pointers(self) -> tuple[str, ...]:
        """The codes of the other records that this one names."""
        lists = _shape_of(type(self)).lists
        if not lists and self.about is None and self.revises is None:
            return ()  # as almost every flow: this is asked of each record that may leave
        listed = [code for name in lists for code in getattr(self, name)]
        return tuple(code for code in (self.about, self.revises, *listed) if code)

    def naming_only(self, known: Collection[str]) -> Self:
        """The record with only the known codes in its lists of references.

        Each code of a list goes or stays by itself; ``about`` and ``revises`` are the decision's.
        """
        changes = {}
        for name in _shape_of(type(self)).lists:
            listed = getattr(self, name)
            kept = tuple(code for code in listed if code in known)
            if kept != listed:
                changes[name] = kept
        return msgspec.structs.replace(self, **changes) if changes else self

    def check(self) -> None:
        """Rules between fields, beyond what the types say. Raises RecordError. Kinds extend it.

        What a complete record must say is asked only while it is not released: a form may
        drop fields and round numbers, and what it leaves must still be acceptable.
        """
        shape = _shape_of(type(self))
        for name in shape.instants:
            moment = getattr(self, name)
            if moment is not None:
                parse_at(moment)
        if not has_shape(self.service, SERVICE_SHAPE):
            raise RecordError("{service} is not the id of a service", service=self.service)
        if self.article is not None and not has_shape(self.article, ARTICLE_SHAPE):
            raise RecordError("{article} does not cite an article", article=self.article)
        if self.released_at is not None:
            parse_instant(self.released_at)
        # How many, and whether they are the article's, is judged where it is cited (policy.admits).
        if self.released_by and (self.article is None or self.released_at is None):
            raise RecordError("only a released record names the functions that released it")
        for name in shape.places:
            place = getattr(self, name)
            if place is not None:
                check_place(place)
        if self.code is not None or self.about is not None or self.revises is not None or shape.lists:
            self._check_codes()

    def _check_codes(self) -> None:
        if self.code is not None and not self.spoken:
            raise RecordError("a record of kind {kind} has no code", kind=self.kind())
        for code in (self.code, *self.pointers):
            if code is not None and not is_code(code):
                raise RecordError("{code} is not a code: a character is wrong, ask again", code=code)
        if self.code is not None and self.code in self.pointers:
            raise RecordError("{code} cannot be about itself", code=self.code)


ALWAYS: Final = frozenset(
    {"at", "service", "purpose", "tlp", "code", "place", "article", "released_at", "released_by"}
)
"""The fields of every record that no form needs to name."""


class _Shape(msgspec.Struct, frozen=True):
    """The fields of a kind that :meth:`Record.check` looks into."""

    instants: tuple[str, ...]
    places: tuple[str, ...]
    lists: tuple[str, ...]
    """References beside ``about`` and ``revises``: lists of codes."""


@cache
def _shape_of(kind: type[Record]) -> _Shape:
    roles = {name: field.role for name, field in fields_of(kind).items()}
    return _Shape(
        instants=tuple(name for name, role in roles.items() if role is Role.INSTANT),
        places=tuple(name for name, role in roles.items() if role is Role.PLACE),
        lists=tuple(
            name
            for name, role in roles.items()
            if role is Role.REFERENCE and name not in {"about", "revises"}
        ),
    )


@cache
def fields_of(kind: type[Record | Part]) -> dict[str, Field]:
    """The fields of a kind, or of a part, with what they are; the header first, in the order of the struct."""
    hints = get_type_hints(kind, include_extras=True)
    found = {}
    for name in kind.__struct_fields__:
        marks = [mark for mark in getattr(hints[name], "__metadata__", ()) if isinstance(mark, Field)]
        if len(marks) != 1:
            raise TypeError(f"{kind.__name__}.{name} must carry exactly one Field")
        found[name] = marks[0]
    return found


@cache
def compulsory_of(kind: type[Record]) -> frozenset[str]:
    """The fields beyond the header that no form may drop: those every record must have, and the kept."""
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return frozenset((required | kind.kept) - ALWAYS)


@cache
def labels_of(kind: type[Record | Part], field: str) -> dict[str, tuple[str, str]]:
    """French and English words for the values (or keys) of one field of a closed list; empty for others."""
    hint = get_type_hints(kind, include_extras=True)[field]
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, Labels):
            return mark.words
    return {}
