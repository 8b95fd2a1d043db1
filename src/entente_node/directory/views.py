"""The language, and the pages that say what went wrong."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entente_node.directory import room
from entente_node.directory.entrance import onward_of
from entente_node.directory.here import node
from entente_node.directory.language import COOKIE, SPOKEN
from entente_node.directory.models import User
from entente_node.drafts.keeping import keep

_YEAR: Final = 365 * 24 * 3600


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language: with the account, and in a cookie for the pages before signing in."""
    response = HttpResponseRedirect(onward_of(request))
    chosen = request.POST.get("language", "")
    if chosen in SPOKEN:
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    """400."""
    return _trouble(request, 400, _("This request cannot be read"), _("Go back and try again."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django's signature
    """403."""
    return _trouble(request, 403, _("Not allowed"), _("Your account may not do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    """403, of a form that did not come from a page of this desk or is too old; what was typed may be kept."""
    if keep(request, node().clock()):
        advice = _("Nothing was done. What you typed is kept for your account: open the page again.")
        return _trouble(request, 403, _("This page is too old"), advice, onward=request.get_full_path())
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
    """500; where the disk is full, it says so."""
    if room.is_gone():
        return _trouble(
            request,
            500,
            _("The disk of this machine is full"),
            _(
                "Nothing that was here is lost, but what you sent was not written. Tell who runs this node; "
                "once there is room, send it again."
            ),
        )
    return _trouble(
        request,
        500,
        _("The desk has a fault"),
        _("Nothing was lost. Try again; if it persists, tell who runs this node."),
    )


def _trouble(request: HttpRequest, status: int, title: str, advice: str, *, onward: str = "") -> HttpResponse:
    context = {"title": title, "advice": advice, "onward": onward}
    return render(request, "trouble.html", context, status=status)
