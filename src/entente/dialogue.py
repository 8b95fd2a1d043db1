"""How far two sides are with a communiqué: which words stand, who agrees to each paragraph, who signed.

Words travel as records, signatures as notes. Records of one negotiation belong together when
one revises another or says the same words; the newest one's words stand. The fold does not
depend on the order of arrival, so both sides come to the same state once they hold the same.

========= ====================================================================
proposed  some side has not yet agreed to every paragraph
reserved  some side has a reservation
agreed    every signatory's side agrees to every paragraph; not all have signed
signed    every signatory's authority key has signed the very words that stand
========= ====================================================================

A side agrees by what its own newest record says: the words that it writes itself it proposes,
and stands by them. What it says of the other side's consent is only what it understood, and
counts for nothing. A signature is the last word: who signed agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeVar

from entente.agreements.document import Agreement, authority_key
from entente.errors import RecordError, SignatureError
from entente.records.base import Record
from entente.records.communique import TYPE_LINE, Communique, Consent, Signatory
from entente.records.times import parse_at
from entente.signing import Note, Signature, SigningKey, VerifierKey, add_signature, verify_note

State = Literal["proposed", "reserved", "agreed", "signed"]

NOTE_LINE: Final = TYPE_LINE.rstrip("\n")
"""The first line of the note's text."""


@dataclass(frozen=True, slots=True)
class Version:
    """One record of a negotiation, and whose it is."""

    party: str
    communique: Communique

    @property
    def code(self) -> str:
        """The code that people say."""
        return self.communique.code or ""

    @property
    def text(self) -> str:
        """What it asks to be signed; empty where an article's form has left the words out."""
        return self.communique.text() if self.communique.paragraphs else ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the words that stand, and how far each signatory's side is with it."""

    number: int
    text: str
    sides: Mapping[str, Consent | None]
    """None: the side has said nothing of these words."""

    @property
    def is_agreed(self) -> bool:
        """Whether every side stands by it."""
        return all(consent in {"agreed", "proposed"} for consent in self.sides.values())


@dataclass(frozen=True, slots=True)
class Negotiation:
    """A communiqué as it stands."""

    versions: tuple[Version, ...]
    """Oldest first."""
    current: Version
    paragraphs: tuple[Paragraph, ...]
    signed: Mapping[str, int]
    """When each party's signature was first held here, Unix seconds."""

    @property
    def code(self) -> str:
        """The code under which it was first proposed."""
        return self.versions[0].code

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all its records: a commitment may be about any of them."""
        return frozenset(version.code for version in self.versions)

    @property
    def wording(self) -> Version:
        """The first record with the words that stand: who consents repeats them and does not write them."""
        return next(version for version in self.versions if version.text == self.current.text)

    @property
    def signatories(self) -> tuple[Signatory, ...]:
        """Who signs, for whom."""
        return self.current.communique.signatories

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties whose signature is not here."""
        return tuple(one.party for one in self.signatories if one.party not in self.signed)

    @property
    def state(self) -> State:
        """How far it is."""
        if self.signatories and not self.missing:
            return "signed"
        if self.paragraphs and all(paragraph.is_agreed for paragraph in self.paragraphs):
            return "agreed"
        reserved = any("reserved" in paragraph.sides.values() for paragraph in self.paragraphs)
        return "reserved" if reserved else "proposed"


def digest(text: str) -> bytes:
    """SHA-256 of the words: what names them."""
    return sha256(text.encode("utf-8")).digest()


def together(versions: Iterable[Version]) -> list[tuple[Version, ...]]:
    """The records of each negotiation, oldest first; the negotiations by their first record.

    Of one purpose only: a record of another would carry its words through the wall.
    """
    ordered = sorted(versions, key=lambda version: (_moment(version), version.code))
    found: list[list[Version]] = []
    for version in ordered:
        of = [group for group in found if any(_belong(version, other) for other in group)]
        joined = [*(one for group in of for one in group), version]
        found = [group for group in found if group not in of]
        found.append(joined)
    groups = [tuple(sorted(group, key=lambda one: (_moment(one), one.code))) for group in found]
    return sorted(groups, key=lambda group: (_moment(group[0]), group[0].code))


