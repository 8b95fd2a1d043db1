"""How often somebody may try to sign in: by a password, a code, a passkey or a link.

Counted in the database before the secret is looked at, in the transaction that adds the try:
many requests at once get no more tries than one after the other, and a restart forgets none.
A name is counted together with the address it is tried from, so that a stranger elsewhere
cannot lock an officer out at night; one address alone, and one name from everywhere, have
wider limits against guessing across names or from many machines. Codes of six digits have a
narrow one for a whole day.

Whoever has signed in once in a browser is no stranger there: a signed cookie says so, and its
tries are counted apart. Strangers who use up the wide limits, from the same office or from
everywhere, do not stop the officer at his own device; the cookie opens nothing by itself.

A try of a moment that is yet to come was written by a clock that stood ahead: it counts for
nothing, or a clock put right would lock everybody out until then.
"""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from entente_node.directory.models import Attempt, User

WINDOW: Final = timedelta(minutes=15)
DAY: Final = timedelta(days=1)
PER_NAME_AND_ADDRESS: Final = 5
PER_ADDRESS: Final = 30
PER_NAME: Final = 100
CODES_PER_NAME: Final = 50
"""Codes in a day from strangers' devices, or from one that is known: three in a million are right at any moment."""

COOKIE: Final = f"{settings.SESSION_COOKIE_NAME}-device"
_SALT: Final = "entente.device"
_DEVICE: Final = "device:"
_KNOWN: Final = 8
"""Names that one browser is remembered for, the last ones: a computer that many share."""
_YEAR: Final = 365 * 24 * 3600


class Kind(StrEnum):
    """What is tried."""

    PASSWORD = "password"  # noqa: S105  a word, no secret
    CODE = "code"
    PASSKEY = "passkey"
    LINK = "link"


NAMELESS: Final = frozenset({Kind.PASSKEY, Kind.LINK})
"""Nothing is guessed there, and no name is known: counted for themselves, against keeping a node busy."""


def may_try(name: str, address: str, *, kind: Kind = Kind.PASSWORD, device: str = "") -> bool:
    """Count a try; whether it may go on to the secret. ``device`` is what :func:`device_of` gave."""
    now, key = timezone.now(), mark(name, kind)
    with transaction.atomic():
        Attempt.objects.exclude(at__range=(now - DAY, now + DAY)).delete()
        recent = Attempt.objects.filter(at__range=(now - WINDOW, now + WINDOW))
        place = f"{_DEVICE}{device}" if device else _network(address)
        if name and recent.filter(name=key, address=place).count() >= PER_NAME_AND_ADDRESS:
            return False
        if device and not _device_may(key, place, kind, now):
            return False
        if not device and not _stranger_may(key, place, kind, now):
            return False
        Attempt.objects.create(name=key, address=place, at=now)
    return True


def _device_may(key: str, place: str, kind: Kind, now: datetime) -> bool:
    """A device where the account has signed in may be shared with whoever guesses there all day."""
    tries = Attempt.objects.filter(name=key, address=place)
    if kind in NAMELESS:
        return tries.filter(at__range=(now - WINDOW, now + WINDOW)).count() < PER_ADDRESS
    return kind is not Kind.CODE or tries.count() < CODES_PER_NAME


def _stranger_may(key: str, place: str, kind: Kind, now: datetime) -> bool:
    strangers = Attempt.objects.exclude(address__startswith=_DEVICE)
    recent = strangers.filter(at__range=(now - WINDOW, now + WINDOW))
    if kind in NAMELESS:
        return recent.filter(name=key, address=place).count() < PER_ADDRESS
    return not (
        recent.filter(address=place).exclude(name__in=[mark("", one) for one in NAMELESS]).count()
        >= PER_ADDRESS
        or recent.filter(name=key).count() >= PER_NAME
        or (kind is Kind.CODE and strangers.filter(name=key).count() >= CODES_PER_NAME)
    )


def forget(name: str, address: str, *, kind: Kind = Kind.PASSWORD, device: str = "") -> None:
    """The tries of a name that has just signed in from here."""
    place = f"{_DEVICE}{device}" if device else _network(address)
    Attempt.objects.filter(name=mark(name, kind), address=place).delete()


def forget_everywhere(name: str) -> None:
    """The tries of a name of every kind and from everywhere: somebody who may has said so."""
    Attempt.objects.filter(name__in=[mark(name, kind) for kind in Kind]).delete()


def mark(name: str, kind: Kind = Kind.PASSWORD) -> str:
    """A name as tries and the audit log keep it: a keyed hash, because people type passwords there."""
    typed = name.strip().casefold()[:200]
    salt = f"entente.attempt.{kind}"
    return salted_hmac(salt, typed, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()


def device_of(request: HttpRequest, name: str) -> str:
    """What this browser is counted as, if this name has signed in in it before, or for none any; else empty."""
    device, names = _cookie(request)
    return device if not name or mark(name)[:16] in names else ""


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """From now on this account is no stranger in this browser."""
    device, names = _cookie(request)
    here = mark(user.name)[:16]
    kept = [here, *(name for name in names if name != here)][:_KNOWN]
    response.set_cookie(
        COOKIE,
        signing.dumps([device or secrets.token_hex(16), kept], salt=_SALT),
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _cookie(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        device, names = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(names)


def _network(address: str) -> str:
    """An address as it is counted: one machine has a whole /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, 64), strict=False).network_address)
    return str(found)
