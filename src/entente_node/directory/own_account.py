"""The pages of one's own account: password, second factors, recovery codes, sessions.

What changes how somebody signs in asks first who is there (:func:`confirmed`): a desk that was
left open must not be taken over for good. A page of another account does not exist here: every
row is looked up among those of the account that asks.
"""

from __future__ import annotations

import time
from functools import wraps
from typing import Any, Final, ParamSpec
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import delete_and_cleanup, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import (
    auto_generate_recovery_codes,
    generate_recovery_codes,
    view_recovery_codes,
)
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import add_authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from entente_node.digits import whole
from entente_node.directory import auditing, factors, keys, sessions
from entente_node.directory.access import Guarded, View, Viewer, for_viewer
from entente_node.directory.attempts import Kind
from entente_node.directory.entrance import failed, forget, may_try, onward_of, too_many, wait
from entente_node.directory.roles import RIGHTS, Role

P = ParamSpec("P")

_MOST_PASSKEYS: Final = 10
_READS: Final = ["GET", "HEAD", "POST"]


def is_fresh(request: HttpRequest) -> bool:
    """Whether it was proved lately who is there: by signing in, or by confirming."""
    now, lately = time.time(), settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    steps = get_authentication_records(request, request.user)
    # Neither long ago nor by a clock that stood ahead.
    return any(step.get("reauthenticated") and abs(now - step["at"]) < lately for step in steps)


def _came_by_link(request: HttpRequest) -> bool:
    """Whether a one-time link signed in lately: it stands for a password that was lost."""
    now, lately = time.time(), settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    steps = get_authentication_records(request, request.user)
    return any(step["method"] == "link" and abs(now - step["at"]) < lately for step in steps)


def confirmed(view: View[P]) -> Guarded:
    """A view that asks first who is there; what was typed is typed again after that."""

    @wraps(view)
    def asked(request: HttpRequest, viewer: Viewer, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, viewer, *args, **kwargs)
        back = request.get_full_path() if request.method == "GET" else onward_of(request)
        return redirect(f"/account/confirm?{urlencode({'next': back if back != '/' else '/account'})}")

    return asked


