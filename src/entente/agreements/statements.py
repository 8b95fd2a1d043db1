"""Key statements: an authority says which keys of everyday work are its own now (PROTOCOL.md section 5).

The agreement lists the first keys of each party. Later ones come by statement, signed by the
authority key, which is the one thing that people have pinned. The highest serial wins; two
different statements of one serial freeze the party until people meet.

The text of a statement::

    entente.v1/keys
    {"keys":{"log":"…","receipts":"…","seal":"…"},"party":"gao.ml","previous":null,"revoked":[],"serial":1}

one line of canonical JSON. ``previous`` is the hexadecimal SHA-256 of the text of the
statement before, null in the first. ``revoked`` names log keys that must not be believed any
more, each with the last size and root of every journal that was signed while it was good; it
is repeated in every later statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from entente.errors import AgreementError
from entente.records.base import PartyId
from entente.sealing import check_recipient
from entente.signing import COSIGNATURE, ED25519, Note, SigningKey, VerifierKey, sign_note, verify_note
from entente.wire import MAX_INTEGER, Codec

KEYS_LINE: Final = "entente.v1/keys"
"""The first line of a statement's text."""

_Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Key = Annotated[str, Meta(min_length=1, max_length=400)]
_Size = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class CurrentKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public keys of everyday work: two verifier keys and an age recipient."""

    log: _Key
    receipts: _Key
    seal: _Key


class LastGood(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until where a journal was signed while its key was good; ``root`` is hexadecimal."""

    origin: Annotated[str, Meta(max_length=255)]
    size: _Size
    root: _Hash


class Revoked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A log key that is not to be believed any more."""

    log: _Key
    journals: Annotated[tuple[LastGood, ...], Meta(max_length=256)]


class KeyStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an authority says of its keys."""

    party: PartyId
    serial: Annotated[int, Meta(ge=1, le=999_999)]
    previous: _Hash | None
    keys: CurrentKeys
    revoked: Annotated[tuple[Revoked, ...], Meta(max_length=64)] = ()


_codec: Final = Codec[KeyStatement](KeyStatement, "a key statement")


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement that verified, with the hash of its text."""

    statement: KeyStatement
    digest: str
    note: bytes

    @property
    def log(self) -> VerifierKey:
        """The log key."""
        return VerifierKey.parse(self.statement.keys.log)

    @property
    def receipts(self) -> VerifierKey:
        """The receipt key."""
        return VerifierKey.parse(self.statement.keys.receipts)


def make_statement(
    party: str,
    keys: CurrentKeys,
    authority: SigningKey,
    before: Stated | None,
    revoked: Sequence[Revoked] = (),
) -> Note:
    """The next statement of a party, signed; what was revoked before stays revoked."""
    statement = KeyStatement(
        party=party,
        serial=before.statement.serial + 1 if before else 1,
        previous=before.digest if before else None,
        keys=keys,
        revoked=(*(before.statement.revoked if before else ()), *revoked),
    )
    note = sign_note(f"{KEYS_LINE}\n{_codec.encode(statement).decode('utf-8')}\n", authority)
    read_statement(note, authority.verifier)
    return note


def party_of(note: Note) -> str:
    """The party that a statement says it is of, before anything is verified. Raises MalformedError, AgreementError."""
    return _parse(note.text).party


def read_statement(note: Note, authority: VerifierKey) -> Stated:
    """A statement that this authority signed.

    Raises AgreementError (not a statement, wrong keys), UnknownKeyError or SignatureError.
    """
    verify_note(note, [authority])
    statement = _parse(note.text)
    if authority.name != f"{statement.party}/authority":
        raise AgreementError(
            "the authority key {key} does not speak for {party}", key=authority.name, party=statement.party
        )
    if (statement.serial == 1) != (statement.previous is None):
        raise AgreementError(
            "the first key statement has the serial 1 and none before it, all others name theirs"
        )
    _check_keys(statement, authority)
    return Stated(statement, sha256(note.text.encode("utf-8")).hexdigest(), note.to_bytes())


def current(stated: Iterable[Stated]) -> Stated | None:
    """The statement that holds: the one of the highest serial; None where there is none.

    Raises AgreementError where two different statements have one serial: the party is frozen.
    """
    by_serial: dict[int, Stated] = {}
    for one in stated:
        other = by_serial.setdefault(one.statement.serial, one)
        if other.digest != one.digest:
            raise AgreementError(
                "{party} has made two different key statements of serial {serial}: "
                "nothing is exchanged with it until people have met",
                party=one.statement.party,
                serial=one.statement.serial,
            )
    return by_serial[max(by_serial)] if by_serial else None


def _parse(text: str) -> KeyStatement:
    match text.split("\n"):
        case [line, body, ""] if line == KEYS_LINE:
            return _codec.decode(body.encode("utf-8"))
        case _:
            raise AgreementError("a key statement is a line of type and a line of JSON")


def _check_keys(statement: KeyStatement, authority: VerifierKey) -> None:
    keys = statement.keys
    log, receipts = VerifierKey.parse(keys.log), VerifierKey.parse(keys.receipts)
    check_recipient(keys.seal)
    wanted = ((log, "log", ED25519), (receipts, "receipts", COSIGNATURE))
    for key, role, algorithm in wanted:
        if key.name != f"{statement.party}/{role}" or key.algorithm != algorithm:
            raise AgreementError(
                "the key {key} is not a key of {party} for {role}",
                key=key.name,
                party=statement.party,
                role=role,
            )
    if len({log.public, receipts.public, authority.public}) != len(wanted) + 1:
        raise AgreementError("{party} uses one public key in two roles", party=statement.party)
    for revoked in statement.revoked:
        if VerifierKey.parse(revoked.log).public == log.public:
            raise AgreementError("{party} revokes the log key that it states", party=statement.party)
