"""An address that only takes a form, opened by hand or reloaded: the way to the page that has the form.

A browser that loads such an address again asks for it with GET, and would be shown an empty 405.
The page is at the address above it; where that takes only a form as well, the way goes on. The
page decides for itself what it shows: nothing is looked up here, and nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve


class Reloading:
    """Leads browsers; programs are told 405 as before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the layers below, or the way to the page."""
        response = self.get_response(request)
        if (
            response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            and request.method == "GET"
            and "text/html" in request.headers.get("Accept", "")
        ):
            return HttpResponseRedirect(above(request.path))
        return response


def above(path: str) -> str:
    """The nearest address above that is one of the node's; at last the situation."""
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0] or "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return "/"
