r"""The text of an agreement, and its one encoding.

It guarantees that one agreement has one text, so that one hash names it: a text is
accepted only if printing what was parsed gives the same bytes. What an agreement says may
still be nonsense: :mod:`entente.agreements.checks` finds that. Who signed is in :class:`Signed`.

::

    "entente.v1/agreement\n" || JSON || "\n"

JSON is UTF-8, indented by two spaces, its fields in the order of the structs below, each
field that has its default left out, no blank line. Strings are NFC, without control
characters (a newline, escaped, may stand in a string) and without characters that change
the order of others or that nobody sees.

The schema is closed: an unknown field is refused, never ignored, because an ignored
restriction is an opening. It can still grow: a new field comes with a default, and defaults
are left out, so the bytes and hashes of texts signed before stay what they were.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from entente.errors import AgreementError, LimitError
from entente.places import Area, Precision
from entente.records import times
from entente.records.base import PartyId, Purpose, ServiceId, Short, Slug, Tlp
from entente.signing import Note, VerifierKey, parse_note, verify_note

TYPE_LINE: Final = "entente.v1/agreement\n"
"""The first line of the note's text."""

MAX_TEXT: Final = 900_000
"""Bytes of the text: with a hundred signatures it still fits the limit of a note."""

_UNSEEN: Final = frozenset(
    ({chr(code) for code in range(0x20)} - {"\n"})
    | {chr(code) for code in range(0x7F, 0xA0)}
    | {
        chr(code)
        for first, last in (
            (0x00AD, 0x00AD),  # soft hyphen
            (0x061C, 0x061C),  # Arabic letter mark
            (0x180E, 0x180E),  # Mongolian vowel separator
            (0x200B, 0x200B),  # zero width space; its joiners 200C and 200D are letters' business
            (0x200E, 0x200F),  # left-to-right and right-to-left marks
            (0x2028, 0x202E),  # line and paragraph separators, embeddings and overrides
            (0x2060, 0x206F),  # word joiner, invisible operators, isolates
            (0xFEFF, 0xFEFF),  # byte order mark
            (0xFFF9, 0xFFFB),  # interlinear annotation
            (0xE0000, 0xE007F),  # tags
        )
        for code in range(first, last + 1)
    }
)
"""Listed rather than asked of Unicode's categories, which change with the version of Python."""

ArticleId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,20}\Z")]
KindName = Annotated[str, Meta(pattern=r"^[a-z]+(-[a-z]+)*\Z", max_length=40)]
FieldName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=40)]
AreaCode = Annotated[str, Meta(min_length=1, max_length=40)]
Prose = Annotated[str, Meta(min_length=1, max_length=20_000)]
Version = Annotated[int, Meta(ge=1, le=999_999)]
Minutes = Annotated[int, Meta(ge=1, le=525_600)]
VkeyText = Annotated[str, Meta(max_length=400)]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]

_FEW: Final = Meta(max_length=64)
_MANY: Final = Meta(max_length=500)