def fold(
    versions: Sequence[Version], signed: Mapping[bytes, Mapping[str, int]], parties: Sequence[str]
) -> Negotiation:
    """The negotiation of these records, as :func:`together` gives them.

    Args:
        versions: at least one, oldest first.
        signed: for the SHA-256 of a text, when each party's verified signature was first held.
        parties: whose consent is asked where the words name no signatories.
    """
    revised = {version.communique.revises for version in versions}
    heads = [version for version in versions if version.code not in revised] or list(versions)
    current = heads[-1]
    sides = [one.party for one in current.communique.signatories] or list(parties)
    # Only the signatures of those who are named: others prove nothing about these words.
    lines = {party: at for party, at in signed.get(digest(current.text), {}).items() if party in sides}
    newest = {version.party: version for version in versions}
    paragraphs = tuple(
        Paragraph(
            number,
            paragraph.text,
            {
                party: "agreed" if party in lines else _consent(newest.get(party), paragraph.text)
                for party in sides
            },
        )
        for number, paragraph in enumerate(current.communique.paragraphs, start=1)
    )
    return Negotiation(tuple(versions), current, paragraphs, lines)


R = TypeVar("R", bound=Record)


def standing(records: Iterable[R]) -> list[tuple[R, R]]:
    """Of records that revise one another: how each began, and how it stands; the oldest first.

    Where two revise the same, the later one stands, on every node the same.
    """
    ordered = sorted(records, key=lambda record: (parse_at(record.at)[0], record.code or ""))
    by_code = {record.code: record for record in ordered}
    found: dict[str | None, tuple[R, R]] = {}
    for record in ordered:
        root, seen = record, {record.code}
        while root.revises in by_code and root.revises not in seen:
            root = by_code[root.revises]
            seen.add(root.code)
        found[root.code] = (root, record)
    return list(found.values())


def authorities(agreement: Agreement) -> dict[str, VerifierKey]:
    """The authority key of each party of an agreement."""
    return {party.id: authority_key(party) for party in agreement.parties}


def sign(
    negotiation: Negotiation, party: str, authority: SigningKey, keys: Mapping[str, VerifierKey]
) -> Note:
    """The note with this party's line under the words that stand.

    ``keys`` are those of the agreement. Raises RecordError where the words do not name the party or
    are not agreed, SignatureError where the key is not the party's authority key.
    """
    if party not in {one.party for one in negotiation.signatories}:
        raise RecordError(
            "the communiqué {code} names no signatory for {party}", code=negotiation.code, party=party
        )
    if keys.get(party) != authority.verifier:
        raise SignatureError(
            "{name} is not the authority key of {party} in the agreement", name=authority.name, party=party
        )
    for paragraph in negotiation.paragraphs:
        if not paragraph.is_agreed:
            behind = [
                side for side, consent in paragraph.sides.items() if consent not in {"agreed", "proposed"}
            ]
            raise RecordError(
                "paragraph {number} is not agreed by {parties}: nothing was signed",
                number=paragraph.number,
                parties=", ".join(behind),
            )
    return add_signature(Note(negotiation.current.text, ()), authority)


def verified(note: Note, communique: Communique, keys: Mapping[str, VerifierKey]) -> dict[str, Signature]:
    """The line of each signatory under the note, once it is sure that it signs these very words.

    Raises SignatureError (other words, or a line that is not right), UnknownKeyError (no signatory signed).
    """
    if note.text != communique.text():
        raise SignatureError("this note signs other words than the communiqué {code}", code=communique.code)
    named = {keys[one.party]: one.party for one in communique.signatories if one.party in keys}
    lines = {(line.name, line.key_id): line for line in note.signatures}
    return {named[key]: lines[key.name, key.key_id] for key in verify_note(note, named)}


def _consent(newest: Version | None, text: str) -> Consent | None:
    """What a side's newest record says of its own consent to a paragraph."""
    if newest is None:
        return None
    for paragraph in newest.communique.paragraphs:
        if paragraph.text == text:
            return (paragraph.consent or {}).get(newest.party, "proposed")
    return None


def _belong(a: Version, b: Version) -> bool:
    if a.communique.purpose != b.communique.purpose:
        return False
    if a.communique.revises == b.code or b.communique.revises == a.code:
        return True
    return bool(a.text) and a.text == b.text


def _moment(version: Version) -> float:
    return parse_at(version.communique.at)[0].timestamp()
