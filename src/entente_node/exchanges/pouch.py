"""``POST /pouch``: where partners deliver (PROTOCOL.md section 8).

Whatever is wrong with a pouch, the answer is one constant 400: a stranger learns nothing,
and nothing is kept. The length is checked before a byte is read. No session, no cookie, no
language; the pouch proves itself.
"""

from __future__ import annotations

import logging
from typing import Final

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from entente.errors import EntenteError, StoreError
from entente_node.digits import whole
from entente_node.directory.here import node
from entente_node.exchanges.gate import patience, slots

MEDIA_TYPE: Final = "application/vnd.entente.pouch"
MOST_BYTES: Final = 16 * 1024 * 1024
_SOON: Final = 5

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def pouch(request: HttpRequest) -> HttpResponse:
    """Read a pouch, reply with one if it wants an answer."""
    address = request.META.get("REMOTE_ADDR", "")
    seconds = patience.wait(address)
    if seconds:
        return _later(429, seconds)
    length = _length(request)
    if length is None or request.content_type != MEDIA_TYPE:
        return _refuse(address)
    if length > MOST_BYTES:
        patience.refused(address)
        return HttpResponse(status=413, content_type="text/plain")
    # The slot is taken before the body is read, so at most AT_ONCE bodies are in memory.
    if not slots.acquire(blocking=False):
        return _later(503, _SOON)
    try:
        return _answer(request.read(length), length, address)
    except UnreadablePostError:
        # The line broke while it was read: nobody is there to be answered.
        return HttpResponse(status=400, content_type="text/plain")
    finally:
        slots.release()


def _answer(sealed: bytes, length: int, address: str) -> HttpResponse:
    if len(sealed) != length:
        return _refuse(address)
    try:
        read = node().read_pouch(sealed)
        # Whoever asks for an answer gets one, even when there is nothing to say: that is how it knows.
        reply = (
            node().write_pouch(read.envelope.agreement, read.envelope.sender, poll=True)
            if read.answer
            else None
        )
    except (StoreError, OperationalError):
        # Our own ledger is busy, not the pouch bad: it is welcome in a moment.
        return _later(503, _SOON)
    except EntenteError as error:
        logger.info("a pouch from %s was refused: %s", address, type(error).__name__)
        return _refuse(address)
    if reply is None:
        return HttpResponse(status=204)
    # Said to be as it is: sealed bytes are not compressed once more on the way.
    return HttpResponse(reply.pouch, content_type=MEDIA_TYPE, headers={"Content-Encoding": "identity"})


def _length(request: HttpRequest) -> int | None:
    return whole(request.META.get("CONTENT_LENGTH") or "") or None


def _refuse(address: str) -> HttpResponse:
    patience.refused(address)
    return HttpResponse(status=400, content_type="text/plain")


def _later(status: int, seconds: int) -> HttpResponse:
    return HttpResponse(status=status, content_type="text/plain", headers={"Retry-After": str(seconds)})
