"""The accounts of this node: the pages of its administrator; and for a coordinator, sessions and keys of its service.

An administrator sees no record. So a link that is made here replaces a password and never a
second step: nobody becomes somebody else by it. Who made it, and for whom, is in the audit log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from entente.errors import StoreError
from entente_node.digits import whole
from entente_node.directory import auditing, factors, keeping, keys, links, sessions, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.language import SPOKEN
from entente_node.directory.models import User
from entente_node.directory.own_account import confirmed
from entente_node.directory.roles import RIGHTS, May, Role
from entente_node.speech import say

_READS: Final = ["GET", "HEAD", "POST"]
LINK_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One account in the list."""

    user: User
    role: object
    service: str
    factors: int
    wants_factor: bool
    open_sessions: int


@dataclass
class Filled:
    """The form of an account, as it was opened or typed."""

    name: str = ""
    service: str = ""
    function: str = ""
    role: str = Role.OFFICER
    duty: str = ""
    areas: list[str] = field(default_factory=list)
    language: str = "fr"

    @classmethod
    def of(cls, user: User) -> Filled:
        """What an account is now."""
        return cls(
            user.name, user.service, user.function, user.role, user.duty, list(user.areas), user.language
        )

    @classmethod
    def typed(cls, form: QueryDict, user: User | None = None) -> Filled:
        """What was sent; only what the lists offer is taken, or what the account has already."""
        role, service = form.get("role", ""), form.get("service", "")
        known = {**keeping.services(), **({user.service: ""} if user else {})}
        if role not in list(Role) or service not in known:
            raise PermissionDenied
        offered = {**keeping.areas(), **(dict.fromkeys(user.areas, "") if user else {})}
        return cls(
            name=form.get("name", "").strip()[:40],
            service=service,
            function=form.get("function", "").strip()[:120],
            role=role,
            duty=form.get("duty", "").strip()[:64],
            areas=[code for code in form.getlist("areas") if code in offered],
            language=form.get("language", "") if form.get("language") in SPOKEN else "fr",
        )

    def values(self) -> dict[str, Any]:
        """What is kept, but for the name."""
        return {name: getattr(self, name) for name in keeping.CHANGED}


