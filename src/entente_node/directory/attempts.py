"""How often somebody may try to sign in.

Counted before the password is looked at, in the transaction that adds the try: many
requests at once get no more tries than one after the other. A name is counted together
with the address it is tried from, so that a stranger elsewhere cannot lock an officer out
at night; one address alone, and one name from everywhere, have wider limits against
guessing across names or from many machines. One-time links are not counted: they cannot
be guessed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from entente_node.directory.models import Attempt

WINDOW: Final = timedelta(minutes=15)
PER_NAME_AND_ADDRESS: Final = 5
PER_ADDRESS: Final = 30
PER_NAME: Final = 100


def may_try(name: str, address: str) -> bool:
    """Count a try; whether it may go on to the password."""
    now, key = timezone.now(), _key(name)
    with transaction.atomic():
        Attempt.objects.filter(at__lt=now - WINDOW).delete()
        recent = Attempt.objects.all()
        here = recent.filter(address=address)
        if (
            here.filter(name=key).count() >= PER_NAME_AND_ADDRESS
            or here.count() >= PER_ADDRESS
            or recent.filter(name=key).count() >= PER_NAME
        ):
            return False
        Attempt.objects.create(name=key, address=address, at=now)
    return True


def forget(name: str, address: str) -> None:
    """The tries of a name that has just signed in from here."""
    Attempt.objects.filter(name=_key(name), address=address).delete()


def _key(name: str) -> str:
    typed = name.strip().casefold()[:200]
    return salted_hmac("entente.attempt", typed, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
