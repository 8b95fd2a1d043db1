"""A form that is sent twice: answered with what the first one filed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from entente_node.directory.access import Viewer
from entente_node.drafts import numbers
from entente_node.drafts.keeping import keep, kept
from entente_node.drafts.numbers import Once


def claim(request: HttpRequest, viewer: Viewer) -> Once:
    """Begin to file what was sent, once; say afterwards ``filed`` or ``refused``."""
    return numbers.claim(viewer.user.pk, request.POST, request.get_full_path(), viewer.now)


def again(request: HttpRequest, once: Once, otherwise: str) -> HttpResponse:
    """Where what was filed the first time is; ``otherwise`` while that is not known.

    Whether the first comes to anything is not known then: it may be refused, or was cut off. What was
    typed is kept until it is filed.
    """
    if once.before is not None and once.before.location:
        messages.success(request, _("This was filed already, once."))
        return HttpResponseRedirect(once.before.location)
    if keep(request, once.now):
        messages.warning(
            request,
            _(
                "The same was sent a moment ago, and is not filed yet. What you typed is kept: look again in a minute."
            ),
        )
    return HttpResponseRedirect(otherwise)


def changed() -> str:
    """What is said of a page that filed something else before."""
    return _(
        "This page has filed something already. What you changed since is not filed: send it again to add it."
    )


def typed(viewer: Viewer, path: str, name: str) -> str:
    """What stood in one field of a form when the session had ended; empty: nothing."""
    found = kept(viewer.user.pk, path, viewer.now)
    return str(found.get(name, "")) if found else ""
