"""The channels of one's own service, and what became of its messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entente.contacts import function_name
from entente.errors import EntenteError
from entente.records.alert import Alert
from entente.records.base import PURPOSE_LABELS, PURPOSES
from entente_node.directory import auditing, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.duty.models import DutyFunction
from entente_node.notifications import channels, gammu, push, wording
from entente_node.notifications.models import Channel, Delivery, Sort, State
from entente_node.notifications.trying import words_of
from entente_node.speech import say_error

SHOWN: Final = 50
_LATELY: Final = timedelta(days=7)
_MOST_TESTS: Final = 5
_TESTS_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Reached:
    """A channel, ready to be shown."""

    channel: Channel
    function: str
    address: str
    purposes: str
    severity: str
    troubled: bool
    """What was last tried over it did not leave."""

    @property
    def title(self) -> str:
        """What people call it, or what it is."""
        return self.channel.label or self.address


@dataclass(frozen=True)
class Told:
    """A delivery, ready to be shown; its code only to whoever may see the record."""

    row: Delivery
    code: str
    channel: str
    what: str
    state: str
    why: str

    @property
    def is_open(self) -> bool:
        """Whether it may be tried again now."""
        call = self.row.call
        lives = call is None or call.ended_at is None
        return lives and self.row.state in {State.FAILED, State.GIVEN_UP}


@require_safe
@for_viewer(May.ROTA)
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Channels and deliveries of one's own service."""
    return _overview(request, viewer)


