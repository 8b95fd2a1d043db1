"""The rota of a service as people and as programs read it, in hours of the agreement's time zone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from entente.errors import StoreError
from entente_node.cli.shell import Shell
from entente_node.cli.words import _

if TYPE_CHECKING:
    from entente_node.duty.rota import Rota


class Contents:
    """What the rota of a service is made of, with the numbers under which a part is taken out."""

    def __init__(self, rota: Rota, service: str, now: datetime) -> None:
        from entente_node.duty.models import DutyFunction, Holiday, Shift, Turn

        self._rota = rota
        self._service = service
        self.functions = list(rota.rows(DutyFunction).filter(service=service))
        self.shifts = list(rota.rows(Shift).filter(service=service))
        self.turns = list(rota.rows(Turn).filter(service=service, until__gt=now))
        self.holidays = list(rota.rows(Holiday).filter(service__in=["", service]))

    def plain(self) -> dict[str, object]:
        """For programs."""
        return {
            "functions": [
                {
                    "function": one.function,
                    "name": one.name,
                    "telephone": one.telephone or None,
                    "rank": one.rank,
                }
                for one in self.functions
            ],
            "above": self._rota.above(self._service) or None,
            "shifts": [
                {
                    "number": one.pk,
                    "days": one.weekdays,
                    "from": f"{one.begins:%H:%M}",
                    "until": f"{one.ends:%H:%M}",
                    "function": one.function,
                    "backup": one.backup or None,
                    "holidays": one.holidays,
                }
                for one in self.shifts
            ],
            "turns": [
                {
                    "number": one.pk,
                    "from": one.start.isoformat(),
                    "until": one.until.isoformat(),
                    "function": one.function or None,
                    "backup": one.backup or None,
                    "absent": one.absent or None,
                }
                for one in self.turns
            ],
            "holidays": [
                {
                    "number": one.pk,
                    "date": one.date.isoformat(),
                    "name": one.name,
                    "service": one.service or None,
                }
                for one in self.holidays
            ],
        }

    def rows(self) -> list[list[str]]:
        """For people: number, function, and what there is to say of each."""
        rows = [["", one.function, one.name, one.telephone, _rank(one.rank)] for one in self.functions]
        rows += [
            [
                f"shift {one.pk}",
                one.function,
                f"{one.begins:%H:%M}–{one.ends:%H:%M}",
                one.weekdays,
                one.backup,
            ]
            for one in self.shifts
        ]
        rows += [
            [
                f"turn {one.pk}",
                one.function or _("nobody"),
                clock_of(self._rota, one.start),
                clock_of(self._rota, one.until),
                "",
            ]
            for one in self.turns
        ]
        rows += [[f"holiday {one.pk}", "", one.date.isoformat(), one.name, ""] for one in self.holidays]
        return rows


def rota_of(shell: Shell, service: str = "") -> Rota:
    """The rota of this node; ``service`` must be one of ours. Raises StoreError."""
    node = shell.node
    from entente_node.duty.rota import Rota

    known = services_of(shell)
    if service and known and service not in known:
        raise StoreError("{service} is no service of ours", service=service)
    return Rota(node)


def services_of(shell: Shell) -> set[str]:
    """Our services, as the agreements that are held here name them."""
    node = shell.node
    found: set[str] = set()
    for version in node.store.versions():
        party = node.register.signed(version).agreement.party(node.keys.party)
        found |= {service.id for service in party.services} if party else set()
    return found


def moment_of(rota: Rota, text: str) -> datetime:
    """A moment by the agreement's clock, unless it says its own zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise StoreError("a moment is written as 2022-02-01T18:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=rota.zone)


def clock_of(rota: Rota, moment: datetime) -> str:
    """A moment as the agreement's clock shows it."""
    return moment.astimezone(rota.zone).strftime("%Y-%m-%d %H:%M")


def _rank(rank: int | None) -> str:
    return _("escalation {rank}", rank=rank) if rank else ""
