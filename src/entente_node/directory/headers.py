"""Headers on every answer: nothing inline, nothing from elsewhere, no frame, nothing kept.

``Referrer-Policy`` is ``same-origin`` (settings): nothing leaks to other sites. With
``no-referrer`` browsers send ``Origin: null`` with a form, and Django's CSRF check, which
compares the origin, would refuse every button of the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Headers:
    """Adds what every answer of the desk says to a browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the layers below, with the headers."""
        response = self.get_response(request)
        policy = POLICY
        if settings.FRAMED_BY:
            policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {settings.FRAMED_BY}")
            response.headers.pop("X-Frame-Options", None)  # it knows no origins; the policy says which
        else:
            # Also where a layer above Django's own answered: browsers that know no policy obey this.
            response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        images = getattr(response, "images_from", "")
        if images:  # the one page that may show pictures of another machine: the map, where tiles are wanted
            policy += f"; img-src 'self' {images}"
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        # A shared computer: after signing out, "back" shows nothing.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
