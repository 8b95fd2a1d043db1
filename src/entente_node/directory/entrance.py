"""Signing in and out: a password or a link, then the second step; or a passkey alone.

allauth leads from step to step and cycles the session's key when the last is done. Whether a name
exists shows neither in words nor in time, and whether its password was right shows only to who
typed it. Every try is counted before its secret is looked at (:mod:`entente_node.directory.attempts`),
and what failed is in the audit log, with the name as a keyed hash.
"""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from entente_node.directory import attempts, auditing, factors, links, sessions
from entente_node.directory.attempts import Kind
from entente_node.directory.models import User

_FRESH: Final = {"reauthenticated": True}
"""Who has just signed in is not asked again at once, before changing a factor."""


class SignInForm(forms.Form):
    """A name and a password."""

    name = forms.CharField(max_length=200)
    password = forms.CharField(max_length=1_000, strip=False)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The form, and what comes of it."""
    onward = onward_of(request)
    if request.method != "POST":
        if isinstance(request.user, User):
            return HttpResponseRedirect(onward)
        return render(request, "directory/sign_in.html", {"next": onward})
    form = SignInForm(request.POST)
    typed = request.POST.get("name", "")[:200]
    if not form.is_valid():
        return _refuse(request, _("Type your name and your password."), typed, onward, status=400)
    name = form.cleaned_data["name"]
    if not may_try(request, name, Kind.PASSWORD):
        refused = _refuse(request, too_many(), typed, onward, status=429)
        return wait(refused)
    began = time.monotonic()
    user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        failed(name, Kind.PASSWORD)
        # A password that an older node kept takes another time to check than one that is not there.
        time.sleep(max(0.0, settings.REFUSAL_SECONDS - (time.monotonic() - began)))
        return _refuse(request, _("This name and password do not go together."), typed, onward, status=403)
    forget(request, name, Kind.PASSWORD)
    return _enter(request, user, onward, "password")


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Opening the link changes nothing; its one button signs in, once."""
    found = links.redeem(token) if request.method == "POST" else links.holder(token)
    if found is None:
        # A token cannot be guessed; who tries many is stopped from making the node compute.
        if not may_try(request, "", Kind.LINK):
            return wait(render(request, "directory/link_spent.html", status=429))
        if request.method == "POST":
            failed("", Kind.LINK)
        return render(request, "directory/link_spent.html", status=410)
    if request.method == "POST":
        return _enter(request, found.user, "", "link", strong=found.strong)
    context = {"holder": found.user, "offers_duty": bool(found.user.duty)}
    return render(request, "directory/sign_in_by_link.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponseBase:
    """A code of the app, a recovery code, or a passkey, after the password."""
    if isinstance(request.user, User):
        return redirect(settings.LOGIN_REDIRECT_URL)
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    user = stage.login.user if stage else None
    # The account may have been locked, or its password changed, since the first step.
    if not isinstance(user, User) or not user.is_active or not factors.has_one(user):
        clear_login(request)
        return redirect("sign-in")
    if request.method != "POST":
        return _ask_second(request, user)
    if not may_try(request, user.name, Kind.CODE):
        return wait(_ask_second(request, user, too_many(), status=429))
    if not _second_is_right(request, user):
        failed(user.name, Kind.CODE)
        error = _("This code is not right, or was used already. Wait for the next one.")
        if "credential" in request.POST:
            error = _("This passkey is not of this account.")
        return _ask_second(request, user, error, status=403)
    forget(request, user.name, Kind.CODE)
    response: HttpResponseBase = stage.exit()
    return response


def _second_is_right(request: HttpRequest, user: User) -> bool:
    if "credential" in request.POST:
        form = AuthenticateWebAuthnForm(user=user, data=request.POST)
        if not form.is_valid():
            return False
        form.save()
        return True
    used = factors.check_code(user, request.POST.get("code", ""))
    if used is None:
        return False
    post_authentication(request, used)
    return True


def _ask_second(request: HttpRequest, user: User, error: str = "", *, status: int = 200) -> HttpResponse:
    has_passkey = any(one.type == factors.PASSKEY for one in factors.of(user))
    context: dict[str, Any] = {
        "error": error,
        "offers_duty": bool(user.duty),
        "has_app": any(one.type == factors.TOTP for one in factors.of(user)),
        "now": timezone.now(),
    }
    if has_passkey:
        context["options"] = {"request_options": webauthn.begin_authentication(user)}
    return render(request, "directory/second_step.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_passkey(request: HttpRequest) -> HttpResponseBase:
    """A passkey alone: the device asks for a finger or its own code, and that is both steps."""
    onward = onward_of(request)
    if isinstance(request.user, User):
        return HttpResponseRedirect(onward)
    if not may_try(request, "", Kind.PASSKEY):
        refused = {"error": too_many(), "next": onward}
        return wait(render(request, "directory/passkey.html", refused, status=429))
    error, status = "", 200
    if request.method == "POST":
        form = LoginWebAuthnForm(data=request.POST)
        if form.is_valid():
            used = form.cleaned_data["credential"]
            if used.user.is_active:
                forget(request, "", Kind.PASSKEY)
                post_authentication(request, used, passwordless=True, **_FRESH)
                entered: HttpResponseBase = perform_login(request, Login(user=used.user, redirect_url=onward))
                return entered
        failed("", Kind.PASSKEY)
        error, status = _("This passkey opens no account here."), 403
    options = {"request_options": webauthn.begin_authentication()}
    context: dict[str, Any] = {"error": error, "next": onward, "options": options}
    return render(request, "directory/passkey.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, or the way into one."""
    if isinstance(request.user, User):
        auditing.write(request.user, "session.ended", own=1)
    clear_login(request)
    sessions.sign_out(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _enter(
    request: HttpRequest, user: User, onward: str, method: str, *, strong: bool = False
) -> HttpResponseBase:
    """The first step is done: the second, or in."""
    clear_login(request)
    login = Login(user=user, redirect_url=onward or None)
    if strong:
        login.state = {"stages": {AuthenticateStage.key: {"handled": True}}}
    record_authentication(request, user, method, strong=strong or None, **_FRESH)
    response: HttpResponseBase = perform_login(request, login)
    return response


def may_try(request: HttpRequest, name: str, kind: Kind) -> bool:
    """Count a try of this request."""
    return attempts.may_try(name, address_of(request), kind=kind, device=_device(request, name))


def forget(request: HttpRequest, name: str, kind: Kind) -> None:
    """The tries of a name that was right from here."""
    attempts.forget(name, address_of(request), kind=kind, device=_device(request, name))


def failed(name: str, kind: Kind) -> None:
    """Write a failed try into the log."""
    auditing.write(None, "session.refused", attempts.mark(name)[:32] if name else "", by=str(kind))


def _device(request: HttpRequest, name: str) -> str:
    return attempts.device_of(request, name)


def address_of(request: HttpRequest) -> str:
    """Where a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def too_many() -> str:
    """What is said to who has tried too often."""
    return _("Too many tries. Wait 15 minutes, or ask for a one-time link.")


def wait(response: HttpResponse) -> HttpResponse:
    """The answer, with when to come again."""
    response["Retry-After"] = str(int(attempts.WINDOW.total_seconds()))
    return response


def _refuse(request: HttpRequest, error: str, typed: str, onward: str, *, status: int) -> HttpResponse:
    context = {"error": error, "typed": typed, "next": onward}
    return render(request, "directory/sign_in.html", context, status=status)


def onward_of(request: HttpRequest) -> str:
    """Where to go next: an address of this desk only."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # No host is allowed: only a path is (ALLOWED_HOSTS is open, so the Host header proves nothing).
    return (
        wanted
        if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        else "/"
    )
