"""Each page with a form gives it a number, sealed for its account: who sends it twice files once.

The seal is Django's signature with the node's own key, over account, number, service, role and
time. It says for whom a page was made, also when the session is over; it opens nothing, and signs nobody in.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.core import signing
from django.db import IntegrityError, transaction
from django.http import QueryDict

from entente_node.drafts.models import LONGEST_PATH, Draft, Sending

FIELD: Final = "number"
"""The hidden field of a form."""
KEPT: Final = timedelta(days=3)
"""How long a number is known and what was typed is kept; a page that is older is sent as if it were new."""
_SALT: Final = "entente.form"
_LOST: Final = timedelta(minutes=1)
"""A sending that has come to nothing by then was cut off."""
_ASIDE: Final = frozenset({FIELD, "csrfmiddlewaretoken"})


@dataclass(frozen=True)
class Sealed:
    """What a seal says."""

    account: int
    number: str
    acts_for: str
    """The service and role that the account had."""


def acts_for(user: Any) -> str:
    """What an account acts for: a page that was made for another is not its own any more."""
    return f"{user.service}/{user.role}"


def seal(user: Any) -> str:
    """A new number, for a form of an account."""
    return signing.dumps([user.pk, secrets.token_urlsafe(9), acts_for(user)], salt=_SALT)


def opened(sent: Mapping[str, str]) -> Sealed | None:
    """What the seal of a form says; None where it has none, an old one, or one that was made elsewhere."""
    try:
        account, number, of = signing.loads(sent.get(FIELD, ""), salt=_SALT, max_age=KEPT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Sealed(account, number, of)


def fields_of(sent: QueryDict) -> str:
    """What was typed, as a browser sends it, without what only carries it."""
    plain = QueryDict(mutable=True)
    for name, values in sent.lists():
        if name not in _ASIDE:
            plain.setlist(name, values)
    return plain.urlencode()


@dataclass(frozen=True)
class Once:
    """One sending of a form by an account, which files at most once."""

    account: int
    number: str
    digest: str
    now: datetime
    path: str
    before: Sending | None = None
    """What was sent before under the same number."""

    @property
    def is_again(self) -> bool:
        """Whether the very same was sent before."""
        return self.before is not None and self.before.digest == self.digest

    @property
    def is_changed(self) -> bool:
        """Whether something else was filed from this page before."""
        return self.before is not None and self.before.digest != self.digest

    def filed(self, location: str) -> None:
        """It was filed, and is there."""
        if self.number:
            Sending.objects.filter(pk=self.number).update(location=location[:LONGEST_PATH])
        Draft.objects.filter(account_id=self.account, path=self.path).delete()

    def refused(self) -> None:
        """It was not filed: the same number may be sent again."""
        if self.number:
            Sending.objects.filter(pk=self.number, location="").delete()


def claim(account: int, sent: QueryDict, path: str, now: datetime) -> Once:
    """Begin to file what was sent, once. Whoever calls this says afterwards what came of it.

    Two requests at the same moment: the table gives the number to one of them. A request that was
    cut off holds its number for a minute.
    """
    sealed = opened(sent)
    if sealed is None or sealed.account != account:
        return Once(account, "", "", now, path)
    digest = sha256(fields_of(sent).encode()).hexdigest()
    Sending.objects.filter(at__lt=now - KEPT).delete()
    Sending.objects.filter(pk=sealed.number, location="", at__lt=now - _LOST).delete()
    try:
        with transaction.atomic():
            Sending.objects.create(number=sealed.number, account_id=account, digest=digest, at=now)
    except IntegrityError:
        before = Sending.objects.filter(pk=sealed.number, account_id=account).first()
        return Once(account, "", digest, now, path, before)
    return Once(account, sealed.number, digest, now, path)