@for_viewer
def accounts(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The accounts that this one has to do with."""
    shown = _shown(viewer)
    context = {
        "page": "accounts",
        "rows": _rows(shown.order_by("service", "name"), viewer),
        "may_change": viewer.may(May.ACCOUNTS),
    }
    return render(request, "directory/accounts.html", context)


@require_http_methods(_READS)
@for_viewer(May.ACCOUNTS)
def new_account(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Make an account; it signs in by the link that its page then makes."""
    filled, error = Filled(), ""
    if request.method == "POST":
        filled = Filled.typed(request.POST)
        try:
            user = keeping.make(filled.name, by=viewer.user, **filled.values())
        except StoreError as refused:
            error = _said(refused)
        else:
            messages.success(request, _("The account is made. Make a link for its first sign-in."))
            return redirect("one-account", user.name)
    return _form(request, filled, error)


@require_http_methods(_READS)
@for_viewer
def one_account(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """One account: what it is, and where it is signed in."""
    user = _find(viewer, name)
    return _one(request, viewer, user)


@require_http_methods(_READS)
@for_viewer(May.ACCOUNTS)
def change_account(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """Change what an account is; with another role or service it is signed out everywhere."""
    user = _find(viewer, name)
    filled, error = Filled.of(user), ""
    if request.method == "POST":
        filled = Filled.typed(request.POST, user)
        try:
            changed = keeping.change(user, by=viewer.user, **filled.values())
        except StoreError as refused:
            error = _said(refused)
        else:
            messages.success(request, _("Changed.") if changed else _("Nothing was changed."))
            return redirect("one-account", name)
    return _form(request, filled, error, user)


@require_POST
@for_viewer(May.ACCOUNTS)
def lock_account(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """Lock or unlock."""
    user = _find(viewer, name)
    try:
        if user.is_active:
            keeping.lock(user, by=viewer.user)
        else:
            keeping.unlock(user, by=viewer.user)
    except StoreError as refused:
        messages.error(request, _said(refused))
    return redirect("one-account", name)


@require_POST
@for_viewer(May.ACCOUNTS)
@confirmed
def link_account(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """A one-time link for this account, shown once."""
    user = _find(viewer, name)
    if not user.is_active:
        raise PermissionDenied
    path = links.sign_in_link(user, LINK_MINUTES, strong=False)
    auditing.write(viewer, "account.link", subject=user.name, minutes=LINK_MINUTES)
    # Without an address in node.toml, the one by which this administrator reaches the desk himself.
    address = settings.ADDRESS.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    return _one(request, viewer, user, link=f"{address}{path}")


@require_POST
@for_viewer
def end_sessions_of(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """End one session of an account, or all of them."""
    user = _find(viewer, name)
    one = _chosen(request, "session")
    ended = sessions.end_all(user) if one is None else int(sessions.end(user, one))
    auditing.write(viewer, "session.ended", subject=user.name, ended=ended)
    messages.success(request, _("Ended."))
    return redirect("one-account", name)


@require_POST
@for_viewer
def end_keys_of(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """End one key of an account, or all of them."""
    user = _find(viewer, name)
    one = _chosen(request, "key")
    ended = keys.revoke_all(user) if one is None else int(keys.revoke(user, one))
    auditing.write(viewer, "key.revoked", subject=user.name, keys=ended)
    messages.success(request, _("Ended."))
    return redirect("one-account", name)


def _chosen(request: HttpRequest, name: str) -> int | None:
    """The number of the one that a button stood beside; None: the button is for all."""
    text = request.POST.get(name)
    number = whole(text or "")
    if text is not None and number is None:
        raise Http404
    return number


def _shown(viewer: Viewer) -> Any:
    if viewer.may(May.ACCOUNTS):
        return User.objects.all()
    if viewer.may(May.SESSIONS):
        return User.objects.filter(service=viewer.user.service)
    raise PermissionDenied


def _find(viewer: Viewer, name: str) -> User:
    """An account that this one has to do with; of any other it is not told whether it exists."""
    found = _shown(viewer).filter(name=name).first()
    if not isinstance(found, User):
        raise Http404
    return found


def _rows(users: Iterable[User], viewer: Viewer) -> list[Row]:
    held, signed_in = factors.counts(), sessions.counts()
    return [
        Row(
            user=user,
            role=RIGHTS[Role(user.role)].name,
            service=viewer.service_name(viewer.party, user.service),
            factors=held.get(user.pk, 0),
            wants_factor=factors.is_required(user) and not held.get(user.pk),
            open_sessions=signed_in.get(user.pk, 0),
        )
        for user in users
    ]


def _one(request: HttpRequest, viewer: Viewer, user: User, *, link: str = "") -> HttpResponse:
    names = keeping.areas()
    context = {
        "page": "accounts",
        "row": _rows([user], viewer)[0],
        "sessions": sessions.of(user, request),
        "keys": keys.keys_of(user),
        "areas": [names.get(code, code) for code in user.areas],
        "may_change": viewer.may(May.ACCOUNTS),
        "link": link,
        "minutes": LINK_MINUTES,
        "back": reverse("one-account", args=[user.name]),
    }
    return render(request, "directory/one_account.html", context)


def _form(request: HttpRequest, filled: Filled, error: str, user: User | None = None) -> HttpResponse:
    services, areas = keeping.services(), keeping.areas()
    if user is not None:
        services.setdefault(user.service, user.service)
        for code in user.areas:
            areas.setdefault(code, code)
    context = {
        "page": "accounts",
        "filled": filled,
        "error": error,
        "of": user,
        "services": sorted(services.items(), key=lambda one: one[1]),
        "roles": [(role.value, RIGHTS[role].name) for role in Role],
        "areas": sorted(areas.items(), key=lambda one: one[1]),
        "languages": list(settings.LANGUAGES),
    }
    return render(request, "directory/account_form.html", context, status=400 if error else 200)


def _said(error: StoreError) -> str:
    return say(error.message, error.values, language=telling.language())
