"""The two doors that need no account: a link that acknowledges, and a gateway's webhook.

**``/a/<token>``.** GET and HEAD change nothing, whoever opens the link; POST acknowledges,
once. There is no cookie, and so no CSRF token: what Django's token proves, that the request
comes from a page which knows a secret of this node, the token in the address proves itself,
and whoever has it may press the button anyway. Answers say ``no-referrer`` (the address is
a secret), ``noindex`` and ``no-store``. The page has its style inside, allowed by its hash, and
no picture: one round trip to see it, one to answer, on a line of 2G.

**``/sms/<secret>``.** What a gateway received, in the fields that the common ones use. The
answer tells nothing, to anyone.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from entente.errors import EntenteError
from entente_node.digits import whole
from entente_node.directory.here import node
from entente_node.directory.language import SPOKEN
from entente_node.directory.telling import clock
from entente_node.duty.models import Call
from entente_node.duty.rota import Rota
from entente_node.notifications import links, replies
from entente_node.notifications.links import Opened, Standing
from entente_node.notifications.models import Webhook
from entente_node.notifications.planning import Look
from entente_node.notifications.text import Setting, text_of

LONGEST_TOKEN: Final = 64
MOST_BYTES: Final = 16 * 1024
SECRET_BYTES: Final = 24
_SENDER: Final = (
    "from",
    "msisdn",
    "sender",
    "number",
    "phone",
    "phonenumber",
    "originator",
    "source",
    "mobile",
)
_TEXT: Final = ("text", "body", "message", "content", "msg", "sms")
_DEEPEST: Final = 3
STYLE: Final = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:30rem;"
    "color:#14212a;background:#fff;overflow-wrap:anywhere}"
    "button{font:inherit;font-weight:700;width:100%;min-height:4rem;border:0;border-radius:10px;"
    "background:#0d4a56;color:#fff}"
    "button:focus-visible{outline:3px solid #d97706;outline-offset:2px}"
    "@media(prefers-color-scheme:dark){body{color:#e8eef0;background:#0d1417}a{color:#7fd0e0}}"
)
"""All that the page needs of a style."""


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link, and what its one button does."""
    now = node().clock()
    if len(token) > LONGEST_TOKEN:
        return _page(None, "unknown", now)
    found = links.opened(token, now)
    if found is None:
        return _page(None, "unknown", now)
    if request.method != "POST" or found.standing != Standing.GOOD:
        return _page(found, _shown(found), now)
    try:
        pressed = links.press(token, now)
    except EntenteError:
        # Answered in the meantime in another way, or taken back: the page says which.
        pressed = links.opened(token, now)
        return _page(pressed, "answered", now)
    if pressed is None:
        return _page(None, "unknown", now)
    return _page(pressed, "done" if pressed.standing == Standing.GOOD else _shown(pressed), now)


def _shown(found: Opened) -> str:
    return {
        Standing.GOOD: "open",
        Standing.USED: "answered",
        Standing.EXPIRED: "expired",
        Standing.RELIEVED: "relieved",
    }[found.standing]


_STATUS: Final = {"open": 200, "done": 200, "unknown": 404}
"""Of every other page: 410."""


def _page(found: Opened | None, shows: str, now: datetime) -> HttpResponse:
    language = found.link.delivery.channel.language if found else translation.get_language() or "fr"
    with translation.override(language if language in SPOKEN else "fr"):
        context: dict[str, Any] = {"shows": shows, "style": STYLE, "language": translation.get_language()}
        if found is not None:
            context |= _told(found, shows, now)
        html = render_to_string("notifications/acknowledge.html", context)
    headers = {**_headers(), "Content-Language": language}
    return HttpResponse(html, status=_STATUS.get(shows, 410), headers=headers)


