"""Communiqués of this node: how far each is, and signing one."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from entente import dialogue
from entente.courier import signatures
from entente.courier.office import Office
from entente.courier.signatures import Held
from entente.dialogue import Negotiation, Version
from entente.errors import AgreementError, EntenteError, RecordError, StoreError
from entente.journal.checkpoint import Origin
from entente.records import Communique
from entente.records.codes import check_code
from entente.records.communique import Consent, Signatory
from entente.records.times import instant
from entente.signing import Note, SigningKey, VerifierKey, fingerprint, parse_note

_AGREED: Final[Consent] = "agreed"


@dataclass(frozen=True, slots=True)
class Line:
    """One signatory of a communiqué, with the fingerprint of its authority's key."""

    signatory: Signatory
    fingerprint: str
    held_at: int | None
    """Since when its signature is held here, Unix seconds; None: not signed."""


class Talks:
    """Reads the communiqués of the ledger; a door that is passed by everybody who asks about one."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def all(self, codes: Collection[str] | None = None) -> list[Negotiation]:
        """Every negotiation, the newest first; of these codes only, where the reader may not see all."""
        held = [
            one for one in signatures.held_communiques(self._office) if codes is None or one.code in codes
        ]
        versions = [Version(one.party, one.communique) for one in held]
        by_code = {one.code: one for one in held}
        found = []
        for group in dialogue.together(versions):
            signed = {
                dialogue.digest(version.text): signatures.signed(self._office, by_code[version.code])
                for version in group
                if version.text
            }
            found.append(dialogue.fold(group, signed, self._parties(by_code[group[0].code])))
        return found[::-1]

    def of(self, code: str, codes: Collection[str] | None = None) -> Negotiation:
        """The negotiation that the record of this code belongs to. Raises StoreError."""
        wanted = check_code(code)
        for one in self.all(codes):
            if wanted in one.codes:
                return one
        raise StoreError("there is no communiqué {code} here", code=wanted)

    def answer(
        self, code: str, *, service: str, reserve: Collection[int] = (), agree: Collection[int] = ()
    ) -> Communique:
        """Our word on the communiqué that stands, to be filed: agreed but for the reserved paragraphs.

        ``agree`` names the only paragraphs that are agreed; empty means all that are not reserved. The others
        keep what we said of them before. Raises RecordError, StoreError.
        """
        negotiation = self.of(code)
        numbers = {paragraph.number for paragraph in negotiation.paragraphs}
        unknown = ({*reserve, *agree}) - numbers
        if unknown:
            raise RecordError(
                "the communiqué {code} has no paragraph {number}", code=negotiation.code, number=min(unknown)
            )
        me = self._office.keys.party
        current = negotiation.current.communique
        said = {
            paragraph.number: "reserved"
            if paragraph.number in reserve
            else "agreed"
            if not agree or paragraph.number in agree
            else paragraph.sides.get(me)
            for paragraph in negotiation.paragraphs
        }
        paragraphs = tuple(
            msgspec.structs.replace(paragraph, consent={me: consent} if (consent := said[number]) else None)
            for number, paragraph in enumerate(current.paragraphs, start=1)
        )
        return msgspec.structs.replace(
            current,
            at=instant(self._office.clock()),
            service=service,
            code=None,
            article=None,
            released_at=None,
            reported_at=None,
            revises=current.code,
            paragraphs=paragraphs,
        )

    def sign(self, code: str, authority: SigningKey) -> bytes:
        """Sign the words that stand with our authority key, keep the signature, owe it to whoever has the words.

        Gives the note with all signatures that are held. Raises RecordError, SignatureError, AgreementError.
        """
        negotiation = self.of(code)
        held = self._held(negotiation)
        agreement = self._agreement(held)
        keys = signatures.keys_under(self._office, agreement)
        note = dialogue.sign(negotiation, self._office.keys.party, authority, keys)
        signatures.keep(self._office, agreement, held, note)
        return self.note(negotiation) or note.to_bytes()

    def lines(self, negotiation: Negotiation) -> list[Line]:
        """Each signatory in the order of the words: who, for whom, with which key, since when it is held here."""
        keys: dict[str, VerifierKey] = {}
        with suppress(EntenteError):
            keys = signatures.keys_under(self._office, self._agreement(self._held(negotiation)))
        return [
            Line(
                signatory=one,
                fingerprint=fingerprint(keys[one.party]) if one.party in keys else "",
                held_at=negotiation.signed.get(one.party),
            )
            for one in negotiation.signatories
        ]

    def note(self, negotiation: Negotiation) -> bytes | None:
        """The signed note of the words that stand, with all lines that are held; None where nobody signed."""
        lines: dict[str, object] = {}
        note = None
        for state in self._office.store.notes(dialogue.digest(negotiation.current.text)):
            held = parse_note(state.note)
            fresh = tuple(line for line in held.signatures if line.name not in lines)
            note = Note(held.text, (note.signatures if note else ()) + fresh)
            lines.update({line.name: line for line in fresh})
        return note.to_bytes() if note else None

    def _held(self, negotiation: Negotiation) -> Held:
        """The record of the words that stand under which the signature travels: the partner's, if there is one."""
        same = [
            one
            for one in signatures.held_communiques(self._office)
            if one.code in negotiation.codes
            and one.communique.paragraphs
            and one.communique.text() == negotiation.current.text
        ]
        if not same:
            raise RecordError("this communiqué came without its text: there is nothing to sign")
        return min(same, key=lambda one: (one.local, one.id))

    def _agreement(self, held: Held) -> str:
        """The agreement under which it travels. Raises AgreementError."""
        if held.origin is not None:
            return Origin.parse(held.origin).agreement
        sent = self._office.store.sent(held.id)
        if sent:
            return sent[0].agreement
        named = {one.party for one in held.communique.signatories}
        for policy in self._office.register.policies():
            agreement = policy.standing.signed.agreement
            if named <= {party.id for party in agreement.parties}:
                return agreement.id
        raise AgreementError("no agreement in force names all signatories of the communiqué")

    def _parties(self, held: Held) -> list[str]:
        try:
            return list(signatures.keys_under(self._office, self._agreement(held)))
        except AgreementError:
            return [held.party]
