"""The language of a page: the account's, else the one chosen here before, else the browser's, else French."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from entente_node.directory.models import User

SPOKEN: Final = tuple(code for code, _ in settings.LANGUAGES)
COOKIE: Final = settings.LANGUAGE_COOKIE_NAME


def language_of(request: HttpRequest) -> str:
    """The language to answer in."""
    user = request.user
    if isinstance(user, User) and user.language in SPOKEN:
        return user.language
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in SPOKEN else translation.get_language_from_request(request)


class LanguageMiddleware:
    """Speaks the reader's language; after the middleware that knows the account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer in the reader's language."""
        # A pouch has no reader: no session is looked up for it.
        language = settings.LANGUAGE_CODE if request.path == "/pouch" else language_of(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
