r"""From a text to an agreement in force: everybody signs, one adopts.

Opening takes all (PROTOCOL.md section 11): an agreement binds nobody until each party's
authority key has signed its text, and one party has signed the note that adopts it. What
restricts (suspending, ending) takes one, and is not in this module yet.

The text of an adopt note, each line ending in a newline::

    entente.v1/adopt
    <agreement id>
    <version>
    <serial of the step, from 1>
    <hexadecimal SHA-256 of the text of the step before, or "-" for the first>
    <hexadecimal SHA-256 of the agreement's text>
    <party that adopts>

It is signed by that party's authority key, under the agreement's own names and keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from entente.agreements.checks import require_sound
from entente.agreements.document import (
    Agreement,
    Signed,
    agreement_text,
    authority_key,
    parse_agreement,
    read_signed,
)
from entente.errors import AgreementError, NotInForceError
from entente.records import times
from entente.signing import Note, SigningKey, add_signature, parse_note, sign_note, verify_note

ADOPT_LINE: Final = "entente.v1/adopt"
"""The first line of an adopt note's text."""

MAX_STEP: Final = 10_000
"""Bytes of a step with its signatures."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_FIRST: Final = "-"
_LARGEST: Final = 999_999


@dataclass(frozen=True, slots=True)
class Adopt:
    """What an adopt note says. ``previous`` and ``text`` are SHA-256 of texts, 32 bytes."""

    agreement: str
    version: int
    serial: int
    previous: bytes | None
    text: bytes
    by: str

    def to_text(self) -> str:
        """The note's text."""
        previous = _FIRST if self.previous is None else self.previous.hex()
        lines = (ADOPT_LINE, self.agreement, self.version, self.serial, previous, self.text.hex(), self.by)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement as this node holds it. ``adopted_at`` is when the adopt note arrived here, aware."""

    signed: Signed
    adopted_at: datetime | None


def sign(agreement: Signed | str, authority: SigningKey, *, now: datetime | None = None) -> Note:
    """The note with the authority's line added to whatever lines it has.

    Given ``now``, the last day for signing is held too. Raises AgreementError when the text has
    problems, or when the key is not the authority key that the text names for one of its parties.
    """
    if isinstance(agreement, str):
        note, parsed = None, parse_agreement(agreement)
    else:
        # Read once more: what is signed is what the earlier signatures cover.
        note = agreement.note
        parsed = read_signed(note).agreement
    require_sound(parsed)
    if authority.verifier not in {authority_key(party) for party in parsed.parties}:
        raise AgreementError(
            "{name} with the key ID {key_id} is not the authority key of a party of this agreement",
            name=authority.name,
            key_id=authority.verifier.key_id.hex(),
        )
    _check_open(parsed, now)
    return add_signature(Note(agreement_text(parsed), ()) if note is None else note, authority)


def make_adopt(
    signed: Signed,
    by: str,
    key: SigningKey,
    serial: int = 1,
    previous: bytes | None = None,
    *,
    now: datetime | None = None,
) -> Note:
    """The note by which one party, once all have signed, brings the version into force.

    ``previous`` is the SHA-256 of the text of the step before, None for serial 1. Given ``now``,
    the last day for signing is held. Raises AgreementError.
    """
    require_sound(signed.agreement)
    _check_all_signed(signed)
    party = signed.agreement.party(by)
    if party is None or authority_key(party) != key.verifier:
        raise AgreementError("{name} is not the authority key of {party}", name=key.name, party=by)
    _check_open(signed.agreement, now)
    adopt = Adopt(signed.agreement.id, signed.agreement.version, serial, previous, signed.digest, by)
    _check_serial(adopt)
    return sign_note(adopt.to_text(), key)


def read_adopt(note: Note | bytes, signed: Signed) -> Adopt:
    """What an adopt note says, once it is sure that it adopts this text and that its author signed it.

    Raises MalformedError or LimitError (no note), AgreementError (no step of this form, of another
    agreement, version or text, by somebody who is not a party, or before all signed),
    UnknownKeyError (its author did not sign), SignatureError (changed).
    """
    if not isinstance(note, Note):
        note = parse_note(note, limit=MAX_STEP)
    adopt = _parse_adopt(note.text)
    party = signed.agreement.party(adopt.by)
    if party is None:
        raise AgreementError("{party} is not a party and cannot adopt the agreement", party=adopt.by)
    verify_note(note, [authority_key(party)])
    if (adopt.agreement, adopt.version) != (signed.agreement.id, signed.agreement.version):
        raise AgreementError(
            "this step adopts version {version} of {agreement}, another one",
            version=adopt.version,
            agreement=adopt.agreement,
        )
    if adopt.text != signed.digest:
        raise AgreementError("this step adopts another text of the same version")
    _check_all_signed(signed)
    return adopt


def step_digest(note: Note) -> bytes:
    """SHA-256 of a step's text, which the next step names as the one before."""
    return sha256(note.text.encode("utf-8")).digest()


