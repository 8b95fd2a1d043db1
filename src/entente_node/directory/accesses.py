"""The line that every guarded view writes into the log: who, which page, about what, what was shown.

What was shown is read from the answer itself, so it is told whatever a view did: the codes of
the records that stand in it. A page that polls and is told that nothing has changed is written
once an hour for each account, page and subject.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from http import HTTPStatus
from threading import Lock
from typing import Final

from django.db import DatabaseError
from django.http import HttpRequest

from entente.errors import RecordError
from entente.records.codes import check_code
from entente_node.directory import auditing
from entente_node.directory.here import node

MOST_CODES: Final = 100
"""Codes that one line names; of a longer list it says how many there were."""
TOLD: Final = frozenset(
    {"kind", "side", "state", "page", "purpose", "severity", "tlp", "area", "since", "until", "week"}
    | {"party", "service", "post", "deed", "account", "format"}
)
"""Filters whose value is written down; of what people typed only that they did."""
_VALUE: Final = re.compile(r"[\w:.,-]{0,40}\Z")
_CODE: Final = re.compile(rb"\b[A-Z]{2,5}-[0-9A-HJKMNP-TV-Z]{5}\b")
_REMEMBERED: Final = 10_000

_log = logging.getLogger(__name__)
_lock = Lock()
_polled: OrderedDict[tuple[str, str, str], str] = OrderedDict()


def note(viewer: auditing.HasUser, request: HttpRequest, status: int, shown: bytes, key: str) -> None:
    """Write the line. A log that cannot be written stops nobody from reading an alert: it says so aloud."""
    match = request.resolver_match
    route = (match.view_name if match else "") or ""
    subject = _subject(match.kwargs if match else {})
    if status == HTTPStatus.NOT_MODIFIED and _was_told(viewer.user.name, route, subject):
        return
    # The log would repeat itself: who reads it is in it, not what it said.
    found = () if route == "audit" else _CODE.findall(shown)
    codes = list(dict.fromkeys(code.decode() for code in found))
    detail: dict[str, str | int] = {"route": route, "method": request.method or "", "status": status}
    more: dict[str, str | int] = {
        "query": _query(request),
        "codes": " ".join(codes[:MOST_CODES]),
        "count": len(codes) if len(codes) > MOST_CODES else 0,
        "key": key,
    }
    detail |= {name: value for name, value in more.items() if value}
    try:
        auditing.write(viewer, _deed(request.method or "", status), subject, **detail)
    except DatabaseError:
        _log.exception("the access of %s to %s could not be written into the log", viewer.user.name, route)


def _deed(method: str, status: int) -> str:
    if status >= HTTPStatus.BAD_REQUEST:
        return "refused" if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND} else "failed"
    return "saw" if method in {"GET", "HEAD"} else "did"


def _subject(kwargs: dict[str, object]) -> str:
    """The code in the address; of what is none, the part of the address, if it is one of ours."""
    code = str(kwargs.get("code", ""))
    if not code:
        return str(kwargs.get("kind") or kwargs.get("agreement") or "")[:64]
    try:
        return check_code(code)
    except RecordError:
        return ""


def _query(request: HttpRequest) -> str:
    told = (
        f"{name}={value if name in TOLD and _VALUE.match(value) else '*'}"
        for name, value in sorted((name, str(value)) for name, value in request.GET.items())
        if value and re.match(r"[a-z_]{1,20}\Z", name)
    )
    return "&".join(told)[:300]


def _was_told(account: str, route: str, subject: str) -> bool:
    hour = node().clock().isoformat()[:13]
    with _lock:
        told = _polled.get((account, route, subject)) == hour
        _polled[account, route, subject] = hour
        _polled.move_to_end((account, route, subject))
        if len(_polled) > _REMEMBERED:
            _polled.popitem(last=False)
    return told
