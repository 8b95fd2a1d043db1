"""An SMS that came in: ``OK 7K3QX`` from a telephone that was told of it acknowledges.

Nothing else does anything. The number must be that of a channel, the code that of a call which
is open for that channel's service and function and was told over it; a message that says "not"
is not taken for a yes, nor is our own text that comes back. A stranger gets no answer at all, and nobody gets more than
:data:`MOST` tries in :data:`WINDOW`: with a forged sender one has to know number and code.

A telephone of ours gets a short answer: what was taken down, or what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from entente.errors import EntenteError, RecordError
from entente.node import Node
from entente.records.codes import check_code
from entente.records.times import parse_instant
from entente.store import ConflictError
from entente_node.directory import auditing
from entente_node.directory.here import node as here
from entente_node.duty import answers
from entente_node.duty.models import Call
from entente_node.duty.rota import zone_of
from entente_node.notifications import channels, gsm
from entente_node.notifications.links import is_still_called
from entente_node.notifications.models import Channel, Delivery, Heard, Sort
from entente_node.notifications.text import is_answerable

MOST: Final = 10
WINDOW: Final = timedelta(minutes=15)
MOST_FROM_ALL: Final = 300
"""Messages in the window from everywhere before strangers are not even counted: the log is not filled by them."""
MOST_ANSWERS: Final = 4
"""Answers to one telephone in the window that only say what to write."""
LONGEST: Final = 480
"""Characters of a message that are read: three SMS."""
MOST_CODES: Final = 5
_YES: Final = re.compile(r"(?<![^\W_])[o0]\.?k(?:ay|\.)?(?![^\W_])", re.IGNORECASE)
_NO: Final = re.compile(
    r"(?<![^\W_])(?:(?:not?|non|pas|never|jamais|ne|stop|refus\w*)(?![^\W_])|n['’]|(?:do|ca|wo)n['’]?t)",
    re.IGNORECASE,
)
_GLUED: Final = re.compile(r"(?<![^\W_])[o0]k(?=[A-Za-z0-9])", re.IGNORECASE)
"""``OK7K3QX``: a yes only where a whole code follows."""
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_BODY: Final = 5


@dataclass
class Outcome:
    """What one message did."""

    acknowledged: list[str] = field(default_factory=list)
    known: bool = False
    """The number is that of a channel of ours."""


def take(number: str, text: str, *, via: str) -> Outcome:
    """Do what a message says, if whoever sent it may say so. Never raises for what a message holds."""
    node = here()
    now = node.clock()
    outcome = Outcome()
    mine = [one for one in Channel.objects.exclude(number="") if channels.is_same_number(one.number, number)]
    outcome.known = bool(mine)
    # However the sender is spelt: counted as the number that we hold.
    heard = _may_try(mine[0].number if mine else number, now, known=outcome.known)
    if heard is None:
        return outcome
    if not mine:
        auditing.write(None, "sms.stranger", via=via)
        return outcome
    said = {} if _is_ours(text, mine[0].language) else _codes(text[:LONGEST], _prefixes(node))
    done = False
    for code in said:
        call = _call(mine, code, now)
        if call is None:
            continue
        taken, words = _acknowledge(node, call, now, mine[0].language)
        done = True
        if taken:
            outcome.acknowledged.append(code)
        _answer(mine[0], words, now)
    if outcome.acknowledged:
        heard.delete()  # a night of many alerts is no guessing
    if not done:
        auditing.write(None, "sms.unknown", via=via, service=mine[0].service, function=mine[0].function)
        _hint(mine[0], now)
    return outcome


def _is_ours(text: str, language: str) -> bool:
    """Whether the text says how to reply, as ours do: a telephone that sends back what it gets has read nothing."""
    with translation.override(language):
        how = gsm.plain(_("Reply %(reply)s") % {"reply": "OK"})
    return how.casefold() in " ".join(gsm.plain(text).split()).casefold()


def codes_in(text: str, prefixes: set[str]) -> list[str]:
    """The codes that a message says yes to, in their order: ``OK 7K3QX``, ``ok gao-7k3qx``, with words around."""
    return list(_codes(text[:LONGEST], prefixes))


def _codes(text: str, prefixes: set[str]) -> dict[str, None]:
    if _NO.search(text):
        return {}
    yes = _YES.search(text)
    if yes is None:
        return _glued(text, prefixes)
    words = [*_WORD.findall(text[: yes.start()]), "", *_WORD.findall(text[yes.end() :])]
    found: dict[str, None] = {}
    for index, word in enumerate(words):
        # A code may be one word, or two or three: GAO-7K3QX, GAO 7K3QX, 7K3 QX, GAO 7K3 QX.
        for count in (1, 2, 3):
            joined = "".join(words[index : index + count])
            if word and "" not in words[index : index + count]:
                found |= dict.fromkeys(_readings(joined.upper(), prefixes))
    return dict(list(found.items())[:MOST_CODES])


def _glued(text: str, prefixes: set[str]) -> dict[str, None]:
    """The code that follows an OK without a space."""
    for yes in _GLUED.finditer(text):
        words = _WORD.findall(text[yes.end() :])[:3]
        for count in range(1, len(words) + 1):
            found = _readings("".join(words[:count]).upper(), prefixes)
            if found:
                return dict.fromkeys(found)
    return {}


def _readings(said: str, prefixes: set[str]) -> list[str]:
    """The codes that these characters may be: whole, or their last five under each party's prefix."""
    candidates = [f"{prefix}{said}" for prefix in prefixes] if len(said) == _BODY else []
    candidates += (
        [said] if any(said.startswith(one) and len(said) == len(one) + _BODY for one in prefixes) else []
    )
    found = []
    for one in candidates:
        try:
            found.append(check_code(one))
        except RecordError:
            continue
    return found


