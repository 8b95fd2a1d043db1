"""Keys for programs: a calendar that reads a feed, a spreadsheet that reads the interface.

A key reads what its account may see, through the same wall; it signs nobody in, changes
nothing, and opens one use. Only its hash is kept: the text is shown once, when it is made.
It has 256 random bits, so a plain hash is enough and guessing is not a way in.

What ends every session of an account ends its keys: another role or service, a lock, a password
that the machine sets (:mod:`entente_node.directory.keeping`). Who changes the password himself is
asked which keys go on, and none does that he does not name: whoever stole a password may have
made one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal, get_args

from django.db import models
from django.utils import timezone

from entente_node.directory.models import AccessKey, User

Use = Literal["api", "calendar"]
USES: Final[tuple[Use, ...]] = get_args(Use)
MOST: Final = 20
"""Keys of one account that are good at a time."""
_SEEN_ANEW: Final = timedelta(hours=1)


class TooManyKeysError(Exception):
    """The account has as many keys as one may have: it revokes one first."""


def make(user: User, use: Use, label: str) -> str:
    """A new key: its text, which is shown once and kept by nobody here. Raises TooManyKeysError."""
    if keys_of(user).count() >= MOST:
        raise TooManyKeysError
    token = f"entente-{use}-{secrets.token_urlsafe(32)}"
    AccessKey.objects.create(
        user=user, use=use, hash=_hash(token), label=label[:60], created_at=timezone.now()
    )
    return token


def holder(token: str, use: Use) -> User | None:
    """The account that this key reads for; None if it is not, no longer, or for another use."""
    found = (
        AccessKey.objects.select_related("user")
        .filter(hash=_hash(token), use=use, revoked_at=None, user__is_active=True)
        .first()
    )
    if found is None:
        return None
    now = timezone.now()
    if found.used_at is None or now - found.used_at > _SEEN_ANEW:
        AccessKey.objects.filter(pk=found.pk).update(used_at=now)
    return found.user


def keys_of(user: User) -> models.QuerySet[AccessKey]:
    """The keys of an account that are good, newest first."""
    return AccessKey.objects.filter(user=user, revoked_at=None).order_by("-created_at", "-pk")


def revoke(user: User, pk: int) -> bool:
    """End a key of the account; whether there was one."""
    return bool(keys_of(user).filter(pk=pk).update(revoked_at=timezone.now()))


def revoke_all(user: User, *, but: Collection[int] = ()) -> int:
    """End every key of the account, but for those that are named; how many there were."""
    return keys_of(user).exclude(pk__in=but).update(revoked_at=timezone.now())


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