def in_force(standing: Standing, now: datetime) -> None:
    """Nothing if the agreement holds at ``now`` (aware), else NotInForceError with the reason.

    It holds once all have signed, from the first moment of its effective day or the arrival of its
    adopt note, whichever is later, to the last moment of its day of expiry. Tacit renewal goes on
    until somebody gives notice. Days are those of the agreement's time zone.
    """
    if standing.signed.missing:
        raise NotInForceError(
            "the agreement is not in force: {parties} did not sign it",
            parties=", ".join(standing.signed.missing),
        )
    if standing.adopted_at is None:
        raise NotInForceError("the agreement is not in force: everybody signed and nobody has adopted it")
    first, after = days(standing.signed)
    if now < first:
        raise NotInForceError(
            "the agreement is not in force before {effective}", effective=standing.signed.agreement.effective
        )
    if now < standing.adopted_at:
        raise NotInForceError(
            "the agreement is not in force before it was adopted at {adopted}",
            adopted=times.instant(standing.adopted_at),
        )
    if after is not None and now >= after:
        raise NotInForceError("the agreement expired on {expires}", expires=standing.signed.agreement.expires)


def days(signed: Signed) -> tuple[datetime, datetime | None]:
    """The first moment of the effective day and the first after the day of expiry, in UTC; None: no end."""
    agreement = signed.agreement
    zone = times.zone(agreement.time_zone)
    first = datetime(
        agreement.effective.year, agreement.effective.month, agreement.effective.day, tzinfo=zone
    ).astimezone(UTC)
    renewed = agreement.renewal is not None and agreement.renewal.tacit
    if agreement.expires is None or renewed:
        return first, None
    day = agreement.expires + timedelta(days=1)
    return first, datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _check_all_signed(signed: Signed) -> None:
    if signed.missing:
        raise AgreementError(
            "the agreement cannot be adopted before all have signed: {parties} did not",
            parties=", ".join(signed.missing),
        )


def _check_open(agreement: Agreement, now: datetime | None) -> None:
    if now is None or agreement.sign_by is None:
        return
    if now.astimezone(times.zone(agreement.time_zone)).date() > agreement.sign_by:
        raise AgreementError("the last day for signing this agreement was {day}", day=agreement.sign_by)


def _check_serial(adopt: Adopt) -> None:
    if (adopt.serial == 1) != (adopt.previous is None) or not 1 <= adopt.serial <= _LARGEST:
        raise AgreementError("the first step has the serial 1 and no step before it, all others name theirs")


def _parse_adopt(text: str) -> Adopt:
    match text.split("\n"):
        case [line, agreement, version, serial, previous, digest, by, ""] if (
            line == ADOPT_LINE
            and _NUMBER.fullmatch(version)
            and _NUMBER.fullmatch(serial)
            and (previous == _FIRST or _HASH.fullmatch(previous))
            and _HASH.fullmatch(digest)
        ):
            before = None if previous == _FIRST else bytes.fromhex(previous)
            adopt = Adopt(agreement, int(version), int(serial), before, bytes.fromhex(digest), by)
        case _:
            raise AgreementError("this is not the text of a step that adopts an agreement")
    _check_serial(adopt)
    return adopt