def _prefixes(node: Node) -> set[str]:
    """How the codes of all parties begin."""
    return {
        party.short
        for policy in node.register.policies()
        for party in policy.standing.signed.agreement.parties
    }


def _call(mine: list[Channel], code: str, now: datetime) -> Call | None:
    """The call that was told over one of these channels; open ones first.

    What was tried may have arrived, whatever the gateway said of it, or says late.
    """
    told = Delivery.objects.filter(channel__in=mine, call__code=code, tries__gt=0).select_related("call")
    calls = [one.call for one in told.order_by("-pk") if one.call is not None and is_answerable(one.call)]
    return next((call for call in calls if is_still_called(call, now)), calls[0] if calls else None)


def _acknowledge(node: Node, call: Call, now: datetime, language: str) -> tuple[bool, str]:
    """Whether it was taken down now, and what the telephone is told."""
    zone = zone_of(node)
    with translation.override(language):
        if call.ended_at is None and not is_still_called(call, now):
            return False, _("%(code)s: another function has the duty now.") % {"code": call.code}
        try:
            answers.acknowledge(call.code, call.service, call.function)
        except ConflictError as error:
            at = str(error.values.get("at", ""))
            clock = f"{parse_instant(at).astimezone(zone):%H:%M}" if at else ""
            by = str(error.values.get("function", ""))
            values = {"code": call.code, "clock": clock, "function": by}
            return False, _("%(code)s: already answered at %(clock)s, %(function)s") % values
        except EntenteError:
            return False, _("%(code)s: there is nothing to answer any more.") % {"code": call.code}
        values = {"code": call.code, "clock": f"{now.astimezone(zone):%H:%M}"}
        return True, _("%(code)s: received, %(clock)s") % values


def _hint(channel: Channel, now: datetime) -> None:
    lately = Delivery.objects.filter(
        channel=channel, sort=Sort.REPLY, made_at__range=(now - WINDOW, now + WINDOW)
    ).count()
    if lately < MOST_ANSWERS:
        with translation.override(channel.language):
            _answer(channel, _("No code was understood. Write OK and the code, such as: OK 7K3QX"), now)


def _answer(channel: Channel, words: str, now: datetime) -> None:
    """Leave an answer for the courier to send."""
    Delivery.objects.create(
        channel=channel, sort=Sort.REPLY, words=gsm.plain(words)[:400], next_try_at=now, made_at=now
    )


def _may_try(number: str, now: datetime, *, known: bool) -> Heard | None:
    """Count a message; None where it is not read at all. A storm of strangers takes no try from a telephone of ours."""
    digits = re.sub(r"[^0-9]", "", number)[-15:]
    key = salted_hmac("entente.sms", digits, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
    with transaction.atomic():
        # What was heard at a time that is yet to come, a clock that stood ahead wrote.
        Heard.objects.exclude(at__range=(now - WINDOW, now + WINDOW)).delete()
        tried = Heard.objects.filter(number=key).count()
        if tried >= MOST or (not known and Heard.objects.count() >= MOST_FROM_ALL):
            return None
        return Heard.objects.create(number=key, at=now)
