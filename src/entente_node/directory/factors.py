"""The second step: who must have one, which ones an account has, and whether a code is right.

allauth makes and keeps the factors (time-based codes, recovery codes, passkeys); two things are
ours. A code is accepted once: the step of time that was used is kept with the factor, and only
later steps are accepted, in the transaction that looks (allauth remembers a used code for
30 seconds in memory, while with one step of tolerance it is right for 90 and a restart
forgets). And a role that weighs cannot be without: see :func:`is_required`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import qrcode
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.db.models import Count

from entente_node.directory.models import User
from entente_node.directory.roles import Role

WEIGHING: Final = frozenset({Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR})
"""Roles that must have a second factor where ``second_factor`` is "roles": they release, answer, or make accounts."""
TOTP: Final[str] = Authenticator.Type.TOTP.value
PASSKEY: Final[str] = Authenticator.Type.WEBAUTHN.value
CODES: Final[str] = Authenticator.Type.RECOVERY_CODES.value
_LONGEST_CODE: Final = 20
_USED: Final = "used"
_STEPS_OF_A_DAY: Final = 2_880
"""Of 30 seconds each."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor as its account sees it."""

    pk: int
    type: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    alone: bool
    """A passkey that signs in without a password."""


def is_required(user: User) -> bool:
    """Whether this account must have a second factor."""
    match settings.SECOND_FACTOR:
        case "all":
            return True
        case "none":
            return False
        case _:
            return Role(user.role) in WEIGHING


def has_one(user: User) -> bool:
    """Whether this account has a second factor; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=(TOTP, PASSKEY)).exists())


def of(user: User) -> list[Factor]:
    """Its factors, oldest first, without the recovery codes."""
    found = Authenticator.objects.filter(user_id=user.pk, type__in=(TOTP, PASSKEY)).order_by("pk")
    return [
        Factor(
            pk=one.pk,
            type=one.type,
            name=one.data.get("name", ""),
            created_at=one.created_at,
            last_used_at=one.last_used_at,
            alone=one.type == PASSKEY and bool(one.wrap().is_passwordless),
        )
        for one in found
    ]


def counts() -> dict[int, int]:
    """How many second factors each account has, by its key."""
    found = Authenticator.objects.filter(type__in=(TOTP, PASSKEY)).values_list("user_id")
    return dict(found.annotate(Count("pk")))


def codes_left(user: User) -> int | None:
    """How many recovery codes are unused; None where there are none at all."""
    found = Authenticator.objects.filter(user_id=user.pk, type=CODES).first()
    return None if found is None else len(found.wrap().get_unused_codes())


def can_remove(user: User) -> bool:
    """Whether it may go without one of its factors."""
    return not is_required(user) or len(of(user)) > 1


def check_code(user: User, typed: str) -> Any:
    """The factor whose code this is, used up in the same moment; None where it is none, or was used."""
    code = "".join(typed.split())
    if not code or len(code) > _LONGEST_CODE:
        return None
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk, type__in=(TOTP, CODES))
        for row in rows.order_by("-type"):
            if row.type == TOTP:
                step = step_of(decrypt(row.data["secret"]), code)
                if step is not None and _is_unused(step, row.data.get(_USED, 0)):
                    mark_used(row, step)
                    return row
            elif row.wrap().validate_code(code):
                row.refresh_from_db()
                return row
    return None


def step_of(secret: str, code: str) -> int | None:
    """The step of time, of those near now, whose code this is."""
    found = None
    for step in yield_hotp_counters_from_time():
        # Every step is compared, whichever was right.
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            found = step
    return found


def _is_unused(step: int, used: int) -> bool:
    """Whether codes of this step were not accepted before.

    A step that was used more than a day from now was used while the clock stood ahead: were that
    remembered, no code would be right until then.
    """
    return step > used or used - step > _STEPS_OF_A_DAY


def mark_used(row: Any, step: int) -> None:
    """Codes up to this step of time are accepted no more."""
    row.data[_USED] = step
    row.save(update_fields=["data"])


def drawn(text: str) -> tuple[int, str]:
    """A text as a QR code: how many modules wide, and the path of an SVG that draws the dark ones."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    )
    return len(rows), path
