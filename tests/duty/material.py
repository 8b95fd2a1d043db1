"""A rota of Tillabéri and one of Gao. All of it is synthetic; functions, not persons."""

from __future__ import annotations

from datetime import time

from msgspec.structs import replace

from entente.agreements.document import agreement_text
from entente.node import Node
from entente.records.base import Purpose
from entente_node.duty.models import Above, Call, DutyFunction, Shift
from entente_node.duty.rota import Rota
from tests import parties
from tests.federation import Federation

HERE = "protection-civile"


def with_rota(node: Node, service: str = HERE, *, backup: str = "suppleant") -> Rota:
    """The service is on duty day and night: permanence, suppléant, then the director."""
    rota = Rota(node)
    rota.rows(Shift).create(
        service=service, begins=time(0), ends=time(0), function="permanence", backup=backup
    )
    for function, name, rank in (
        ("permanence", "Permanence", None),
        ("suppleant", "Suppléance", None),
        ("directeur", "Direction", 1),
    ):
        rota.rows(DutyFunction).create(service=service, function=function, name=name, rank=rank)
    return rota


def below(rota: Rota, service: str, above: str) -> None:
    rota.rows(Above).create(service=service, above=above)


def calls(node: Node, *, ended: bool = False) -> list[tuple[str, str, str, str]]:
    """Open calls: service, function, level, reason."""
    return [
        (call.service, call.function, call.level, call.reason)
        for call in Rota(node).rows(Call).filter(ended_at__isnull=not ended)
    ]


def raise_alert(node: Node, **changes: object) -> str:
    """The code of an alert that the node has filed; its text may leave."""
    alert = parties.alert(**({"at": "2022-02-01T07:55:00Z", "code": None} | changes))
    code = node.file([alert], confirmed=True)[0].record.code
    assert code is not None
    return code


def also_at(federation: Federation, service: str, purpose: Purpose) -> None:
    """A second agreement between the same two is in force, that gives a service of Tillabéri this mandate as well."""
    agreement = parties.agreement()
    both = tuple(
        replace(
            party,
            services=tuple(
                replace(one, mandates=(*one.mandates, purpose)) if one.id == service else one
                for one in party.services
            ),
        )
        if party.id == federation.tillaberi.keys.party
        else party
        for party in agreement.parties
    )
    other = replace(agreement, id="gao-tillaberi-bis", title="Autre entente (modèle fictif)", parties=both)
    gao, tillaberi = federation.gao, federation.tillaberi
    signed = gao.sign(agreement_text(other), parties.GAO.authority)
    signed = tillaberi.sign(signed, parties.TILLABERI.authority)
    for node, authority in ((gao, parties.GAO), (tillaberi, parties.TILLABERI)):
        node.adopt(signed, authority.authority)
