"""What can be shared, one module a kind.

Adding a kind is one module and one line here. Decoding is validation: a record that
:func:`decode` returned is of a known kind, in its one encoding, within every limit, and
passed its kind's own rules. A struct built in Python was not checked: see :func:`validated`.
"""

from __future__ import annotations

from typing import Any, Final, Union

import msgspec

from entente.errors import LimitError, MalformedError, RecordError
from entente.records.action import Action
from entente.records.alert import Alert
from entente.records.attachment import Attachment
from entente.records.base import Record
from entente.records.commitment import Commitment
from entente.records.communique import Communique
from entente.records.contact import Contact
from entente.records.corridor_status import CorridorStatus
from entente.records.flow_of_goods import FlowOfGoods
from entente.records.flow_of_livestock import FlowOfLivestock
from entente.records.flow_of_people import FlowOfPeople
from entente.records.incident import Incident
from entente.records.meeting import Meeting
from entente.records.message import Message
from entente.records.observation import Observation
from entente.records.situation import Situation
from entente.records.withdrawal import Withdrawal
from entente.wire import MAX_PAYLOAD, Codec

__all__ = [
    "KINDS",
    "Action",
    "Alert",
    "Attachment",
    "Commitment",
    "Communique",
    "Contact",
    "CorridorStatus",
    "FlowOfGoods",
    "FlowOfLivestock",
    "FlowOfPeople",
    "Incident",
    "Meeting",
    "Message",
    "Observation",
    "Record",
    "Situation",
    "Withdrawal",
    "decode",
    "encode",
    "from_json",
    "from_plain",
    "reread",
    "validated",
]

KINDS: Final[dict[str, type[Record]]] = {
    kind.kind(): kind
    for kind in (
        Alert,
        Message,
        Action,
        Withdrawal,
        FlowOfPeople,
        FlowOfLivestock,
        FlowOfGoods,
        Observation,
        Incident,
        Situation,
        CorridorStatus,
        Contact,
        Meeting,
        Communique,
        Commitment,
        Attachment,
    )
}
"""Every kind by its name in the bytes."""

_ANY_KIND: Final[Any] = Union[tuple(KINDS.values())]  # noqa: UP007  (a union of a tuple that is not written out)
_codec: Final = Codec[Record](_ANY_KIND, "a record")
_reader: Final[msgspec.json.Decoder[Record]] = msgspec.json.Decoder(_ANY_KIND)


def decode(data: bytes) -> Record:
    """The record in these bytes, of any kind.

    Raises LimitError over 60,000 bytes, MalformedError for what is not a record of a known
    kind, NotCanonicalError for another encoding of one, RecordError for what the kind's rules refuse.
    """
    if len(data) > MAX_PAYLOAD:
        raise LimitError("a record of {size} bytes is over {limit}", size=len(data), limit=MAX_PAYLOAD)
    record = _codec.decode(data)
    record.check()
    return record


def reread(data: bytes) -> Record:
    """A record from our own ledger: it was checked when it was filed, and is not held to its rules again.

    Raises MalformedError where the bytes are no record at all.
    """
    try:
        return _reader.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError("{what} cannot be read: {reason}", what="a record", reason=error) from None


def encode(record: Record) -> bytes:
    """The canonical bytes of a record; LimitError where they are over 60,000. Checks nothing else."""
    data = _codec.encode(record)
    if len(data) > MAX_PAYLOAD:
        raise LimitError("a record of {size} bytes is over {limit}", size=len(data), limit=MAX_PAYLOAD)
    return data


def from_plain(plain: object) -> Record:
    """A record from dicts, lists, strings and integers: what a form or a line of JSON gives.

    Raises RecordError, which says which field is wrong: this is for the record's author.
    """
    try:
        record: Record = msgspec.convert(plain, _ANY_KIND)
    except msgspec.ValidationError as error:
        raise RecordError("not a record: {reason}", reason=error) from None
    record.check()
    encode(record)
    return record


def from_json(data: bytes) -> Record:
    """A record from JSON in any layout: one line of a file, from its author. Raises RecordError, LimitError."""
    try:
        record = _reader.decode(data)
    except msgspec.ValidationError as error:
        raise RecordError("not a record: {reason}", reason=error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError("this is not JSON: {reason}", reason=error) from None
    record.check()
    if len(data) > MAX_PAYLOAD:
        encode(record)  # no canonical form is longer than the JSON that it was read from
    return record


def validated(record: Record) -> Record:
    """The record, after every check of :func:`decode`: for one that was built in Python."""
    return from_plain(msgspec.to_builtins(record))