def _overview(request: HttpRequest, viewer: Viewer, *, status: int = 200, **more: Any) -> HttpResponse:
    names = _functions(viewer)
    found = Channel.objects.filter(service=viewer.user.service)
    context = {
        "page": "duty",
        "channels": [_reached(one, names) for one in found],
        "deliveries": _told(viewer),
        "days": _LATELY.days,
        "pushes": viewer.may(May.ANSWER) and bool(names),
        # Where messages about records go is not for who sees no record.
        "may_change": viewer.may(May.ANSWER),
        "names": names,
        **more,
    }
    return render(request, "notifications/overview.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer(May.ROTA, May.ANSWER)
def edit(request: HttpRequest, viewer: Viewer, number: int | None = None) -> HttpResponse:
    """Add a channel, or change one."""
    channel = (
        _own(viewer, number)
        if number
        else Channel(service=viewer.user.service, language=viewer.user.language)
    )
    error = ""
    if request.method == "POST":
        try:
            _fill(channel, request, viewer)
        except EntenteError as refused:
            error = say_error(refused, language=telling.language())
        else:
            new = channel.pk is None
            channel.save()
            # Its quiet hours may be others now: what waits for their end is decided anew.
            waiting = Delivery.objects.filter(channel=channel, quiet=True, state=State.WAITING)
            waiting.update(quiet=False, next_try_at=viewer.now)
            deed = "channel.added" if new else "channel.changed"
            auditing.write(
                viewer, deed, str(channel.pk), function=channel.function, via=channels.masked(channel.url)
            )
            messages.success(request, _("Kept. Send a test message to see that it arrives."))
            return redirect("notifications")
    return render(
        request, "notifications/channel.html", _form(viewer, channel, error), status=422 if error else 200
    )


def _form(viewer: Viewer, channel: Channel, error: str) -> dict[str, Any]:
    found = channels.config()
    return {
        "page": "duty",
        "channel": channel,
        "error": error,
        "names": _functions(viewer),
        "masked": channels.masked(channel.url) if channel.pk else "",
        "has_telephone": bool(found and found.gammu),
        "is_telephone": channel.url.startswith(gammu.SCHEME),
        "is_push": channel.url.startswith(push.SCHEME),
        "purposes": [
            (one, telling.either(PURPOSE_LABELS.words[one]), one in channel.purposes)
            for one in PURPOSES
            if one in viewer.mandates
        ],
        "severities": [(one, telling.word(Alert, "severity", one)) for one in channels.SEVERITY_CHOICES],
        "languages": channels.languages().items(),
        "zone": viewer.zone,
    }


def _fill(channel: Channel, request: HttpRequest, viewer: Viewer) -> None:
    """What the form says, into the channel. Raises EntenteError; the address stays as it was where none is given."""
    typed = request.POST
    function = typed.get("function", "")
    if function not in _functions(viewer):
        raise channels.refused_function(function)
    channel.function = function
    channel.label = typed.get("label", "").strip()
    channel.number = channels.check_number(typed.get("number", ""))
    channel.purposes = channels.check_purposes(typed.getlist("purposes"))
    severity = typed.get("severity", "")
    channel.severity_from = severity if severity in channels.SEVERITY_CHOICES else ""
    channel.quiet_from, channel.quiet_until = channels.check_quiet(
        typed.get("quiet_from", ""), typed.get("quiet_until", "")
    )
    channel.language = typed.get("language", "") if typed.get("language") in channels.languages() else "fr"
    if channel.pk is None:
        channel.created_at = viewer.now
    if not channel.url.startswith(push.SCHEME):
        url = _address(typed.get("way", ""), typed.get("url", "").strip())
        if url or not channel.url:
            channels.check_address(url, by_desk=True)
            channel.url = url
    channels.check(channel)


def _address(way: str, typed: str) -> str:
    if way == "telephone":
        found = channels.config()
        return f"{gammu.SCHEME}{found.gammu}" if found else ""
    return typed[: channels.LONGEST_ADDRESS + 1]


@require_POST
@for_viewer(May.ROTA)
def act(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Test, pause, resume or remove a channel."""
    channel = _own(viewer, number)
    deed = request.POST.get("deed", "")
    match deed:
        case "test":
            _test(request, channel)
        case "pause" | "resume":
            Channel.objects.filter(pk=channel.pk).update(active=deed == "resume")
        case "remove":
            channel.delete()
            messages.success(request, _("Removed."))
        case _:
            raise Http404
    auditing.write(viewer, f"channel.{deed}", str(number), function=channel.function)
    return redirect("notifications")


def _test(request: HttpRequest, channel: Channel) -> None:
    now = node().clock()
    lately = Delivery.objects.filter(
        channel=channel, sort=Sort.TEST, made_at__range=(now - _TESTS_WITHIN, now + _TESTS_WITHIN)
    )
    if lately.count() >= _MOST_TESTS:
        messages.error(request, _("That was enough of tests: wait ten minutes."))
        return
    Delivery.objects.create(
        channel=channel, sort=Sort.TEST, words=words_of(channel), next_try_at=now, made_at=now
    )
    messages.success(request, _("The test message is on its way: what becomes of it is listed below."))


@require_POST
@for_viewer(May.ROTA)
def retry(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Try a message again now."""
    row = (
        Delivery.objects.filter(pk=number, channel__service=viewer.user.service)
        .select_related("call")
        .first()
    )
    if row is None:
        raise Http404
    ended = row.call is not None and row.call.ended_at is not None
    if ended or row.state not in {State.FAILED, State.GIVEN_UP}:
        messages.error(request, _("There is nothing to try again."))
        return redirect("notifications")
    # Its tries are counted on: gammu's folder knows a message by them.
    Delivery.objects.filter(pk=row.pk).update(state=State.WAITING, next_try_at=viewer.now, error="")
    auditing.write(viewer, "message.retried", row.call.code if row.call else "", channel=row.channel_id)
    messages.success(request, _("It is tried again now."))
    return redirect("notifications")


def _own(viewer: Viewer, number: int) -> Channel:
    channel = Channel.objects.filter(pk=number, service=viewer.user.service).first()
    if channel is None:
        raise Http404
    return channel


def _functions(viewer: Viewer) -> dict[str, str]:
    """The functions of one's own service, with what they are called."""
    rows = DutyFunction.objects.filter(service=viewer.user.service)
    return {row.function: row.name for row in rows}


def _reached(channel: Channel, names: dict[str, str]) -> Reached:
    last = Delivery.objects.filter(channel=channel, tries__gt=0).order_by("-made_at", "-pk").first()
    chosen = [telling.either(PURPOSE_LABELS.words[one]) for one in PURPOSES if one in channel.purposes]
    severity = telling.word(Alert, "severity", channel.severity_from) if channel.severity_from else ""
    return Reached(
        channel=channel,
        function=names.get(channel.function) or function_name((), "", channel.service, channel.function),
        address=channels.shown(channel),
        purposes=", ".join(chosen),
        severity=severity,
        troubled=last is not None and last.state in {State.FAILED, State.GIVEN_UP} and last.error != "ended",
    )


def _told(viewer: Viewer) -> list[Told]:
    rows = list(
        Delivery.objects.filter(channel__service=viewer.user.service, made_at__gt=viewer.now - _LATELY)
        .select_related("channel", "call")
        .order_by("-made_at", "-pk")[:SHOWN]
    )
    codes = {row.call.code for row in rows if row.call is not None}
    seen = set(viewer.records().filter(code__in=codes).values_list("code", flat=True)) if codes else set()
    return [
        Told(
            row=row,
            code=row.call.code if row.call is not None and row.call.code in seen else "",
            channel=row.channel.label or channels.shown(row.channel),
            what=wording.sort_of(row),
            state=wording.state_of(row),
            why=wording.why(row.error),
        )
        for row in rows
    ]
