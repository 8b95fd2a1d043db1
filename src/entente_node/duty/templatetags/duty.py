"""What other pages show of the duty: who was called about a record, and who is on duty now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import template

from entente.dossier import Dossier
from entente.records.message import Message
from entente.records.times import parse_at
from entente_node.directory import telling
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.roles import Role
from entente_node.duty import reading
from entente_node.duty.models import Call, Level
from entente_node.duty.rota import Rota

register = template.Library()


@dataclass(frozen=True)
class Called:
    """A function that was called, on this side or the other."""

    name: str
    ours: bool
    service: str
    function: str
    word: str
    step: str
    at: datetime


@register.inclusion_tag("duty/_called.html")
def who_was_called(
    viewer: Viewer,
    dossier: Dossier,
    deadline: datetime | None = None,
    *,
    ours: bool = False,
    escalate_to: str | None = "",
) -> dict[str, Any]:
    """Who was called about a record that the viewer may see, on both sides, oldest first.

    ``escalate_to``: whom the article has told where nobody answers, in its own words.
    """
    rota = Rota(node(), once=True)
    called = [
        Called(
            name=viewer.name_of(step.party),
            ours=False,
            service=viewer.service_name(step.party, step.service or ""),
            function=viewer.function_name(step.party, step.service or "", step.function or ""),
            word=telling.word(Message, "step", step.step),
            step=step.step,
            at=parse_at(step.at)[0],
        )
        for step in dossier.steps
        if not step.moves and step.party != viewer.party
    ]
    if Role(viewer.user.role) in reading.STAFF:
        called += [
            Called(
                name="",
                ours=True,
                service=viewer.service_name(viewer.party, call.service),
                function=rota.name_of(call.service, call.function),
                word=reading.level_word(call.level),
                step="notified" if call.level in {Level.DUTY, Level.AUTHOR} else "escalated",
                at=call.at.astimezone(UTC),
            )
            for call in rota.rows(Call).filter(code=dossier.code)
        ]
    return {
        "viewer": viewer,
        "called": sorted(called, key=lambda one: one.at),
        "deadline": deadline,
        "escalate_to": (escalate_to or "") if deadline else "",
        "waits_for_us": not ours,
    }


@register.inclusion_tag("duty/_now.html")
def on_duty_now(viewer: Viewer) -> dict[str, Any]:
    """Who is on duty now in each of our services that has a rota; nothing for observers and the community."""
    if Role(viewer.user.role) not in reading.STAFF:
        return {}
    return {"viewer": viewer, "posts": reading.posts(viewer, Rota(node(), once=True))}
