"""One-time links that sign in: short-lived, used once, for one account.

A token names the account and its ``last_login``; using it moves ``last_login``, in one
conditional UPDATE, so of two uses at the same moment one wins. A new password, a later
sign-in by any way, or a locked account makes it worthless as well. Opening the link
changes nothing (previews of messengers do that): the page it opens has one button.

A link of the command is strong: who made it commands the node's own machine, and it signs in
without a second step. One that an administrator makes at the desk replaces the password only:
administrators see no record, and must not by signing in as somebody else who has a second factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from entente_node.directory.models import User

DEFAULT_MINUTES: Final = 10
_DAY: Final = 86_400
"""Seconds that a clock may be set back without making a link worthless."""
_SALT: Final = "entente.sign-in-link"


@dataclass(frozen=True, slots=True)
class Pass:
    """Whom a token signs in, and whether it stands for both steps."""

    user: User
    strong: bool


def sign_in_link(user: User, minutes: int = DEFAULT_MINUTES, *, strong: bool = True) -> str:
    """The path of a link that signs this account in once, within so many minutes: ``/sign-in/…``."""
    made = int(timezone.now().timestamp())
    token = signing.dumps([user.pk, _mark(user), made, made + 60 * minutes, strong], salt=_SALT)
    return reverse("sign-in-link", args=[token])


def holder(token: str) -> Pass | None:
    """Whom this token would sign in now; None if it is not, no longer, or not yet of use."""
    try:
        pk, mark, made, until, strong = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    # One that was made by a clock that stood ahead would be good until that clock's time comes.
    if not made - _DAY <= timezone.now().timestamp() <= until:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return Pass(user, strong is True) if user is not None and _mark(user) == mark else None


def redeem(token: str) -> Pass | None:
    """Use the token up: whom it signs in, to the one caller that was first."""
    found = holder(token)
    if found is None:
        return None
    user = found.user
    now = _later_than(user.last_login)
    unused = User.objects.filter(
        pk=user.pk, is_active=True, password=user.password, last_login=user.last_login
    )
    if not unused.update(last_login=now):
        return None
    user.last_login = now
    return found


def _mark(user: User) -> str:
    seen = user.last_login.isoformat() if user.last_login else ""
    return sha256(f"{seen}\n{user.password}".encode()).hexdigest()[:16]


def _later_than(moment: datetime | None) -> datetime:
    # A clock that was set back must not bring an old mark to life again.
    now = timezone.now()
    return now if moment is None or now > moment else moment + timedelta(microseconds=1)
