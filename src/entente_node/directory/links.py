"""One-time links that sign in: short-lived, used once, for one account.

A token names the account and its ``last_login``; using it moves ``last_login``, in one
conditional UPDATE, so of two uses at the same moment one wins. A new password, a later
sign-in by any way, or a locked account makes it worthless as well. Opening the link
changes nothing (previews of messengers do that): the page it opens has one button.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from entente_node.directory.models import User

DEFAULT_MINUTES: Final = 10
_SALT: Final = "entente.sign-in-link"


def sign_in_link(user: User, minutes: int = DEFAULT_MINUTES) -> str:
    """The path of a link that signs this account in once, within so many minutes: ``/sign-in/…``."""
    until = timezone.now() + timedelta(minutes=minutes)
    token = signing.dumps([user.pk, _mark(user), int(until.timestamp())], salt=_SALT)
    return reverse("sign-in-link", args=[token])


def holder(token: str) -> User | None:
    """The account that this token would sign in now; None if it is not, no longer, or not yet of use."""
    try:
        pk, mark, until = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if timezone.now().timestamp() > until:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user is not None and _mark(user) == mark else None


def redeem(token: str) -> User | None:
    """Use the token up: its account, to the one caller that was first."""
    user = holder(token)
    if user is None:
        return None
    now = _later_than(user.last_login)
    unused = User.objects.filter(
        pk=user.pk, is_active=True, password=user.password, last_login=user.last_login
    )
    if not unused.update(last_login=now):
        return None
    user.last_login = now
    return user


def _mark(user: User) -> str:
    seen = user.last_login.isoformat() if user.last_login else ""
    return sha256(f"{seen}\n{user.password}".encode()).hexdigest()[:16]


def _later_than(moment: datetime | None) -> datetime:
    # A clock that was set back must not bring an old mark to life again.
    now = timezone.now()
    return now if moment is None or now > moment else moment + timedelta(microseconds=1)
