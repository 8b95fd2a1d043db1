"""How long somebody stays signed in, on which devices, and how that ends.

A session ends after twelve hours without a person using it; a page that asks by itself whether
something is new does not count. A **duty phone** stays signed in for 30 days, so that nobody
types a code at two in the morning: only for accounts with a duty function, only on the device
that said so, whose cookie it is. No session is older than 30 days. Every session can be ended at
once by its account, by a coordinator of the same service, and by an administrator; a new
password, role or service ends all of an account (:meth:`User.get_session_auth_hash`), and so
does locking it.

Times are those of this machine's clock. Where it stood ahead and was put right, what was noted
then lies in the future: it is read as now, so that nobody is signed out by that, and nobody
stays signed in until that future comes.

allauth's ``UserSession`` is the list; Django's session, in the database, is what counts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from entente_node.directory.models import User

LONGEST: Final = timedelta(days=30)
"""Of any session; a duty phone has it without idling counting."""
_MARGIN: Final = timedelta(days=1)
_NOTED_EVERY: Final = 300.0
"""Seconds between writings of "last used": a page is read far more often."""
_BEGAN, _SEEN, HELD = "entente.began", "entente.seen", "entente.held"
_DUTY: Final = "duty"
_log = logging.getLogger(__name__)
_OPEN_WHILE_HELD: Final = ("/account/", "/sign-in", "/sign-out", "/language", "/static/")

BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("KaiOS", "KaiOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Signed:
    """One session as people see it."""

    pk: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    duty: bool
    here: bool


def begin(request: HttpRequest, *, held: bool) -> None:
    """Somebody has just signed in. ``held``: nothing but setting up a second factor until that is done."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    bound()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    now = time.time()
    request.session[_BEGAN] = request.session[_SEEN] = now
    if held:
        request.session[HELD] = True
    if request.POST.get("duty_phone") and not held:
        keep(request)


def bound() -> int:
    """Sessions that would last longer than any may, written by a clock that stood ahead, last from now."""
    now = timezone.now()
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return Session.objects.filter(expire_date__gt=now + LONGEST + _MARGIN).update(expire_date=now + idle)


def release(request: HttpRequest) -> None:
    """The second factor is set up."""
    request.session.pop(HELD, None)


def keep(request: HttpRequest) -> bool:
    """Make this device a duty phone, until 30 days after it signed in; False for who has no duty."""
    user = request.user
    if not isinstance(user, User) or not user.duty:
        return False
    began = datetime.fromtimestamp(request.session.get(_BEGAN, time.time()), UTC)
    request.session.set_expiry(began + LONGEST)
    UserSession.objects.filter(session_key=request.session.session_key).update(data={_DUTY: True})
    return True


def let_go(request: HttpRequest) -> None:
    """This device is a duty phone no more."""
    request.session.set_expiry(None)
    UserSession.objects.filter(session_key=request.session.session_key).update(data={})


def of(user: User, request: HttpRequest | None = None) -> list[Signed]:
    """The sessions of an account, the last used first."""
    here = request.session.session_key if request else None
    found = sorted(UserSession.objects.purge_and_list(user), key=lambda one: one.last_seen_at, reverse=True)
    return [
        Signed(
            pk=one.pk,
            device=device_name(one.user_agent),
            address=one.ip,
            began_at=one.created_at,
            seen_at=one.last_seen_at,
            duty=bool(one.data.get(_DUTY)),
            here=one.session_key == here,
        )
        for one in found
    ]


def counts() -> dict[int, int]:
    """How many sessions each account has that have not expired, by its key."""
    good = Session.objects.filter(expire_date__gte=timezone.now()).values("session_key")
    found = UserSession.objects.filter(session_key__in=good).values_list("user_id")
    return dict(found.annotate(Count("pk")))


def end(user: User, pk: int) -> bool:
    """End one session of an account; False where it has no such session."""
    found = UserSession.objects.filter(user_id=user.pk, pk=pk).first()
    if found is None:
        return False
    found.end()
    return True


def end_all(user: User, *, but: str | None = None) -> int:
    """End every session of an account, but for the one with this key; how many there were."""
    found = list(UserSession.objects.filter(user_id=user.pk).exclude(session_key=but or ""))
    for one in found:
        one.end()
    return len(found)


def follow(request: HttpRequest, before: str | None) -> None:
    """The key of this session was changed: the list follows."""
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def sign_out(request: HttpRequest) -> None:
    """End the session of this request."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)


def device_name(agent: str) -> str:
    """What a browser says that it is, in a few words that people recognise."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part) or agent[:40] or "?"


def is_person(request: HttpRequest) -> bool:
    """Whether a person asks, and not a page's own clock (:mod:`entente_node.directory.live`)."""
    return "If-None-Match" not in request.headers and "X-Fragment" not in request.headers


class Sessions:
    """Ends what is too old, notes what is used, and holds who has a second factor to set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the layers below, or the way to setting up."""
        return self._before(request) or self.get_response(request)

    def _before(self, request: HttpRequest) -> HttpResponse | None:
        # Without a cookie nothing is looked up: a pouch, a style, a page before signing in.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return None
        if not isinstance(request.user, User):
            return None
        now = time.time()
        began = request.session.setdefault(_BEGAN, now)
        if began > now + _NOTED_EVERY:
            began = request.session[_BEGAN] = now
        if now - began > LONGEST.total_seconds():
            sign_out(request)
            return None
        if abs(now - request.session.get(_SEEN, 0.0)) > _NOTED_EVERY and is_person(request):
            _note_use(request, now)
        if request.session.get(HELD) and not request.path.startswith(_OPEN_WHILE_HELD):
            return HttpResponseRedirect(reverse("second-factor"))
        return None


def _note_use(request: HttpRequest, now: float) -> None:
    """Written anew, a session lasts from now; a ledger that cannot be written stops nobody from reading."""
    try:
        UserSession.objects.create_from_request(request)
    except DatabaseError:
        _log.exception("the use of a session could not be noted")
    else:
        request.session[_SEEN] = now
