"""Signatures under communiqués: kept with when they came, passed on to those who have the communiqué.

A signature is kept only for words that are held here, by whoever signs, and only from a
partner that has the communiqué too: a note says no more than the record did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entente.courier.office import Office
from entente.dialogue import authorities, digest, verified
from entente.errors import AgreementError, EntenteError, RecordError
from entente.records import Communique, decode
from entente.signing import Note, VerifierKey, parse_note
from entente.store import NoteState


@dataclass(frozen=True, slots=True)
class Held:
    """A communiqué as this node holds it."""

    id: int
    party: str
    local: bool
    origin: str | None
    filed_at: int
    communique: Communique

    @property
    def code(self) -> str:
        """The code that people say."""
        return self.communique.code or ""


def held_communiques(office: Office) -> list[Held]:
    """Every communiqué that is held and not withdrawn, ours and the partners', oldest first."""
    found = []
    for shown in office.store.records_of([Communique.kind()]):
        record = decode(shown.body)
        if isinstance(record, Communique):
            found.append(Held(shown.id, shown.party, shown.local, shown.origin, shown.filed_at, record))
    return found


def keys_under(office: Office, agreement: str) -> dict[str, VerifierKey]:
    """The authority keys of the newest version of an agreement. Raises AgreementError where none is adopted."""
    policy = office.register.newest(agreement)
    if policy is None:
        raise AgreementError("no version of the agreement {agreement} has been adopted", agreement=agreement)
    return authorities(policy.standing.signed.agreement)


def take(office: Office, agreement: str, sender: str, data: bytes) -> int:
    """Keep what a partner's note brings; gives how many signatures were new.

    Raises RecordError for words that are not held, or that the sender was not given; MalformedError,
    SignatureError and UnknownKeyError as :func:`entente.dialogue.verified`.
    """
    note = parse_note(data)
    same = [one for one in held_communiques(office) if _text(one.communique) == note.text]
    known = office.store.codes_known_to(agreement, sender, {one.code for one in same})
    held = next((one for one in same if one.code in known), None)
    if held is None:
        raise RecordError("a signature came for words that no communiqué held here has")
    return keep(office, agreement, held, note, seen_by=sender)


def keep(office: Office, agreement: str, held: Held, note: Note, *, seen_by: str | None = None) -> int:
    """Add a note's lines to those held for the same words; gives how many were new. Raises as :func:`verified`."""
    keys = keys_under(office, agreement)
    brought = verified(note, held.communique, keys)
    of_text = office.store.notes(digest(note.text))
    before = next((one for one in of_text if (one.agreement, one.subject) == (agreement, held.code)), None)
    lines = verified(parse_note(before.note), held.communique, keys) if before else {}
    fresh = brought.keys() - lines.keys()
    whole = {**brought, **lines}
    # Whoever sent us all that we know now needs nothing from us; what it lacks it is owed.
    told = seen_by if brought.keys() >= lines.keys() else None
    if not fresh and told is None:
        return 0
    if not fresh and before is not None:
        office.store.notes_sent([before], seen_by or "", 0)
        return 0
    now = int(office.clock().timestamp())
    since: Mapping[str, int] = before.held if before else {}
    state = NoteState(
        agreement=agreement,
        subject=held.code,
        digest=digest(note.text),
        note=Note(note.text, tuple(whole[party] for party in sorted(whole))).to_bytes(),
        held={keys[party].name: since.get(keys[party].name, now) for party in whole},
    )
    with office.store.transaction():
        office.store.put_note(state, seen_by=told)
    return len(fresh)


def signed(office: Office, held: Held) -> dict[str, int]:
    """When each party's signature under these words was first held here, Unix seconds; each verified anew."""
    found: dict[str, int] = {}
    for state in office.store.notes(digest(_text(held.communique))):
        try:
            keys = keys_under(office, state.agreement)
            lines = verified(parse_note(state.note), held.communique, keys)
        except EntenteError:
            continue  # a key that the newest version does not name any more
        for party in lines:
            at = state.held.get(keys[party].name, held.filed_at)
            found[party] = min(at, found.get(party, at))
    return found


def _text(communique: Communique) -> str:
    return communique.text() if communique.paragraphs else ""
