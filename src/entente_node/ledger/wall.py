"""What one account may see of the records: mandates, markings, kinds, and its own service's.

A record is seen by whoever has a mandate that its audience names. One that came from a partner
is opened by the mandates under the agreement it came through, and by no other's: the same
service may act for other purposes under another agreement. Beside its mandates a role has a
highest marking and its kinds. What a service filed itself, its accounts see without a mandate,
because they wrote it.

The rule stands here twice, for the database and for one record at a time;
``tests/desk/test_wall_generated.py`` holds both, and every door, against a table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import F, Q

from entente.records.base import TLP_RANK, TLPS, Tlp
from entente_node.ledger.models import POSITION_BITS, Journal, Record, RecordQuerySet


class Gate(NamedTuple):
    """What of a record decides who may see it."""

    kind: str
    tlp: str
    audience: int
    agreement: str
    """The agreement that it came through; empty: it is ours."""
    service: str
    """The service of ours that filed it; empty: it came."""


@dataclass(frozen=True)
class Wall:
    """What one account may see."""

    home: int = 0
    """The mandates of its service under any agreement in force, as bits: they open what is ours."""
    under: tuple[tuple[str, int], ...] = ()
    """The bits under each agreement in force: they open what came through it."""
    highest: Tlp | None = None
    """The highest marking; None: no record at all."""
    kinds: frozenset[str] | None = None
    """The kinds; None: all."""
    service: str = ""
    """The service whose own records it sees without a mandate; empty: none."""
    own: Tlp | None = None
    """The highest marking of those."""
    observer: bool = False
    """It sees what is CLEAR as well: an observer has no mandate, but is not less than everybody."""

    def opens(self, gate: Gate) -> bool:
        """Whether a record with this gate is seen."""
        if self.highest is None or (self.kinds is not None and gate.kind not in self.kinds):
            return False
        if self.observer and gate.tlp == "CLEAR":
            return True
        if gate.service and gate.service == self.service and gate.tlp in self.own_markings:
            return True
        mask = dict(self.under).get(gate.agreement, 0) if gate.agreement else self.home
        return gate.tlp in self.markings and bool(gate.audience & mask)

    def records(self) -> RecordQuerySet:
        """The records that are seen."""
        if self.highest is None:
            return Record.objects.none()
        found = Record.objects.alias(
            _journal=F("entry").bitrightshift(POSITION_BITS),
            **{f"_by_{mask}": F("audience").bitand(mask) for mask in {self.home, *self._journals}},
        )
        seen = self._by_mandate & Q(tlp__in=self.markings)
        if self.observer:
            seen |= Q(tlp="CLEAR")
        if self.service:
            seen |= Q(local=True, service=self.service, tlp__in=self.own_markings)
        return found.filter(seen if self.kinds is None else seen & Q(kind__in=sorted(self.kinds)))

    @property
    def markings(self) -> tuple[Tlp, ...]:
        """The markings that a mandate opens."""
        return _up_to(self.highest)

    @property
    def own_markings(self) -> tuple[Tlp, ...]:
        """The markings of its own service's records that it sees, and so those that it may give."""
        return _up_to(self.own)

    @cached_property
    def is_even(self) -> bool:
        """Whether every journal is opened by the same mandates: nearly always, and then the ledger is asked less."""
        return set(self._journals) <= {self.home}

    @cached_property
    def _journals(self) -> dict[int, list[int]]:
        """The partners' journals by the mandates that open them."""
        masks, found = dict(self.under), dict[int, list[int]]()
        for key, agreement in Journal.objects.filter(ours=False).values_list("pk", "agreement"):
            found.setdefault(masks.get(agreement, 0), []).append(key)
        return found

    @cached_property
    def _by_mandate(self) -> Q:
        if self.is_even:
            return Q(**{f"_by_{self.home}__gt": 0})
        came = Q(pk__in=())
        for mask, journals in self._journals.items():
            came |= Q(**{"_journal__in": journals, f"_by_{mask}__gt": 0})
        # What is ours and answers something that it may not see under its agreement tells of that.
        hidden = Record.objects.alias(
            _journal=F("entry").bitrightshift(POSITION_BITS),
            **{f"_by_{mask}": F("audience").bitand(mask) for mask in self._journals},
        ).filter(~came, local=False, code__isnull=False)
        ours = Q(**{"local": True, f"_by_{self.home}__gt": 0}) & ~Q(about__in=hidden.values("code"))
        return came | ours


def _up_to(highest: Tlp | None) -> tuple[Tlp, ...]:
    return () if highest is None else TLPS[: TLP_RANK[highest] + 1]
