"""``channel`` and ``sms``: where a duty is reached, and what its telephones say."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entente.errors import StoreError
from entente.records.times import instant
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from entente_node.notifications.models import Channel

_LONGEST_ADDRESS: Final = 1_000
_STANDARD_INPUT: Final = "-"

Number = Annotated[int, typer.Argument(metavar="CHANNEL", min=1, help=_("The channel's number in the list."))]

verbs = typer.Typer()
channel = group(
    verbs, "channel", _("Where a duty is reached: telephones, e-mail, browsers."), panel=Panel.NODE
)
sms = group(verbs, "sms", _("Messages that telephones sent."), panel=Panel.NODE)


@verb(channel, "add")
def add(
    shell: Shell,
    *,
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help=_("As apprise takes it, or gammu:FOLDER; - reads it from standard input: it has passwords."),
        ),
    ],
    service: Annotated[str, typer.Option(help=_("The service whose duty is reached."))],
    function: Annotated[str, typer.Option(help=_("Its function, as the rota names it."))],
    telephone: Annotated[
        str, typer.Option(help=_("The number of an SMS gateway's messages, +22370000001; it may answer."))
    ] = "",
    label: Annotated[str, typer.Option(help=_("What people call it, never a person's name."))] = "",
    purpose: Annotated[
        list[str] | None, typer.Option(help=_("Only for this purpose; again for more. Without it: all."))
    ] = None,
    severity: Annotated[
        str, typer.Option(help=_("Only for this severity and graver ones, such as Severe."))
    ] = "",
    quiet: Annotated[
        str, typer.Option(help=_("Quiet hours, such as 22:00-05:30: only what is Extreme is sent."))
    ] = "",
    language: Annotated[str, typer.Option(help=_("fr or en"))] = LANGUAGE,
) -> None:
    """Add a way to reach the duty of a service."""
    node = shell.node
    from entente_node.notifications import channels
    from entente_node.notifications.models import Channel

    url = sys.stdin.readline(_LONGEST_ADDRESS).strip() if address == _STANDARD_INPUT else address
    begins, ends = channels.check_quiet(*_halves(quiet))
    if severity and severity not in channels.SEVERITY_CHOICES:
        raise StoreError("{severity} is not a severity", severity=severity[:40])
    made = Channel(
        service=service,
        function=function,
        label=label,
        url=url,
        number=channels.check_number(telephone),
        purposes=channels.check_purposes(purpose or []),
        severity_from=severity,
        quiet_from=begins,
        quiet_until=ends,
        language="en" if language == "en" else "fr",
        created_at=node.clock(),
    )
    channels.check_address(url, by_desk=False)
    channels.check(made)
    made.save()
    shell.audit("channel.added", str(made.pk), function=made.function, via=channels.masked(made.url))
    if shell.json:
        shell.emit(_plain(made))
        return
    shell.tell(_("Channel {number} reaches {service}/{function}: {address}", **_words(made)))


@verb(channel, "list")
def list_(shell: Shell) -> None:
    """The channels, their addresses masked."""
    shell.load()
    from entente_node.notifications.models import Channel

    found = list(Channel.objects.all())
    if shell.json:
        shell.emit([_plain(one) for one in found])
        return
    rows = [
        [
            str(one.pk),
            f"{one.service}/{one.function}",
            str(_words(one)["address"]),
            ", ".join(one.purposes) or _("all"),
            one.severity_from or _("all"),
            _quiet(one),
            _("yes") if one.active else _("no"),
        ]
        for one in found
    ]
    titles = [_("Channel"), _("Reaches"), _("Address"), _("Purposes"), _("From"), _("Quiet"), _("Active")]
    shell.table(titles, rows)


@verb(channel, "test")
def test(shell: Shell, *, number: Number) -> None:
    """Send a test message now and say what became of it."""
    shell.load()
    from django.utils import translation

    from entente_node.notifications import wording
    from entente_node.notifications.trying import try_now

    tried = _channel(number)
    why = try_now(tried)
    shell.audit("channel.test", str(number), function=tried.function)
    if shell.json:
        shell.emit({"channel": number, "sent": not why, "error": why})
    if why:
        with translation.override(LANGUAGE):
            raise StoreError("the test message was not taken: {why}", why=wording.why(why))
    if not shell.json:
        shell.tell(_("The gateway has taken the test message."))


@verb(channel, "remove")
def remove(shell: Shell, number: Number) -> None:
    """Remove a channel, with what was sent over it."""
    shell.load()
    gone = _channel(number)
    gone.delete()
    shell.audit("channel.remove", str(number), function=gone.function)
    if shell.json:
        shell.emit({"channel": number, "removed": True})
    else:
        shell.tell(_("Channel {number} is removed.", number=number))


@verb(channel, "webhook")
def webhook(
    shell: Shell,
    *,
    label: Annotated[str, typer.Option(help=_("Which gateway it is for."))] = "",
    revoke: Annotated[
        bool, typer.Option("--revoke", help=_("End every webhook that was made before."))
    ] = False,
) -> None:
    """Make the address to which an SMS gateway posts what it received."""
    shell.load()
    from entente_node.notifications.models import Webhook
    from entente_node.notifications.public import new_webhook

    if revoke:
        shell.audit("webhook.revoked", count=Webhook.objects.all().delete()[0])
    config = shell.folder.config
    begin = config.address.rstrip("/") or f"http://{config.host}:{config.port}"
    url = f"{begin}/sms/{new_webhook(label)}"
    shell.audit("webhook.made", label)
    if shell.json:
        shell.emit({"url": url, "label": label})
        return
    # The address is what was asked for; whoever has it may say what a telephone said.
    shell.tell(url)
    shell.note(_("It is shown once. Give it to the gateway and to nobody else."))


@verb(sms, "received")
def received(
    shell: Shell,
    *,
    _files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]…", help=_("What gammu-smsd adds: not read, the message is in the environment.")
        ),
    ] = None,
) -> None:
    """Take what gammu-smsd received: its RunOnReceive runs this."""
    shell.load()
    from entente_node.notifications import gammu, replies

    done: list[str] = []
    for one in gammu.received(os.environ):
        done += replies.take(one.number, one.text, via="gammu").acknowledged
    if shell.json:
        shell.emit({"acknowledged": done})
    elif done:
        shell.tell(_("Acknowledged: {codes}", codes=", ".join(done)))


def _channel(number: int) -> Channel:
    from entente_node.notifications.models import Channel

    found = Channel.objects.filter(pk=number).first()
    if found is None:
        raise StoreError("there is no channel {number}", number=number)
    return found


def _halves(quiet: str) -> tuple[str, str]:
    begins, _dash, ends = quiet.partition("-")
    return begins.strip(), ends.strip()


def _quiet(one: Channel) -> str:
    if one.quiet_from is None or one.quiet_until is None:
        return ""
    return f"{one.quiet_from:%H:%M}-{one.quiet_until:%H:%M}"


def _words(one: Channel) -> dict[str, object]:
    from entente_node.notifications.channels import shown

    return {"number": one.pk, "service": one.service, "function": one.function, "address": shown(one)}


def _plain(one: Channel) -> dict[str, object]:
    created = {"created_at": instant(one.created_at)}
    return {
        **_words(one),
        "label": one.label,
        "purposes": list(one.purposes),
        "severity_from": one.severity_from,
        "quiet": _quiet(one),
        "language": one.language,
        "active": one.active,
        **created,
    }
