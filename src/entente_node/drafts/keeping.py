"""What was typed when the session had ended is there again after signing in, for the same account alone.

Kept is only what carries a seal of this node (:mod:`entente_node.drafts.numbers`): it names the
account that the page was made for, whoever signs in on that device next, and the service and role
that it had: what was typed for another is not kept. Words wait here at most three days, in the
ledger's file, and go when they are filed or thrown away, and when the account gets another role,
service or password, or is locked: whoever has it then may be another person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.auth import get_user_model
from django.http import HttpRequest, QueryDict

from entente_node.drafts import numbers
from entente_node.drafts.models import LONGEST_PATH, Draft, Sending
from entente_node.drafts.numbers import KEPT, fields_of, opened

_LONGEST: Final = 200_000
"""Characters; far more than any form takes."""
_MOST: Final = 10
"""Forms of one account."""


def keep(request: HttpRequest, now: datetime) -> bool:
    """Keep what was typed, if the page was made for an account of this node; whether it is kept."""
    path = request.get_full_path()
    if request.method != "POST" or len(path) > LONGEST_PATH:
        return False
    sealed = opened(request.POST)
    body = fields_of(request.POST) if sealed else ""
    if sealed is None or not body or len(body) > _LONGEST:
        return False
    user = get_user_model().objects.filter(pk=sealed.account, is_active=True).first()
    if user is None or numbers.acts_for(user) != sealed.acts_for:
        return False
    forget(now)
    Draft.objects.update_or_create(account_id=sealed.account, path=path, defaults={"body": body, "at": now})
    mine = Draft.objects.filter(account_id=sealed.account)
    mine.exclude(pk__in=list(mine.order_by("-at", "-pk").values_list("pk", flat=True)[:_MOST])).delete()
    return True


def kept(account: int, path: str, now: datetime) -> QueryDict | None:
    """What the account had typed into the form that is sent there; None: nothing."""
    found = Draft.objects.filter(account_id=account, path=path, at__gte=now - KEPT).first()
    return QueryDict(found.body) if found else None


def forget(now: datetime) -> None:
    """Remove what waited for three days, and what was filed then."""
    Draft.objects.filter(at__lt=now - KEPT).delete()
    Sending.objects.filter(at__lt=now - KEPT).delete()


def throw_all_away(account: int) -> None:
    """Nothing that was typed waits for this account any more."""
    Draft.objects.filter(account_id=account).delete()


def throw_away(account: int, path: str) -> None:
    """It is not wanted any more."""
    Draft.objects.filter(account_id=account, path=path).delete()
