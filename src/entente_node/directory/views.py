"""Signing in and out, the language, and the pages that say what went wrong."""

from __future__ import annotations

from typing import Final

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from entente_node.directory import attempts, links
from entente_node.directory.language import COOKIE, SPOKEN
from entente_node.directory.models import User

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_YEAR: Final = 365 * 24 * 3600


class SignInForm(forms.Form):
    """A name and a password."""

    name = forms.CharField(max_length=200)
    password = forms.CharField(max_length=1_000, strip=False)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what comes of it. Whether a name exists shows neither in words nor in time."""
    onward = _onward(request)
    if request.method != "POST":
        if isinstance(request.user, User):
            return HttpResponseRedirect(onward)
        return render(request, "directory/sign_in.html", {"next": onward})
    form = SignInForm(request.POST)
    typed = request.POST.get("name", "")[:200]
    if not form.is_valid():
        return _refuse(request, _("Type your name and your password."), typed, onward, status=400)
    address = request.META.get("REMOTE_ADDR", "")
    name = form.cleaned_data["name"]
    if not attempts.may_try(name, address):
        response = _refuse(
            request,
            _("Too many tries. Wait 15 minutes, or ask for a one-time link."),
            typed,
            onward,
            status=429,
        )
        response["Retry-After"] = str(int(attempts.WINDOW.total_seconds()))
        return response
    user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        return _refuse(request, _("This name and password do not go together."), typed, onward, status=403)
    attempts.forget(name, address)
    login(request, user)
    return HttpResponseRedirect(onward)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; its one button signs in, once."""
    if request.method == "POST":
        user = links.redeem(token)
        if user is not None:
            login(request, user, backend=BACKEND)
            return redirect(settings.LOGIN_REDIRECT_URL)
        return render(request, "directory/link_spent.html", status=410)
    user = links.holder(token)
    if user is None:
        return render(request, "directory/link_spent.html", status=410)
    return render(request, "directory/sign_in_by_link.html", {"holder": user})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language: with the account, and in a cookie for the pages before signing in."""
    response = HttpResponseRedirect(_onward(request))
    chosen = request.POST.get("language", "")
    if chosen in SPOKEN:
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        response.set_cookie(COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="Lax")
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    """400."""
    return _trouble(request, 400, _("This request cannot be read"), _("Go back and try again."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    """403."""
    return _trouble(request, 403, _("Not allowed"), _("Your account may not do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    """403, of a form that did not come from a page of this desk or is too old."""
    return _trouble(
        request,
        403,
        _("This page is too old"),
        _("Nothing was done. Open the page again and press the button once more."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    """404: there is no such page, or not for this account; the answer does not say which."""
    return _trouble(
        request,
        404,
        _("Nothing here for you"),
        _("The address is wrong, or what it shows is not for your service."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _trouble(
        request,
        500,
        _("The desk has a fault"),
        _("Nothing was lost. Try again; if it persists, tell who runs this node."),
    )


def _trouble(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    return render(request, "trouble.html", {"title": title, "advice": advice}, status=status)


def _refuse(request: HttpRequest, error: str, typed: str, onward: str, *, status: int) -> HttpResponse:
    context = {"error": error, "typed": typed, "next": onward}
    return render(request, "directory/sign_in.html", context, status=status)


def _onward(request: HttpRequest) -> str:
    """Where to go next: an address of this desk only."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # No host is allowed: only a path is (ALLOWED_HOSTS is open, so the Host header proves nothing).
    return (
        wanted
        if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        else "/"
    )
