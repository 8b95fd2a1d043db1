"""The agreements that this node holds: which are in force, whose keys they name.

What our own authority signed is what we have pinned: people read the fingerprints aloud
at the table before they sign (PROTOCOL.md section 5). A version that our authority did not
sign is not kept, so no pouch can bring keys that nobody here has agreed to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from entente.agreements.document import Signed, authority_key, read_note
from entente.agreements.statements import Stated, current, read_statement
from entente.agreements.statements import party_of as speaker_of
from entente.agreements.steps import Standing, in_force, read_adopt
from entente.errors import AgreementError, NotInForceError
from entente.policy import Policy
from entente.signing import Note, VerifierKey, parse_note
from entente.store import StatementState, Store, VersionState

_MOST_CACHED: Final = 64


@dataclass(frozen=True, slots=True)
class PartnerKeys:
    """The public keys of one partner, from one statement or one version of an agreement."""

    log: VerifierKey
    receipts: VerifierKey
    seal: str


class Register:
    """Reads the agreements of the ledger; parsing and signatures are done once a version."""

    def __init__(
        self, store: Store, party: str, authority: VerifierKey, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._party = party
        self._authority = authority
        self._clock = clock
        self._signed: dict[bytes, Signed] = {}
        self._policies: dict[tuple[bytes, bytes | None], Policy] = {}
        self._statements: dict[bytes, Stated] = {}

    def signed(self, version: VersionState) -> Signed:
        """The document of a version with who signed it."""
        known = self._signed.get(version.note)
        if known is None:
            _bound(self._signed)
            known = self._signed[version.note] = read_note(version.note)
        return known

    def standings(self) -> list[Standing]:
        """Every version with all its signatures and its adopt note, oldest first."""
        return [
            Standing(signed=self.signed(version), adopted_at=version.adopted_at)
            for version in self._store.versions()
            if version.adopted_at is not None
        ]

    def current(self, agreement: str) -> Policy:
        """The policy of the newest version in force now. Raises NotInForceError.

        The sender decides by the version that it holds (PROTOCOL.md section 11).
        """
        now = self._clock()
        refusal: NotInForceError | None = None
        for version in reversed(self._store.versions()):
            if version.agreement != agreement or version.adopted_at is None:
                continue
            policy = self._policy(version)
            try:
                in_force(policy.standing, now)
            except NotInForceError as error:
                refusal = refusal or error
            else:
                return policy
        raise refusal or NotInForceError(
            "no version of the agreement {agreement} has been adopted", agreement=agreement
        )

    def policies(self) -> list[Policy]:
        """The policy of each agreement that is in force now."""
        found = []
        for agreement in dict.fromkeys(version.agreement for version in self._store.versions()):
            try:
                found.append(self.current(agreement))
            except NotInForceError:
                continue
        return found

    def of_version(self, agreement: str, version: int) -> Policy | None:
        """The policy of an adopted version: what an entry that cites it is checked against."""
        for held in self._store.versions():
            if (held.agreement, held.version) == (agreement, version) and held.adopted_at is not None:
                return self._policy(held)
        return None

    def newest(self, agreement: str) -> Policy | None:
        """The policy of the newest adopted version, in force or not: for what passes in every state."""
        held = [v for v in self._store.versions() if v.agreement == agreement and v.adopted_at is not None]
        return self._policy(held[-1]) if held else None

    def channels(self) -> Iterator[tuple[str, str]]:
        """Every (agreement, partner) that some held version names, adopted or not."""
        seen = set()
        for version in self._store.versions():
            for party in self.signed(version).agreement.parties:
                pair = (version.agreement, party.id)
                if party.id != self._party and pair not in seen:
                    seen.add(pair)
                    yield pair

    def keys_of(self, agreement: str, partner: str) -> list[PartnerKeys]:
        """The partner's keys, those of its newest statement first; empty for a non-party and for us.

        Keys that were replaced still verify what they signed; log keys that were revoked do not.
        Raises AgreementError for a party whose statements contradict each other.
        """
        return [] if partner == self._party else self.all_keys(agreement, partner)

    def all_keys(self, agreement: str, party: str) -> list[PartnerKeys]:
        """The same for any party, ours too: what was ever stated, or listed under the agreement."""
        listed = [
            PartnerKeys(
                VerifierKey.parse(named.keys.log), VerifierKey.parse(named.keys.receipts), named.keys.seal
            )
            for version in reversed(self._store.versions())
            if version.agreement == agreement
            and (named := self.signed(version).agreement.party(party)) is not None
        ]
        newest = self.newest_statement(party) if listed else None
        if newest is None:
            return listed
        revoked = {VerifierKey.parse(gone.log).public for gone in newest.statement.revoked}
        later = [
            PartnerKeys(one.log, one.receipts, one.statement.keys.seal)
            for one in reversed(self._stated(party))
        ]
        return [keys for keys in (*later, *listed) if keys.log.public not in revoked]

    def newest_statement(self, party: str) -> Stated | None:
        """What a party says of its keys now; None where the agreement's list still holds. Raises AgreementError."""
        return current(self._stated(party))

    def _stated(self, party: str) -> list[Stated]:
        found = []
        for held in self._store.statements(party):
            known = self._statements.get(held.note)
            if known is None:
                _bound(self._statements)
                known = read_statement(parse_note(held.note), self.authority_of(party))
                self._statements[held.note] = known
            found.append(known)
        return found

    def keep_statement(self, data: bytes) -> bool:
        """Keep a key statement, ours or a partner's; whether it is new. Raises AgreementError.

        Whose it is, its authority key says: the one that our own authority signed for.
        """
        note = parse_note(data)
        party = speaker_of(note)
        stated = read_statement(note, self.authority_of(party))
        held = self._store.statements(party)
        if any(one.digest == stated.digest for one in held):
            return False
        before = [one.digest for one in held if one.serial == stated.statement.serial - 1]
        if before and stated.statement.previous not in before:
            raise AgreementError(
                "the key statement of {party} does not follow the one that is held", party=party
            )
        self._store.put_statement(StatementState(party, stated.statement.serial, stated.digest, stated.note))
        if party == self._party:
            for agreement, partner in list(self.channels()):
                self._store.channel(agreement, partner)
                self._store.update_channel(agreement, partner, notes_sent_in=None)
        return True

    def authority_of(self, party: str) -> VerifierKey:
        """The authority key of a party, as pinned by what our own authority signed. Raises AgreementError."""
        if party == self._party:
            return self._authority
        for version in reversed(self._store.versions()):
            named = self.signed(version).agreement.party(party)
            if named is not None:
                return authority_key(named)
        raise AgreementError("no agreement held here names {party}", party=party)

    def keep(self, note: bytes, *, agreement: str | None = None) -> VersionState:
        """Keep a signed version, or add its signatures to the one held. Raises AgreementError.

        Only what our own authority signed, and names us with our own keys, is kept; of its lines
        only those of its parties: a stranger's lines prove nothing and would only pile up.
        """
        signed = self.acceptable(note, agreement=agreement)
        document = signed.agreement
        parties = {(key.name, key.key_id) for key in map(authority_key, document.parties)}
        lines = [line for line in signed.note.signatures if (line.name, line.key_id) in parties]
        held = next(
            (
                v
                for v in self._store.versions()
                if (v.agreement, v.version) == (document.id, document.version)
            ),
            None,
        )
        if held is None:
            return self._put(
                VersionState(
                    document.id,
                    document.version,
                    signed.digest,
                    Note(signed.text, tuple(lines)).to_bytes(),
                    None,
                    None,
                )
            )
        if held.digest != signed.digest:
            raise AgreementError(
                "another text of version {version} of {agreement} is held already; a version has one text",
                version=document.version,
                agreement=document.id,
            )
        merged = parse_note(held.note)
        has = {(line.name, line.key_id) for line in merged.signatures}
        fresh = tuple(line for line in lines if (line.name, line.key_id) not in has)
        if not fresh:
            return held
        return self._put(replace(held, note=Note(merged.text, merged.signatures + fresh).to_bytes()))

    def acceptable(self, note: bytes, *, agreement: str | None = None) -> Signed:
        """A signed version that may be kept. Raises AgreementError for one that may not."""
        signed = read_note(note)
        document = signed.agreement
        if agreement not in {None, document.id}:
            raise AgreementError(
                "the agreement {other} came in the place of {agreement}",
                other=document.id,
                agreement=agreement,
            )
        ours = document.party(self._party)
        if ours is None or VerifierKey.parse(ours.keys.authority) != self._authority:
            raise AgreementError(
                "the agreement {agreement} does not name this node's authority", agreement=document.id
            )
        if self._party not in signed.signed_by:
            raise AgreementError(
                "our own authority has not signed the agreement {agreement}", agreement=document.id
            )
        return signed

    def adopt(self, state: VersionState, adopt: bytes) -> VersionState:
        """Bring a version into force with its adopt note, from now. Raises AgreementError."""
        signed = self.signed(state)
        by = signed.agreement.party(read_adopt(adopt, signed).by)
        if state.adopted_at is not None or by is None:
            return state
        note, key = parse_note(adopt), authority_key(by)
        line = next(one for one in note.signatures if (one.name, one.key_id) == (key.name, key.key_id))
        kept = Note(note.text, (line,)).to_bytes()
        return self._put(replace(state, adopt=kept, adopted_at=self._clock()))

    def _put(self, version: VersionState) -> VersionState:
        """Keep what is new; every partner is owed it, and its channel begins here."""
        self._store.put_version(version)
        for party in self.signed(version).agreement.parties:
            if party.id != self._party:
                # What was filed before the channel begins is not decided for the partner.
                self._store.channel(version.agreement, party.id)
                self._store.update_channel(version.agreement, party.id, notes_sent_in=None)
        return version

    def _policy(self, version: VersionState) -> Policy:
        key = (version.note, version.adopt)
        known = self._policies.get(key)
        if known is None:
            if version.adopted_at is None:
                raise NotInForceError("version {version} has not been adopted", version=version.version)
            _bound(self._policies)
            known = self._policies[key] = Policy(
                Standing(signed=self.signed(version), adopted_at=version.adopted_at)
            )
        return known


def _bound(cache: dict[Any, Any]) -> None:
    if len(cache) >= _MOST_CACHED:
        cache.clear()
