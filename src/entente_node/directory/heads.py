"""The head of the log of accesses: where its chain stood, and the note that says so, signed with the log key.

A head is what somebody outside keeps (``entente audit head``) and, with a type of its own, what stays
where the oldest entries were removed (:mod:`entente_node.directory.pruning`): a head that was given
away does not say that anything may be missing. Lines of its text: the type, the party, how many
entries, the hash of the last, when it was signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from entente.errors import MalformedError
from entente.signing import SigningKey, VerifierKey, parse_note, sign_note, verify_note
from entente_node.directory.here import node

LogKey = SigningKey
TYPE_LINE: Final = "entente.v1/audit-head"
CUT_LINE: Final = "entente.v1/audit-cut"
"""Of a head up to which the entries were removed."""
LARGEST: Final = 4_096
_LINES: Final = 5
_HASH: Final = 64


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some moment: how many entries, and the hash of the last."""

    size: int
    hash: str


def beginning(party: str) -> str:
    """What the first entry has for the hash before it: another node's chain cannot stand in its place."""
    return sha256(f"entente.v1/audit\n{party}\n".encode()).hexdigest()


def signed(head: Head, at: str, key: LogKey | None = None, *, of: str = TYPE_LINE) -> bytes:
    """The note that says a head, signed with the log key of this node, or with the one that replaces it."""
    keys = node().keys
    text = f"{of}\n{keys.party}\n{head.size}\n{head.hash}\n{at}\n"
    return sign_note(text, (key or keys.log).renamed(_name(keys.party))).to_bytes()


def read(data: bytes, *, of: str = TYPE_LINE) -> Head:
    """A head of this node's log. Raises MalformedError, SignatureError, UnknownKeyError."""
    note = parse_note(data, limit=LARGEST)
    party = node().keys.party
    verify_note(note, [key.renamed(_name(party)) for key in _log_keys()])
    lines = note.text.splitlines()
    if len(lines) != _LINES or lines[0] != of or lines[1] != party or len(lines[3]) != _HASH:
        raise MalformedError("this is no head of this node's log")
    if not (lines[2].isascii() and lines[2].isdigit()):
        raise MalformedError("this is no head of this node's log")
    return Head(int(lines[2]), lines[3])


def _log_keys() -> list[VerifierKey]:
    """Our log keys: this one, and those that it replaced and that were not revoked."""
    here = node()
    agreements = {version.agreement for version in here.store.versions()}
    known = [keys.log for one in sorted(agreements) for keys in here.register.all_keys(one, here.keys.party)]
    return list({str(key): key for key in (here.keys.log.verifier, *known)}.values())


def _name(party: str) -> str:
    return f"{party}/audit"
