"""This side says what becomes of a measure: a record of its own that is about it.

A measure about an alert is an answer to it: when this side accepts or begins one about an
alert of the others, the alert's dossier is told too, so that both sides count from when
something was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from entente.errors import EntenteError
from entente.records import Action, validated
from entente.records.action import State, Task
from entente.records.times import instant
from entente_node.directory import telling
from entente_node.directory.here import node
from entente_node.directory.measures import Told

_ACTS: Final = frozenset({"accepted", "under_way", "done"})


def move(
    told: Told, state: State, *, words: str = "", tasks: Sequence[Task] = (), progress: int | None = None
) -> None:
    """File what this account says of the measure. Raises EntenteError: nothing was filed.

    ``words`` are the reason of a service that declines or gives up, else the result; ``tasks`` are
    those that it adds or changes.
    """
    viewer, action = told.viewer, told.action
    gives_up = state in {"declined", "abandoned"}
    said = validated(
        Action(
            at=instant(node().clock().astimezone(UTC)),
            service=viewer.user.service,
            purpose=action.purpose,
            tlp=action.tlp,
            place=action.place,
            about=told.row.code,
            state=state,
            services=action.services,
            start=action.start,
            until=action.until,
            progress=progress,
            what=action.what or telling.either(Action.title),
            tasks=tuple(tasks),
            reason=words or None if gives_up else None,
            result=None if gives_up else words or None,
        )
    )
    node().file([said], confirmed=True)
    if state in _ACTS and action.about:
        _tell(told, action.about)


def take_back(told: Told, code: str) -> bool:
    """Take back what this account's service said last; False where it is not that. Raises EntenteError."""
    found = next((move for move in told.moves if move.code == code and move.may_take_back), None)
    if found is None:
        return False
    node().withdraw(code, "error", service=told.viewer.user.service)
    return True


def _tell(told: Told, code: str) -> None:
    """Say of the alert that something is done, once, where another side raised it."""
    viewer = told.viewer
    alert = viewer.records().filter(code=code, kind="alert", local=False, withdrawn_at=None).first()
    if alert is None:
        return
    try:
        dossier = node().dossier(code)
        already = {step.step for step in dossier.steps if step.party == viewer.party}
        if not already & {"under_way", "closed"} and dossier.state not in {"closed", "withdrawn"}:
            node().answer(code, service=viewer.user.service, step="under_way")
    except EntenteError:
        return  # what it is about is not here, or cannot be answered: the measure stands by itself