def _told(found: Opened, shows: str, now: datetime) -> dict[str, Any]:
    """What the message said, and no more; for a link that is over, its code alone."""
    here = node()
    look = Look.at(here, now)
    call, channel = found.call, found.link.delivery.channel
    said: dict[str, Any] = {"code": call.code, "function": Rota(here).name_of(call.service, call.function)}
    if shows == "open":
        setting = Setting(look.zone, now, sms=False)
        said["words"] = text_of(call, look.telling(channel, call), "", setting)
    elif shows == "done":
        said["at"] = clock(now, look.zone, now)
    elif shows == "answered":
        said |= _answered(call, look, now)
    return said


def _answered(call: Call, look: Look, now: datetime) -> dict[str, str]:
    """When our side answered, and by which function, if it was this that ended the call."""
    call.refresh_from_db()
    at = call.ended_at
    by = call.ended_by if call.ended_by.count("/") == 1 else ""
    service, _slash, function = by.partition("/")
    name = Rota(look.node).name_of(service, function) if by else ""
    return {"at": clock(at, look.zone, now) if at else "", "by": name}


@cache
def _headers() -> Mapping[str, str]:
    style = b64encode(sha256(STYLE.encode()).digest()).decode("ascii")
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style}'; img-src data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "private, no-store",
    }


@csrf_exempt
@require_POST
def sms(request: HttpRequest, secret: str) -> HttpResponse:
    """What a gateway received. A wrong secret is answered as any address that is not there: 404."""
    hook = webhook(secret)
    if hook is None:
        return HttpResponse(status=404, content_type="text/plain")
    length = whole(request.META.get("CONTENT_LENGTH") or "0")
    if length is None or length > MOST_BYTES:
        return HttpResponse(status=413, content_type="text/plain")
    try:
        sender, text = _fields(request)
    except (ValueError, UnreadablePostError, RecursionError):
        return HttpResponse(status=400, content_type="text/plain")
    Webhook.objects.filter(pk=hook.pk).update(used_at=node().clock())
    if sender and text:
        replies.take(sender, text, via=hook.label or "webhook")
    # Twilio and others would send a body back to the sender as a message.
    return HttpResponse(status=204)


def new_webhook(label: str) -> str:
    """A new secret for a gateway; only its hash is kept."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    Webhook.objects.create(hash=_hash(secret), label=label[:60], made_at=node().clock())
    return secret


def webhook(secret: str) -> Webhook | None:
    """The webhook of a secret. Compared as hashes, each of them whole: time tells nothing."""
    if len(secret) > LONGEST_TOKEN:
        return None
    wanted = _hash(secret)
    found = None
    for hook in Webhook.objects.all():
        if hmac.compare_digest(bytes(hook.hash), wanted):
            found = hook
    return found


def _hash(secret: str) -> bytes:
    return sha256(b"entente.webhook\n" + secret.encode("utf-8", "replace")).digest()


def _fields(request: HttpRequest) -> tuple[str, str]:
    """Sender and text, whatever the gateway calls them. Raises ValueError."""
    body = request.body
    if request.content_type == "application/json":
        values = _flat(json.loads(body))
    elif request.content_type == "multipart/form-data":
        values = _first_of(request.POST)
    else:
        values = _first_of(QueryDict(body, encoding="utf-8"))
    lower = {name.lower().replace("_", ""): value for name, value in reversed(values.items())}
    sender = next((lower[name] for name in _SENDER if lower.get(name)), "")
    text = next((lower[name] for name in _TEXT if lower.get(name)), "")
    return sender[:40], text[: replies.LONGEST]


def _first_of(values: QueryDict) -> dict[str, str]:
    return {name: str(values.get(name, "")) for name in values}


def _flat(value: object, depth: int = 0) -> dict[str, str]:
    """The strings of a JSON object, also of objects in it: some gateways wrap what they send."""
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  of what a stranger sent: no fault of the program
    found: dict[str, str] = {}
    for name, one in value.items():
        if isinstance(one, str | int) and not isinstance(one, bool):
            found.setdefault(str(name), str(one))
    for one in value.values():
        if isinstance(one, dict) and depth < _DEEPEST:
            found = _flat(one, depth + 1) | found
    return found
