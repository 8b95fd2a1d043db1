"""From calls to deliveries: which channel is told of which call, and when.

Each open call is decided once for each channel of its service and function: the wall (the
service's mandates), the channel's purposes, severity and quiet hours. What a decision made
is one row, unique for a call and a channel, so a look that is cut short or made twice
doubles nothing. A channel that is added or resumed is told of what is still open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final

from django.db import models

from entente.errors import EntenteError
from entente.node import Node
from entente.records import Record, decode
from entente_node.directory.models import User
from entente_node.directory.roles import RIGHTS, May, Role
from entente_node.duty.mandates import NOWHERE
from entente_node.duty.models import Call
from entente_node.duty.rota import ledger_of, zone_of
from entente_node.ledger.models import Journal
from entente_node.ledger.wall import Gate
from entente_node.notifications import channels, push
from entente_node.notifications.carriers import Why
from entente_node.notifications.channels import Scope
from entente_node.notifications.models import Channel, Delivery, PushSubscription, State

MOST: Final = 500
"""Calls that are decided for one channel in one look."""
OF_USE: Final = timedelta(hours=1)
"""How long a reply or a test is of use to whoever waits for it."""
_AGAIN: Final = 20
"""Calls before the last one that are looked at once more: rows may become visible out of their order."""


@dataclass
class Look:
    """One look at a node's calls: what was read is read once."""

    node: Node
    now: datetime
    alias: str
    zone: tzinfo
    scopes: dict[str, Scope] = field(default_factory=dict)
    records: dict[str, tuple[Record, Gate] | None] = field(default_factory=dict)
    browsers: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def at(cls, node: Node, now: datetime) -> Look:
        """A look at this moment."""
        return cls(node, now, ledger_of(node), zone_of(node))

    def deliveries(self) -> models.QuerySet[Delivery]:
        """The deliveries of this node's ledger."""
        return Delivery.objects.using(self.alias)

    def channels(self) -> models.QuerySet[Channel]:
        """The channels of this node's ledger."""
        return Channel.objects.using(self.alias)

    def scope(self, service: str) -> Scope:
        """What one of our services may be told of."""
        if service not in self.scopes:
            self.scopes[service] = channels.scope_of(self.node, service)
        return self.scopes[service]

    def record(self, code: str) -> tuple[Record, Gate] | None:
        """The record of a code and who may see it; None once it is gone, or where it cannot be read."""
        if code not in self.records:
            self.records[code] = self._read(code)
        return self.records[code]

    def _read(self, code: str) -> tuple[Record, Gate] | None:
        shown = self.node.store.shown(code)
        if shown is None or shown.withdrawn_at is not None:
            return None
        try:
            record = decode(shown.body)
        except EntenteError:
            return None
        through = ""
        if not shown.local:
            came = Journal.objects.using(self.alias).filter(ours=False, origin=shown.origin or "")
            through = came.values_list("agreement", flat=True).first() or NOWHERE
        return record, Gate(record.kind(), record.tlp, shown.audience, through, "")

    def may_be_told(self, channel: Channel) -> bool:
        """Whether a browser still is that of an account which answers for the service; any other channel may."""
        if not channel.url.startswith(push.SCHEME):
            return True
        if channel.pk not in self.browsers:
            rows = PushSubscription.objects.using(self.alias).filter(channel=channel)
            name = rows.values_list("account", flat=True).first()
            user = User.objects.using(self.alias).filter(name=name, is_active=True).first() if name else None
            self.browsers[channel.pk] = not name or (
                user is not None
                and user.service == channel.service
                and May.ANSWER in RIGHTS[Role(user.role)].may
            )
        return self.browsers[channel.pk]

    def telling(self, channel: Channel, call: Call) -> Record | None:
        """The record of a call, if the channel may be told of it; asked again each time something is sent."""
        found = self.record(call.code)
        if found is None:
            return None
        if not self.may_be_told(channel):
            return None
        record, gate = found
        return record if self.scope(channel.service).opens(gate, channel, record.purpose) else None


def plan(look: Look) -> int:
    """Make a delivery of each open call for each channel that is to be told of it; how many are new."""
    made = 0
    for channel in look.channels().filter(active=True):
        # Rows of the same call that are there already stay as they are.
        calls = list(
            Call.objects.using(look.alias)
            .filter(service=channel.service, function=channel.function, ended_at=None)
            .filter(pk__gt=max(channel.decided - _AGAIN, 0))
            .exclude(deliveries__channel=channel)
            .order_by("pk")[:MOST]
        )
        if not calls:
            continue
        rows = [row for call in calls if (row := _delivery(look, channel, call)) is not None]
        made += len(look.deliveries().bulk_create(rows, ignore_conflicts=True))
        look.channels().filter(pk=channel.pk, decided__lt=calls[-1].pk).update(decided=calls[-1].pk)
    return made


def _delivery(look: Look, channel: Channel, call: Call) -> Delivery | None:
    record = look.telling(channel, call)
    if record is None or not channels.is_grave_enough(channel, record):
        return None
    # Of a clock that nobody believes, nobody knows whether it is night.
    told_now = channels.wakes(call, record) or look.node.is_clock_held()
    quiet = None if told_now else channels.quiet_until(channel, look.now, look.zone)
    return Delivery(
        channel=channel,
        call=call,
        next_try_at=quiet or look.now,
        quiet=quiet is not None,
        made_at=look.now,
    )


def give_up_ended(look: Look) -> int:
    """What waits to be sent about a call that has ended is not sent any more, nor an old reply or test; how many."""
    waiting = look.deliveries().filter(state__in=[State.WAITING, State.FAILED])
    old = waiting.filter(call=None, made_at__lt=look.now - OF_USE)
    given_up = old.update(state=State.GIVEN_UP, error=Why.TOO_OLD)
    ended = waiting.filter(call__ended_at__isnull=False)
    return given_up + ended.update(state=State.GIVEN_UP, error=Why.ENDED)
