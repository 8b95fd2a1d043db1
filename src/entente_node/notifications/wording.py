"""What became of a message, in the reader's words."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from entente_node.notifications.carriers import Why
from entente_node.notifications.models import Delivery, Sort, State

_WHY: Final[dict[str, Promise | str]] = {
    Why.UNKNOWN_ADDRESS: gettext_lazy("no service is known for its address"),
    Why.REFUSED: gettext_lazy("the gateway refused it"),
    Why.NO_CONNECTION: gettext_lazy("the gateway cannot be reached"),
    Why.NO_ANSWER: gettext_lazy("the gateway did not answer in time"),
    Why.SPOOL: gettext_lazy("the telephone’s folder cannot be written"),
    Why.NETWORK: gettext_lazy("the telephone could not send it"),
    Why.BARRED: gettext_lazy("its address leads where this node does not go (node.toml: gateways)"),
    Why.GONE: gettext_lazy("the browser is no longer subscribed"),
    Why.ENDED: gettext_lazy("it was settled before it could be sent"),
    Why.TOO_OLD: gettext_lazy("it was too old to be of use"),
    Why.FAULT: gettext_lazy("a fault of the program: its log says more"),
}


def why(word: str) -> str:
    """Why a message was not sent, from the word that is kept of it; empty where it was."""
    name, _colon, status = word.partition(":")
    said = str(_WHY.get(name, name))
    return f"{said} ({status})" if status else said


def sort_of(row: Delivery) -> str:
    """What a message is."""
    match row.sort:
        case Sort.REPLY:
            return _("reply")
        case Sort.TEST:
            return _("test")
        case _:
            return _("call")


def state_of(row: Delivery) -> str:
    """What became of it."""
    match row.state:
        case State.SENT:
            return _("sent, among others in one message") if row.led_by_id else pgettext("message", "sent")
        case State.FAILED:
            return _("not sent yet, it is tried again")
        case State.GIVEN_UP:
            return _("not sent")
        case _:
            return _("waits for the quiet hours to end") if row.quiet else _("waits")