class _Part(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One object of the text."""


class Keys(_Part, kw_only=True, frozen=True):
    """The four public keys of a party; the first three are vkeys named ``<party>/<role>``."""

    authority: VkeyText
    log: VkeyText
    receipts: VkeyText
    seal: VkeyText


class Service(_Part, kw_only=True, frozen=True):
    """A unit of a party, and the purposes for which it may act."""

    id: ServiceId
    name: Short
    mandates: Annotated[tuple[Purpose, ...], _FEW]
    community: bool = False


class Party(_Part, kw_only=True, frozen=True):
    """An authority that signs. ``short`` is the prefix of its codes, ``country`` ISO 3166 alpha-2."""

    id: PartyId
    name: Short
    short: Annotated[str, Meta(pattern=r"^[A-Z]{2,8}\Z")]
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
    keys: Keys
    services: Annotated[tuple[Service, ...], _FEW] = ()


class Renewal(_Part, kw_only=True, frozen=True):
    """What happens at the expiry date: tacit renewal goes on by ``years`` until somebody gives notice."""

    tacit: bool
    years: Annotated[int, Meta(ge=1, le=99)]
    notice_days: Annotated[int, Meta(ge=0, le=3_660)]


class Signatory(_Part, kw_only=True, frozen=True):
    """Who signs for a party: a function, for which other function, under which act."""

    party: PartyId
    function: Short
    acting_for: Short | None = None
    under: Short | None = None


class Visa(_Part, kw_only=True, frozen=True):
    """A national body whose visa a party needs before entry into force."""

    body: Short
    party: PartyId


class Observer(_Part, kw_only=True, frozen=True):
    """Gets what an article grants, signs nothing."""

    id: PartyId
    name: Short


class Zone(_Part, kw_only=True, frozen=True):
    """Where the agreement holds: the areas, which are also the only ones that places are reduced to."""

    name: Short
    areas: Annotated[tuple[Area, ...], Meta(min_length=1, max_length=2_000)]


class Aggregate(_Part, kw_only=True, frozen=True):
    """How records leave added up: over which window and by which fields, and what is too small to be known.

    ``min_cell`` is the smallest number of persons but zero, ``min_observations`` the smallest number of
    records, that a sum tells; numbers of persons are rounded to multiples of ``round_to``.
    """

    window: Literal["day", "week", "month"]
    by: Annotated[tuple[FieldName, ...], Meta(min_length=1, max_length=8)]
    min_cell: Annotated[int, Meta(ge=1, le=1_000)]
    min_observations: Annotated[int, Meta(ge=1, le=1_000)] = 1
    round_to: Annotated[int, Meta(ge=1, le=1_000)] = 1


class Form(_Part, kw_only=True, frozen=True):
    """How a record leaves: the fields kept beyond the header, how exact, under which marking at least.

    With ``aggregate`` no record leaves itself: what leaves is records added up.
    """

    fields: Annotated[tuple[FieldName, ...], _MANY]
    place: Precision
    time: times.Precision
    tlp: Tlp | None = None
    aggregate: Aggregate | None = None


class Share(_Part, kw_only=True, frozen=True, tag_field="type", tag="share"):
    """What may leave, from whom, to whom, in which form."""

    id: ArticleId
    text: Prose
    from_: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=64)] = msgspec.field(name="from")
    to: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=64)]
    kinds: Annotated[tuple[KindName, ...], Meta(min_length=1, max_length=64)]
    purposes: Annotated[tuple[Purpose, ...], Meta(min_length=1, max_length=64)]
    tlp: Tlp
    where: Annotated[tuple[AreaCode, ...], _MANY] = ()
    recipients: Annotated[tuple[Purpose, ...], _FEW] = ()
    form: Form
    delay_hours: Annotated[int, Meta(ge=0, le=87_600)] = 0
    retention_days: Annotated[int, Meta(ge=1, le=36_600)]
    onward: Literal["none"] = "none"
    observers: bool = False
    """The agreement's observers see, on the recipient's side, what the article releases."""


class Withhold(_Part, kw_only=True, frozen=True, tag_field="type", tag="withhold"):
    """What never leaves. All conditions that are named must match; one that is empty matches anything."""

    id: ArticleId
    text: Prose
    from_: Annotated[tuple[PartyId, ...], _FEW] = msgspec.field(name="from", default=())
    kinds: Annotated[tuple[KindName, ...], _FEW] = ()
    purposes: Annotated[tuple[Purpose, ...], _FEW] = ()
    services: Annotated[tuple[ServiceId, ...], _FEW] = ()
    tlp_from: Tlp | None = None
    where: Annotated[tuple[AreaCode, ...], _MANY] = ()


class Function(_Part, kw_only=True, frozen=True):
    """A function that an article names: of which service of which party, its slug, what it is called."""

    party: PartyId
    service: ServiceId
    function: Slug
    name: Short

    @property
    def title(self) -> str:
        """As a released record names it: ``service/function``. Whose it is, its sender says."""
        return f"{self.service}/{self.function}"


class Exceptional(_Part, kw_only=True, frozen=True, tag_field="type", tag="exceptional"):
    """What two named functions of the party that has it may release together, where nothing else lets it leave.

    It never applies by itself. Its conditions and its form mean what those of a share article mean.
    """

    id: ArticleId
    text: Prose
    from_: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=64)] = msgspec.field(name="from")
    to: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=64)]
    kinds: Annotated[tuple[KindName, ...], Meta(min_length=1, max_length=64)]
    purposes: Annotated[tuple[Purpose, ...], Meta(min_length=1, max_length=64)]
    tlp: Tlp
    where: Annotated[tuple[AreaCode, ...], _MANY] = ()
    recipients: Annotated[tuple[Purpose, ...], _FEW] = ()
    functions: Annotated[tuple[Function, ...], Meta(min_length=2, max_length=64)]
    form: Form
    retention_days: Annotated[int, Meta(ge=1, le=36_600)]


class Respond(_Part, kw_only=True, frozen=True, tag_field="type", tag="respond"):
    """How fast a record that came is answered, and who is told when it is not."""

    id: ArticleId
    text: Prose
    kinds: Annotated[tuple[KindName, ...], Meta(min_length=1, max_length=64)]
    severities: Annotated[tuple[Severity, ...], _FEW] = ()
    acknowledge_within_minutes: Minutes
    act_within_minutes: Minutes | None = None
    escalate_to: Short | None = None


class Text(_Part, kw_only=True, frozen=True, tag_field="type", tag="text"):
    """A clause that only people read."""

    id: ArticleId
    text: Prose


Article: TypeAlias = Share | Withhold | Exceptional | Respond | Text

Opening: TypeAlias = Share | Exceptional
"""An article that lets something leave: by itself, or by the decision of two functions."""


class Agreement(_Part, kw_only=True, frozen=True):
    """The whole document. ``supersedes`` is the hexadecimal SHA-256 of the text of the version before."""

    id: Slug
    version: Version
    supersedes: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")] | None = None
    title: Short
    watermark: Short | None = None
    legal_basis: Annotated[tuple[Prose, ...], _FEW] = ()
    effective: date
    expires: date | None = None
    renewal: Renewal | None = None
    sign_by: date | None = None
    time_zone: Annotated[str, Meta(min_length=1, max_length=60)]
    parties: Annotated[tuple[Party, ...], Meta(min_length=2, max_length=64)]
    signatories: Annotated[tuple[Signatory, ...], _FEW] = ()
    visas: Annotated[tuple[Visa, ...], _FEW] = ()
    observers: Annotated[tuple[Observer, ...], _FEW] = ()
    zone: Zone
    articles: Annotated[tuple[Article, ...], _MANY]

    def party(self, party: str) -> Party | None:
        """The party of that id, if it is one."""
        return next((one for one in self.parties if one.id == party), None)


_decoder: Final = msgspec.json.Decoder(Agreement)


def parse_agreement(text: str) -> Agreement:
    """The agreement of a text.

    Raises LimitError (too long) or AgreementError, which says where: of another type, not JSON,
    not of the schema, with characters that are refused, or not in the one encoding.
    """
    if not text.startswith(TYPE_LINE):
        raise AgreementError("this is not an agreement: its first line is not {line}", line=TYPE_LINE.strip())
    agreement = _decode(text.removeprefix(TYPE_LINE))
    expected = agreement_text(agreement)
    if expected != text:
        raise AgreementError(
            "line {line} of the agreement is not written in its one form, which is: {expected}",
            **_first_difference(text, expected),
        )
    return agreement


def parse_draft(json: str) -> Agreement:
    """The agreement of JSON in any layout, with no type line: for drafts that people write by hand.

    The schema is as closed as for a text. Raises as :func:`parse_agreement`.
    """
    agreement = _decode(json)
    agreement_text(agreement)
    return agreement


def agreement_text(agreement: Agreement) -> str:
    """The one text of an agreement. AgreementError when it has a value that no text may have."""
    try:
        data = msgspec.json.encode(agreement)
    except UnicodeEncodeError:
        raise AgreementError("the agreement has a character that is not Unicode") from None
    # Structs are not validated when they are built: what cannot be read again is not written.
    _decode(data.decode("utf-8"))
    for where, value in _strings(msgspec.to_builtins(agreement), ""):
        _check_string(where, value)
    text = f"{TYPE_LINE}{msgspec.json.format(data, indent=2).decode('utf-8')}\n"
    _check_length(text)
    return text


def digest(text: str) -> bytes:
    """SHA-256 of the note's text, without signatures: what names this version of the agreement."""
    return sha256(text.encode("utf-8")).digest()


@dataclass(frozen=True, slots=True)
class Signed:
    """An agreement and who signed it: ``signed_by`` holds only parties whose line verified."""

    note: Note
    text: str
    agreement: Agreement
    digest: bytes
    signed_by: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties that have not signed, in the order of the document."""
        return tuple(party.id for party in self.agreement.parties if party.id not in self.signed_by)


def read_note(data: bytes) -> Signed:
    """A signed agreement from its bytes, with the authority keys that its own text names.

    Whether these keys are the right ones, only people know: the caller compares them with those
    that were read aloud. Lines of other keys are ignored and count for nobody.
    Raises MalformedError and LimitError (no note), AgreementError (no agreement), UnknownKeyError
    (no party signed), SignatureError (the text or a signature was changed).
    """
    return read_signed(parse_note(data))


def read_signed(note: Note) -> Signed:
    """As :func:`read_note`, from a note that is parsed already."""
    agreement = parse_agreement(note.text)
    authorities = {authority_key(party): party.id for party in agreement.parties}
    signers = verify_note(note, authorities)
    return Signed(
        note=note,
        text=note.text,
        agreement=agreement,
        digest=digest(note.text),
        signed_by=frozenset(authorities[key] for key in signers),
    )


def authority_key(party: Party) -> VerifierKey:
    """The key that signs for a party. MalformedError if it is no key; AgreementError under another name."""
    key = VerifierKey.parse(party.keys.authority)
    if key.name != f"{party.id}/authority":
        raise AgreementError(
            "the authority key of {party} has the name {name}", party=party.id, name=key.name
        )
    return key


def _decode(json: str) -> Agreement:
    _check_length(json)
    try:
        return _decoder.decode(json.encode("utf-8"))
    except msgspec.ValidationError as error:
        reason, _, path = str(error).rpartition(" - at `$")
        raise AgreementError(
            "the agreement cannot be read at {where}: {reason}",
            where=path.rstrip("`").lstrip(".") or "its beginning",
            reason=reason or error,
        ) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise AgreementError("the agreement is not JSON: {reason}", reason=error) from None


def _check_length(text: str) -> None:
    # Letters first: a text that is far too long is not even encoded.
    size = len(text) if len(text) > MAX_TEXT else len(text.encode("utf-8", "replace"))
    if size > MAX_TEXT:
        raise LimitError("an agreement of {size} bytes is over {limit}", size=size, limit=MAX_TEXT)


def _strings(value: object, where: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield where, value
        case dict():
            for name, part in value.items():
                yield from _strings(part, f"{where}.{name}" if where else name)
        case list() | tuple():
            for index, part in enumerate(value):
                yield from _strings(part, f"{where}[{index}]")


def _check_string(where: str, value: str) -> None:
    if not unicodedata.is_normalized("NFC", value):
        raise AgreementError("{where} is not in Unicode's composed form (NFC)", where=where)
    for character in value:
        if character in _UNSEEN:
            raise AgreementError(
                "{where} has the character {character}, which nobody can see",
                where=where,
                character=f"U+{ord(character):04X}",
            )


def _first_difference(text: str, expected: str) -> dict[str, object]:
    # split, not splitlines: U+0085 and others are no ends of lines here.
    ours, theirs = expected.split("\n"), text.split("\n")
    for number, line in enumerate(ours, start=1):
        if number > len(theirs) or theirs[number - 1] != line:
            return {"line": number, "expected": line.strip()}
    return {"line": len(ours) + 1, "expected": ""}