@for_viewer
def account(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Everything about one's own account."""
    user = viewer.user
    context = {
        "page": "account",
        "role": RIGHTS[Role(user.role)].name,
        "has_password": user.has_usable_password(),
        "factors": factors.of(user),
        "is_required": factors.is_required(user),
        "can_remove": factors.can_remove(user),
        "codes_left": factors.codes_left(user),
        "sessions": sessions.of(user, request),
        "keys": keys.keys_of(user).count(),
    }
    return render(request, "directory/account.html", context)


@sensitive_post_parameters("password")
@require_http_methods(_READS)
@for_viewer
def confirm(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Who is there? By password, code or passkey."""
    user, onward, error, status = viewer.user, onward_of(request), "", 200
    if request.method == "POST":
        kind = Kind.PASSWORD if "password" in request.POST else Kind.CODE
        if not may_try(request, user.name, kind):
            return wait(
                render(request, "directory/confirm.html", _asks(user, onward, too_many()), status=429)
            )
        if _confirms(request, user, kind):
            forget(request, user.name, kind)
            auditing.write(viewer, "account.confirmed", by=str(kind))
            return redirect(onward)
        failed(user.name, kind)
        error, status = _("That was not right."), 403
    return render(request, "directory/confirm.html", _asks(user, onward, error), status=status)


def _confirms(request: HttpRequest, user: Any, kind: Kind) -> bool:
    if kind is Kind.PASSWORD:
        if not user.has_usable_password() or not user.check_password(request.POST["password"]):
            return False
        reauthenticate_by_password(request)
        return True
    if "credential" in request.POST:
        form = ReauthenticateWebAuthnForm(user=user, data=request.POST)
        if not form.is_valid():
            return False
        form.save()
        return True
    used = factors.check_code(user, request.POST.get("code", ""))
    if used is None:
        return False
    post_authentication(request, used, reauthenticated=True)
    return True


def _asks(user: Any, onward: str, error: str) -> dict[str, Any]:
    types = {one.type for one in factors.of(user)}
    context: dict[str, Any] = {
        "page": "account",
        "error": error,
        "next": onward,
        "has_password": user.has_usable_password(),
        "has_app": factors.TOTP in types,
    }
    if factors.PASSKEY in types:
        context["options"] = {"request_options": webauthn.begin_authentication(user)}
    return context


@sensitive_post_parameters()
@require_http_methods(_READS)
@for_viewer
@confirmed
def password(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """A new password; every other session ends, and every key that is not named."""
    user = viewer.user
    knows = user.has_usable_password() and not _came_by_link(request)
    kind = PasswordChangeForm if knows else SetPasswordForm
    if request.method != "POST":
        return _ask_password(request, user, kind(user))
    if not may_try(request, user.name, Kind.PASSWORD):
        return wait(_ask_password(request, user, kind(user), too_many(), status=429))
    form = kind(user, request.POST)
    if not form.is_valid():
        return _ask_password(request, user, form, status=400)
    forget(request, user.name, Kind.PASSWORD)
    before = request.session.session_key
    form.save()
    update_session_auth_hash(request, user)
    sessions.follow(request, before)
    ended = sessions.end_all(user, but=request.session.session_key)
    # What is not ticked ends: also a key that somebody else made since the page was opened.
    revoked = keys.revoke_all(user, but=_kept(request))
    auditing.write(viewer, "password.changed", subject=user.name, ended=ended, keys=revoked)
    messages.success(request, _("The new password holds. Every other session has ended."))
    return redirect("account")


def _kept(request: HttpRequest) -> list[int]:
    """The keys that were ticked to go on."""
    sent = map(whole, request.POST.getlist("keep"))
    return [one for one in sent if one is not None]


def _ask_password(
    request: HttpRequest, user: Any, form: SetPasswordForm[Any], error: str = "", *, status: int = 200
) -> HttpResponse:
    ticked = _kept(request)
    held = [(key, key.pk in ticked) for key in keys.keys_of(user)]
    context = {"page": "account", "form": form, "error": error, "keys": held}
    return render(request, "directory/password.html", context, status=status)


@for_viewer
def second_factor(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What a second factor is, and the ways to one; where who must have one is led."""
    context = {
        "page": "account",
        "is_held": bool(request.session.get(sessions.HELD)),
        "is_required": factors.is_required(viewer.user),
        "role": RIGHTS[Role(viewer.user.role)].name,
    }
    return render(request, "directory/second_factor.html", context)


@require_http_methods(_READS)
@for_viewer
@confirmed
def app(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Set up an authenticator app: the secret as a picture and as text, and a first code."""
    user = viewer.user
    if any(one.type == factors.TOTP for one in factors.of(user)):
        return redirect("account")
    secret = get_totp_secret(regenerate=request.method != "POST")
    error, status = "", 200
    if request.method == "POST":
        if not may_try(request, user.name, Kind.CODE):
            return wait(_show_app(request, user, secret, too_many(), status=429))
        step = factors.step_of(secret, "".join(request.POST.get("code", "").split()))
        if step is not None:
            forget(request, user.name, Kind.CODE)
            with transaction.atomic():
                made = TOTP.activate(user, secret).instance
                factors.mark_used(made, step)
                auto_generate_recovery_codes(request)
            clear_totp_secret(request)
            return _added(request, viewer, factors.TOTP)
        error, status = _("This code is not right. Is the clock of your telephone right?"), 400
    return _show_app(request, user, secret, error, status=status)


def _show_app(request: HttpRequest, user: Any, secret: str, error: str, *, status: int) -> HttpResponse:
    address = get_adapter().build_totp_url(user, secret)
    width, path = factors.drawn(address)
    context = {
        "page": "account",
        "error": error,
        "address": address,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "width": width,
        "path": path,
    }
    return render(request, "directory/app.html", context, status=status)


@require_http_methods(_READS)
@for_viewer
@confirmed
def passkey(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Add a passkey: the device makes it, the node keeps its public half."""
    user = viewer.user
    if Authenticator.objects.filter(user_id=user.pk, type=factors.PASSKEY).count() >= _MOST_PASSKEYS:
        messages.error(request, _("Remove a passkey first: there are ten."))
        return redirect("account")
    error, status = "", 200
    if request.method == "POST":
        form = AddWebAuthnForm(user=user, data=request.POST)
        if form.is_valid():
            name = form.cleaned_data["name"].strip()[:40] or sessions.device_name(
                request.headers.get("User-Agent", "")
            )
            add_authenticator(request, name=name, credential=form.cleaned_data["credential"])
            return _added(request, viewer, factors.PASSKEY)
        error, status = _("The passkey was not made. Try again."), 400
    context = {
        "page": "account",
        "error": error,
        "proposed": sessions.device_name(request.headers.get("User-Agent", "")),
        "options": {"creation_options": webauthn.begin_registration(user, passwordless=False)},
    }
    return render(request, "directory/passkey_add.html", context, status=status)


def _added(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    sessions.release(request)
    auditing.write(viewer, "factor.added", subject=viewer.user.name, factor=kind)
    messages.success(request, _("The second factor is set up."))
    return redirect("recovery-codes" if _codes_are_new(viewer) else "account")


def _codes_are_new(viewer: Viewer) -> bool:
    found = Authenticator.objects.filter(user_id=viewer.user.pk, type=factors.CODES).first()
    return found is not None and not found.wrap().did_view


@require_POST
@for_viewer
@confirmed
def remove_factor(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponseBase:
    """Remove an app or a passkey of one's own; whoever is signed in with it elsewhere is out."""
    found = Authenticator.objects.filter(
        user_id=viewer.user.pk, pk=pk, type__in=(factors.TOTP, factors.PASSKEY)
    ).first()
    if found is None:
        raise Http404
    if not factors.can_remove(viewer.user):
        messages.error(
            request, _("Your role must have a second factor: add another before you remove this one.")
        )
        return redirect("account")
    delete_and_cleanup(request, found)
    ended = sessions.end_all(viewer.user, but=request.session.session_key)
    auditing.write(viewer, "factor.removed", subject=viewer.user.name, factor=found.type, ended=ended)
    if keys.keys_of(viewer.user).exists():
        messages.success(
            request, _("Removed. Every other session has ended. Revoke every key here that you do not know.")
        )
        return redirect("keys")
    messages.success(request, _("Removed. Every other session has ended."))
    return redirect("account")


@require_http_methods(_READS)
@for_viewer
@confirmed
def recovery_codes(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The recovery codes, once; new ones instead of them."""
    if not factors.has_one(viewer.user):
        return redirect("second-factor")
    if request.method == "POST":
        generate_recovery_codes(request)
        auditing.write(viewer, "factor.added", subject=viewer.user.name, factor=factors.CODES)
        return redirect("recovery-codes")
    held, may_see = view_recovery_codes(request)
    codes = held.get_unused_codes() if held else []
    context = {
        "page": "account",
        "codes": [f"{code[:4]} {code[4:]}" for code in codes] if may_see else [],
        "left": len(codes),
    }
    return render(request, "directory/recovery_codes.html", context)


@require_POST
@for_viewer
def end_session(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponseBase:  # noqa: ARG001  Django's signature
    """End one of one's own sessions."""
    if not sessions.end(viewer.user, pk):
        raise Http404
    auditing.write(viewer, "session.ended", subject=viewer.user.name)
    return redirect("account")


@require_POST
@for_viewer
def end_sessions(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Sign out everywhere: the others, or with ``here`` this one as well."""
    here = None if "here" in request.POST else request.session.session_key
    ended = sessions.end_all(viewer.user, but=here)
    auditing.write(viewer, "session.ended", subject=viewer.user.name, ended=ended)
    if here is None:
        sessions.sign_out(request)
        return redirect("sign-in")
    return redirect("account")


@require_POST
@for_viewer
def duty_phone(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """This device stays signed in for 30 days, or no longer does."""
    if "stop" in request.POST:
        sessions.let_go(request)
    elif not sessions.keep(request):
        raise Http404
    auditing.write(viewer, "session.duty-phone", subject=viewer.user.name, on=int("stop" not in request.POST))
    return redirect("account")
