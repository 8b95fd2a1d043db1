"""The errors of Entente, and what each one means for the caller.

::

    EntenteError
    ├── MalformedError          bytes that are not what they must be
    │   ├── NotCanonicalError   well formed, but not the one encoding that is allowed
    │   └── LimitError          larger, longer or more than a limit allows
    ├── SignatureError          a signature that is missing or does not verify
    │   └── UnknownKeyError     no key of ours has the name and the key ID
    ├── SealError               a pouch that cannot be opened with our keys
    ├── JournalError            a journal that is not what was signed
    │   ├── ProofError          a Merkle proof that does not prove it
    │   ├── ShrinkError         a checkpoint smaller than what is held
    │   └── ForkError           two signed roots for one size, or history that does not extend
    ├── RecordError             a record that its kind does not allow
    ├── AgreementError          an agreement that cannot be read, signed or adopted
    │   └── NotInForceError     no agreement in force covers this
    ├── PouchError              a pouch that is well formed and not for us, or not now
    │   ├── MisaddressedError   sealed to us, written for another party or agreement
    │   └── ReflectedError      one of our own pouches comes back
    ├── TransportError          a carrier that could not carry
    └── StoreError              what is asked for is not in the ledger, or cannot be kept

A message is a template and its values, so that the desk and the command can say it
in French: ``LimitError("a pouch of {size} bytes is over {limit}", size=..., limit=...)``.
It says what is wrong and, where something can be done, what to do next. It never
carries the content of a record.
"""

from __future__ import annotations


class EntenteError(Exception):
    """The root: whatever this package refuses, it refuses with one of these."""

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message.format(**self.values) if self.values else self.message


class MalformedError(EntenteError):
    """Bytes that are not what they must be."""


class NotCanonicalError(MalformedError):
    """Well formed, but not the one encoding that is allowed."""


class LimitError(MalformedError):
    """Larger, longer or more than a limit allows."""


class SignatureError(EntenteError):
    """A signature that is missing or does not verify."""


class UnknownKeyError(SignatureError):
    """No key of ours has the name and the key ID."""


class SealError(EntenteError):
    """A pouch that cannot be opened with our keys."""


class JournalError(EntenteError):
    """A journal that is not what was signed."""


class ProofError(JournalError):
    """A Merkle proof that does not prove it."""


class ShrinkError(JournalError):
    """A checkpoint smaller than what is held."""


class ForkError(JournalError):
    """Two signed roots for one size, or a history that does not extend what is held."""


class RecordError(EntenteError):
    """A record that its kind does not allow."""


class AgreementError(EntenteError):
    """An agreement that cannot be read, signed or adopted."""


class NotInForceError(AgreementError):
    """No agreement in force covers this."""


class PouchError(EntenteError):
    """A pouch that is well formed and not for us, or not now."""


class MisaddressedError(PouchError):
    """Sealed to us, written for another party or agreement."""


class ReflectedError(PouchError):
    """One of our own pouches comes back."""


class TransportError(EntenteError):
    """A carrier that could not carry."""


class StoreError(EntenteError):
    """What is asked for is not in the ledger, or cannot be kept."""
