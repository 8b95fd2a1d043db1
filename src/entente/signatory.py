"""What this party signs as an authority: versions of an agreement, their adoption, its own keys.

Each takes the authority's key for the one call; whatever is signed is kept, and owed to every partner.
"""

from __future__ import annotations

from collections.abc import Sequence

from entente.agreements.document import Signed, agreement_text, parse_draft, read_note
from entente.agreements.statements import CurrentKeys, LastGood, Revoked, make_statement
from entente.agreements.steps import make_adopt
from entente.agreements.steps import sign as sign_document
from entente.courier.keys import Keys
from entente.courier.office import Office
from entente.errors import AgreementError
from entente.sealing import recipient_of
from entente.signing import SigningKey, VerifierKey
from entente.store import VersionState


def sign(office: Office, agreement: str | bytes, authority: SigningKey) -> bytes:
    """Add our line to a draft (JSON or text) or a signed note, and keep it. Raises AgreementError."""
    document: str | Signed
    if isinstance(agreement, bytes):
        document = read_note(agreement)
    elif agreement.lstrip().startswith("{"):
        document = agreement_text(parse_draft(agreement))
    else:
        document = agreement
    note = sign_document(document, authority, now=office.clock()).to_bytes()
    _check_own_keys(office.keys, read_note(note))
    office.register.keep(note)
    return note


def _check_own_keys(keys: Keys, signed: Signed) -> None:
    """What we sign names the keys that this node works with: else nobody could reach it, or check it."""
    party = signed.agreement.party(keys.party)
    if party is None:
        return
    ours = party.keys
    if (
        ours.log != str(keys.log.verifier)
        or ours.receipts != str(keys.receipts.verifier)
        or ours.seal not in {recipient_of(secret) for secret in keys.seal}
    ):
        raise AgreementError("the agreement names other keys for {party} than this node has", party=party.id)


def adopt(office: Office, note: bytes, authority: SigningKey) -> VersionState:
    """As the proposer, bring a version that all have signed into force, and keep both notes."""
    signed = read_note(note)
    adopted = make_adopt(signed, office.keys.party, authority)
    return office.register.adopt(office.register.keep(note), adopted.to_bytes())


def state_keys(
    office: Office, keys: CurrentKeys, authority: SigningKey, *, revoked: Sequence[Revoked] = ()
) -> bytes:
    """Say which keys of everyday work are ours from now on."""
    before = office.register.newest_statement(office.keys.party)
    note = make_statement(office.keys.party, keys, authority, before, revoked).to_bytes()
    office.register.keep_statement(note)
    return note


def last_good(office: Office, log: VerifierKey) -> Revoked:
    """A log key of ours that is not to be believed any more, with where each journal stood until now."""
    journals = [
        LastGood(journal.origin, journal.size, journal.frontier.root().hex())
        for journal in office.store.journals()
        if journal.ours
    ]
    return Revoked(str(log), tuple(journals))
