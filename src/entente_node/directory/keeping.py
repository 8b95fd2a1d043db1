"""Making, changing and locking accounts: what the pages and the command both do.

Guaranteed: a node that has an administrator who can sign in keeps one; an account that gets
another role, service or password, or is locked, is signed out everywhere at once, and its keys
for programs end: unlocked, it has none. What waits for it that somebody had typed goes as well.
Each change is in the audit log with what was changed, never with a password.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from entente.agreements.document import Agreement
from entente.errors import EntenteError, StoreError
from entente.places import is_at_least_as_coarse
from entente_node.directory import attempts, auditing, keys, sessions
from entente_node.directory.here import node
from entente_node.directory.models import User
from entente_node.directory.roles import Role
from entente_node.drafts.keeping import throw_all_away

ENDING: Final = frozenset({"role", "service", "password"})
"""What of an account, when it is changed, ends its sessions and its keys for programs."""
CHANGED: Final = ("service", "function", "role", "duty", "areas", "language")
"""What of an account may be changed; its name stays: the log knows it by that."""


def held() -> tuple[Agreement, ...]:
    """The newest version of every agreement that this node holds, in force or not."""
    here = node()
    found: dict[str, Agreement] = {}
    for version in here.store.versions():
        try:
            agreement = here.register.signed(version).agreement
        except EntenteError:
            continue
        if agreement.id not in found or agreement.version > found[agreement.id].version:
            found[agreement.id] = agreement
    return tuple(found.values())


def services() -> dict[str, str]:
    """Our services that an agreement names, and the observers: what an account may act for."""
    ours = node().keys.party
    found: dict[str, str] = {}
    for agreement in held():
        party = agreement.party(ours)
        found |= {service.id: service.name for service in (party.services if party else ())}
        found |= {observer.id: observer.name for observer in agreement.observers}
    return found


def areas() -> dict[str, str]:
    """The districts and regions of the zones by code: what an account may look at first."""
    return {
        area.code: f"{area.name} ({area.code})"  # a region and its district often share a name
        for agreement in held()
        for area in agreement.zone.areas
        if is_at_least_as_coarse(area.level, "district")
    }


def make(name: str, *, password: str | None = None, by: User | None = None, **values: Any) -> User:
    """A new account. Raises StoreError."""
    user = User(name=name, **values)
    _secure(user, password)
    with transaction.atomic():
        user.save()
    auditing.write(by, "account.made", subject=user.name, **_told(user))
    return user


def change(user: User, *, by: User | None = None, password: str | None = None, **values: Any) -> list[str]:
    """Change an account; what was changed. Raises StoreError, also for the only administrator's role."""
    changed = [name for name, value in values.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, values[name])
    if password is not None:
        _secure(user, password)
        changed.append("password")
    else:
        _check(user)
    if not changed:
        return []
    with transaction.atomic():
        if "role" in changed and user.role != Role.ADMINISTRATOR:
            keep_one_administrator(user)
        # Only what was changed: somebody may be signing in, and a used link must stay used.
        user.save(update_fields=changed)
    ended: dict[str, str | int] = {}
    if ENDING & set(changed):
        sessions.end_all(user)
        throw_all_away(user.pk)
        ended = _end_keys(user)
    auditing.write(
        by, "account.changed", subject=user.name, changed=" ".join(changed), **_told(user), **ended
    )
    return changed


def lock(user: User, *, by: User | None = None) -> None:
    """Nobody signs in to it from now on, and whoever has is out. Raises StoreError."""
    with transaction.atomic():
        keep_one_administrator(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    sessions.end_all(user)
    throw_all_away(user.pk)
    auditing.write(by, "account.locked", subject=user.name, **_end_keys(user))


def unlock(user: User, *, by: User | None = None) -> None:
    """It signs in again; tries that were counted against its name are forgotten."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    attempts.forget_everywhere(user.name)
    auditing.write(by, "account.unlocked", subject=user.name)


def remove(user: User, *, by: User | None = None) -> None:
    """Remove an account with its factors and sessions. Raises StoreError."""
    with transaction.atomic():
        keep_one_administrator(user)
        sessions.end_all(user)
        name = user.name
        user.delete()
    auditing.write(by, "account.removed", subject=name)


def keep_one_administrator(leaving: User) -> None:
    """Raise StoreError if this one's leaving left the node without an administrator. In a transaction."""
    administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    names: Collection[int] = list(administrators.values_list("pk", flat=True))
    if leaving.pk in names and len(names) == 1:
        raise StoreError("{name} is the only administrator: make another first", name=leaving.name)


def _secure(user: User, password: str | None) -> None:
    try:
        if password is not None:
            validate_password(password, user)
            user.set_password(password)
        elif user.pk is None:
            user.set_unusable_password()
    except ValidationError as error:
        raise StoreError("the account cannot be made: {reason}", reason=" ".join(error.messages)) from None
    _check(user)


def _check(user: User) -> None:
    try:
        user.full_clean()
    except ValidationError as error:
        raise StoreError("the account cannot be made: {reason}", reason=" ".join(error.messages)) from None


def _end_keys(user: User) -> dict[str, str | int]:
    """End its keys; for the log, how many there were, if any."""
    ended = keys.revoke_all(user)
    return {"keys": ended} if ended else {}


def _told(user: User) -> dict[str, str | int]:
    told: dict[str, str | int] = {"to_service": user.service, "to_role": str(user.role)}
    if user.duty:
        told["duty"] = user.duty
    return told
