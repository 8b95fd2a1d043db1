"""``/push``: this browser is told, for as long as it stays subscribed.

The browser makes the keys and names its push service; the node keeps both as a channel of the
function that was chosen. Only push services that this node knows are accepted
(:func:`entente_node.notifications.push.is_known_service`): with any other, whoever has an
account could make the node call where he likes. Who ends it there ends it here as well.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entente_node.directory import auditing
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.roles import May
from entente_node.duty.models import DutyFunction
from entente_node.notifications import channels, push
from entente_node.notifications.models import Channel, PushSubscription

MOST: Final = 50
"""Browsers of one service: a mistake in a script does not fill the ledger."""


@require_safe
@for_viewer(May.ANSWER)
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The button that subscribes, which needs JavaScript; what the browser is to know is in the page."""
    functions = DutyFunction.objects.filter(service=viewer.user.service)
    try:
        key = push.public_key(channels.push_key())
    except (push.KeyFileError, OSError):
        key = ""
    context = {
        "page": "duty",
        "functions": [(one.function, one.name) for one in functions],
        "own": viewer.user.duty,
        "key": key,
    }
    return render(request, "notifications/push.html", context)


@require_POST
@for_viewer(May.ANSWER)
def subscribe(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep what the browser gave, as a channel of the chosen function."""
    typed = request.POST
    endpoint, p256dh, auth = (typed.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    function = typed.get("function", "")
    service = viewer.user.service
    known = DutyFunction.objects.filter(service=service, function=function).exists()
    mine = PushSubscription.objects.filter(channel__service=service)
    if (
        not known
        or not push.is_known_service(endpoint, channels.push_services())
        or not push.is_usable(endpoint, p256dh, auth)
        or mine.count() >= MOST
    ):
        messages.error(
            request, _("This browser could not be subscribed: its push service is not known here.")
        )
        return redirect("push")
    with transaction.atomic():
        Channel.objects.filter(pushsubscription__endpoint=endpoint).delete()
        channel = Channel.objects.create(
            service=service,
            function=function,
            label=typed.get("label", "").strip()[:60] or _("a browser"),
            url=push.SCHEME,
            language=viewer.user.language if viewer.user.language in dict(settings.LANGUAGES) else "fr",
            created_at=viewer.now,
        )
        PushSubscription.objects.create(
            channel=channel, endpoint=endpoint, p256dh=p256dh, auth=auth, account=viewer.user.name
        )
    auditing.write(viewer, "channel.added", str(channel.pk), function=function, via="push")
    messages.success(request, _("This browser is subscribed: it is told what the function is called for."))
    return redirect("push")


@require_POST
@for_viewer(May.ANSWER)
def unsubscribe(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Forget this browser: who knows its endpoint, which nobody else is told, is this browser."""
    endpoint = request.POST.get("endpoint", "")
    channel = Channel.objects.filter(pushsubscription__endpoint=endpoint).first() if endpoint else None
    if channel is not None:
        auditing.write(viewer, "channel.remove", str(channel.pk), function=channel.function, via="push")
        channel.delete()
    messages.success(request, _("This browser is told nothing more."))
    return redirect("push")
