"""Adding a picture to a record, confirming it, taking it back before it left: what the desk and the command share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from msgspec.structs import replace

from entente.errors import RecordError
from entente.node import Node
from entente.records import Attachment, decode, validated
from entente.records.attachment import split
from entente.records.times import instant
from entente_node.attachments.reading import MOST
from entente_node.attachments.reducing import LARGEST, MEDIA_TYPE, Picture
from entente_node.ledger.models import Record

PART: Final = 16_000
"""Bytes of one part: on 30 kbit/s each takes some five seconds, and a line that breaks loses one."""


def add(
    node: Node, code: str, picture: Picture, *, service: str, caption: str = "", confirmed: bool = False
) -> list[int]:
    """File the parts of a picture of the record: with its purpose and its marking. Gives their numbers.

    Raises EntenteError: nothing was filed.
    """
    shown = node.show(code)
    if shown is None:
        raise RecordError("there is no record {code} here", code=code)
    target = decode(shown.body)
    if shown.withdrawn_at is not None or not target.code:
        raise RecordError("{code} was withdrawn: nothing can be added to it", code=code)
    parts = split(
        picture.data,
        PART,
        at=instant(node.clock()),
        service=service,
        purpose=target.purpose,
        tlp=target.tlp,
        about=target.code,
        media_type=MEDIA_TYPE,
        width=picture.width,
        height=picture.height,
        caption=" ".join(caption.split()) or None,
    )
    # The words stand once: in the part that comes first.
    checked = [validated(part if part.part == 1 else replace(part, caption=None)) for part in parts]
    with node.store.transaction():
        _refuse_another(node, target.code, parts[0].sha256)
        return [filing.id for filing in node.file(checked, confirmed=confirmed)]


def confirm(node: Node, rows: Sequence[Record]) -> None:
    """Somebody has looked at our picture: it names no person and may leave; while its record waits, it waits too."""
    with node.store.transaction():
        for row in rows:
            node.store.confirm(row.pk)


def take_back(rows: Sequence[Record]) -> None:
    """Remove our picture from this node, as long as nobody has confirmed it. Raises RecordError.

    What is not confirmed cannot leave, so no release that runs meanwhile is taking it along.
    """
    ours = Record.objects.filter(pk__in=[row.pk for row in rows], local=True)
    with transaction.atomic():
        if ours.filter(confirmed=True).exists():
            raise RecordError("this picture was confirmed: it is taken back with the record that it shows")
        ours.delete()


def _refuse_another(node: Node, code: str, name: str) -> None:
    """A picture is confirmed by its name: other words under the same name would be confirmed and not have been seen."""
    there = {
        part.sha256
        for one in node.store.pictures_of(code)
        if isinstance(part := decode(one.body), Attachment)
    }
    if name in there:
        raise RecordError("this picture of {code} is there already", code=code)
    if len(there) >= MOST:
        raise too_many(MOST)


def too_many(most: int) -> RecordError:
    """A record has as many pictures of ours as it takes."""
    return RecordError("a record takes at most {count} pictures of each side", count=most)


def nothing_sent() -> RecordError:
    """No file came with the form, or one that was not read."""
    return RecordError("choose a picture of at most {count} megabytes", count=LARGEST >> 20)
