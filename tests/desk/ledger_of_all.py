"""A ledger with one record of each kind × purpose × marking × side, and answers that climb the markings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

import msgspec
from PIL import Image

from entente.agreements.document import Agreement, Form, Observer, Respond, Share
from entente.records import KINDS, Record
from entente.records.base import ALWAYS, PURPOSES, TLPS, Role, fields_of
from entente.records.words import words_of
from entente_node.duty.models import Call
from entente_node.ledger.models import Record as Row
from entente_node.notifications.models import Channel, Delivery
from tests import parties
from tests.federation import Federation

OBSERVER = Observer(id="observateur.example", name="Organisation qui observe (fictive)")
OBSERVED = ("humanitarian", "trade")
"""Purposes that an article grants to the observers."""
ACTING = {
    "humanitarian": "protection-civile",
    "mobility": "protection-civile",
    "administration": "protection-civile",
    "trade": "elevage",
    "pastoral": "elevage",
    "security": "securite",
}
"""Which service of either side files for which purpose."""
STEPS = (("GREEN", "acknowledged"), ("AMBER", "under_way"), ("RED", "closed"))
"""How far an alert has come for whoever sees answers up to a marking."""
_BOTH = ("gao.ml", "tillaberi.ne")
_SHARED = tuple(tag for tag, kind in KINDS.items() if not kind.passes_always and tag != "attachment")
PICTURE = BytesIO()
Image.new("RGB", (64, 48), "#d8c48e").save(PICTURE, "JPEG")
"""Sand: what each picture of the ledger shows."""
_ANSWERED = "An alert that is answered step by step"
_SPEAKING = ("headline", "what", "description", "text", "subject")


@dataclass(frozen=True)
class Item:
    """One record as the oracle knows it: by what it was made of."""

    mark: str
    kind: str
    purpose: str
    tlp: str
    ours: bool
    service: str
    is_found: bool
    about: str = ""
    """The code of the alert that it answers."""
    step: str = ""
    words: str = ""
    """The mark in its text."""
    is_answered: bool = False

    def __str__(self) -> str:
        whose = "ours" if self.ours else "theirs"
        return f"{self.mark}: {self.kind} {self.purpose} {self.tlp}, {whose}, of {self.service}"

    @property
    def granted(self) -> bool:
        """Whether an article grants it to the observers: what came, for these purposes, at most GREEN."""
        return not self.ours and self.purpose in OBSERVED and self.tlp in {"CLEAR", "GREEN"}


@dataclass
class Ledger:
    """Everything that there is, at Gao."""

    federation: Federation
    items: list[Item] = field(default_factory=list)

    @property
    def ladders(self) -> list[Item]:
        """The alerts that were answered step by step."""
        return [item for item in self.items if item.is_answered]


def agreement() -> Agreement:
    """Everything is shared, so that nothing but the wall decides; two purposes with the observers."""
    fields = tuple(
        dict.fromkeys(
            name
            for tag in (*_SHARED, "attachment")
            for name, declared in fields_of(KINDS[tag]).items()
            if name not in ALWAYS and declared.role is not Role.HEADER
        )
    )
    everything = Share(
        id="A2",
        text="Article d’essai : tout est partagé.",
        from_=_BOTH,
        to=_BOTH,
        kinds=(*_SHARED, "attachment"),
        purposes=tuple(PURPOSES),
        tlp="RED",
        form=Form(fields=fields, place="exact", time="exact"),
        retention_days=365,
    )
    observed = msgspec.structs.replace(everything, id="A1", purposes=OBSERVED, observers=True)
    respond = Respond(id="A3", text="Une heure.", kinds=("alert",), acknowledge_within_minutes=60)
    return parties.agreement(articles=(observed, everything, respond), observers=(OBSERVER,))


class Filing:
    """Files on either side and remembers what."""

    def __init__(self, federation: Federation) -> None:
        self.ledger = Ledger(federation)
        self._waiting: list[tuple[Record, Item]] = []

    def add(self, kind: str, purpose: str, tlp: str, *, ours: bool = True, **changes: object) -> None:
        """One record of either side."""
        mark = f"mark-{len(self.ledger.items) + len(self._waiting):04}"
        made = parties.EVERY_KIND[kind]
        asked = {"purpose": purpose, "tlp": tlp, "service": ACTING[purpose]} | changes
        record = made(**asked, **_of_kind(kind, mark, ours=ours))
        for name in _SPEAKING:
            if name in fields_of(type(record)) and getattr(record, name):
                record = msgspec.structs.replace(record, **{name: f"Donnée synthétique {mark}"})
                break
        item = Item(
            mark=mark,
            kind=kind,
            purpose=purpose,
            tlp=tlp,
            ours=ours,
            service=str(asked["service"]),
            is_found=record.spoken and "synthetique" in words_of(record),
            about=str(changes.get("about", "")),
            step=str(changes.get("step") or ""),
            is_answered=changes.get("headline") == _ANSWERED,
        )
        self._waiting.append((record, item))

    def file(self) -> list[Item]:
        """File what was added; what has a code is known by it."""
        done = []
        for ours, node in ((True, self.ledger.federation.gao), (False, self.ledger.federation.tillaberi)):
            mine = [(record, item) for record, item in self._waiting if item.ours is ours]
            for filing, (_record, item) in zip(
                node.file([record for record, _item in mine], confirmed=True), mine, strict=True
            ):
                marked = replace(item, mark=filing.record.code or item.mark, words=item.mark)
                done.append(marked)
        self._waiting.clear()
        self.ledger.items += done
        return done


def _of_kind(kind: str, mark: str, *, ours: bool) -> dict[str, object]:
    changes: dict[str, object] = {"code": None} if KINDS[kind].spoken else {}
    if kind.startswith("flow-"):
        changes |= {"post": mark, "at": "2022-01-26"}
        if kind != "flow-of-goods":
            changes |= {"start": None, "end": None}
    if kind == "message":
        changes |= {"to_party": "tillaberi.ne" if ours else "gao.ml"}
    if kind == "corridor-status":
        changes |= {"side": "gao.ml" if ours else "tillaberi.ne"}
    return changes


def everything(federation: Federation) -> Ledger:
    """The whole ledger, on Gao's side."""
    filing = Filing(federation)
    for ours in (True, False):
        for kind in _SHARED:
            for purpose in PURPOSES:
                for tlp in TLPS:
                    filing.add(kind, purpose, tlp, ours=ours)
    # What a service filed without a mandate: its own see it, and whoever has the mandate.
    for tlp in TLPS:
        filing.add("situation", "humanitarian", tlp, service="elevage")
        filing.add("observation", "humanitarian", tlp, service="femmes")
    for ours in (True, False):
        for purpose in PURPOSES:
            filing.add("alert", purpose, "CLEAR", ours=ours, headline=_ANSWERED)
    roots = [item for item in filing.file() if item.is_answered]
    federation.exchange()
    _picture(filing.ledger)
    for root in roots:
        for tlp, step in STEPS:
            # The other side answers: of theirs, we do.
            filing.add("message", root.purpose, tlp, ours=not root.ours, about=root.mark, step=step)
    federation.clock.advance(minutes=5)
    filing.file()
    federation.exchange()
    assert Row.objects.using("gao").count() >= len(filing.ledger.items)
    return filing.ledger


def _picture(ledger: Ledger) -> None:
    """A picture of each situation and each observation, by whoever filed it: with its purpose and its marking."""
    shown = PICTURE.getvalue()
    for ours, node in ((True, ledger.federation.gao), (False, ledger.federation.tillaberi)):
        pictures = [
            parties.attachment(
                about=item.mark,
                purpose=item.purpose,
                tlp=item.tlp,
                service=item.service,
                caption=None,
                data=shown,
                size=len(shown),
                sha256=sha256(shown).hexdigest(),
            )
            for item in ledger.items
            if item.kind in {"situation", "observation"} and item.ours is ours
        ]
        node.file(pictures, confirmed=True)


def call_about(items: list[Item]) -> None:
    """A call about each alert, of the service that acts, and a message on its way about it."""
    now = datetime(2022, 2, 1, 8, tzinfo=UTC)
    for service in set(ACTING.values()):
        channel = Channel.objects.create(service=service, function="permanence", created_at=now)
        for item in items:
            if item.kind == "alert" and ACTING[item.purpose] == service:
                call = Call.objects.create(
                    code=item.mark, service=service, function="permanence", level="duty", reason="new", at=now
                )
                Delivery.objects.create(channel=channel, call=call, next_try_at=now, made_at=now)
