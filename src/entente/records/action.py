"""A joint action: what services of both sides do together, where, when, and what came of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import (
    At,
    Clause,
    Field,
    Labels,
    Lane,
    Long,
    Part,
    Record,
    Role,
    ServiceOfParty,
    Short,
)
from entente.records.times import certainly_after

State = Literal["proposed", "accepted", "declined", "under_way", "done", "abandoned"]
TaskState = Literal["open", "under_way", "done", "dropped"]


class Task(Part, kw_only=True, frozen=True):
    """One of the things that make up a measure, who does it, and how far it is.

    Within a measure a task is known by its words and its service. ``changes`` counts how often its
    state was said anew: whoever says it adds one to what was known to it. So no order of clocks
    decides between two sides, and who saw an older list takes back nothing (:mod:`entente.measures`).
    """

    what: Annotated[Clause, Field(Role.FREE_TEXT, "Tâche", "Task")]
    service: Annotated[ServiceOfParty | None, Field(Role.LABEL, "Service", "Service")] = None
    state: Annotated[
        TaskState,
        Field(Role.CHOICE, "État", "State"),
        Labels(
            {
                "open": ("à faire", "to do"),
                "under_way": ("en cours", "under way"),
                "done": ("faite", "done"),
                "dropped": ("abandonnée", "dropped"),
            }
        ),
    ] = "open"
    changes: Annotated[
        Annotated[int, Meta(ge=0, le=100_000)],
        Field(Role.QUANTITY, "Changements d’état", "Changes of state"),
    ] = 0

    def moved(self, state: TaskState) -> Task:
        """The task, as one who knew it says anew how it stands."""
        return Task(what=self.what, service=self.service, state=state, changes=min(self.changes + 1, 100_000))


class Action(Record, kw_only=True, frozen=True, tag="action"):
    """A measure taken together; ``about`` is the record that caused it.

    What becomes of it is said by further actions that are about it, each in its own side's journal: see
    :mod:`entente.measures`. Each of these says the tasks that it adds or changes.
    """

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "action"
    title: ClassVar[tuple[str, str]] = ("Action commune", "Joint action")

    state: Annotated[
        State,
        Field(Role.CHOICE, "État", "State", hxl="#status+action"),
        Labels(
            {
                "proposed": ("proposée", "proposed"),
                "accepted": ("acceptée", "accepted"),
                "declined": ("refusée", "declined"),
                "under_way": ("en cours", "under way"),
                "done": ("faite", "done"),
                "abandoned": ("abandonnée", "abandoned"),
            }
        ),
    ]
    services: Annotated[
        tuple[ServiceOfParty, ...],
        Meta(max_length=20),
        Field(Role.LABEL, "Services engagés", "Services involved", hxl="#org+services"),
    ] = ()
    start: Annotated[At | None, Field(Role.INSTANT, "Début", "From", hxl="#date+start")] = None
    until: Annotated[At | None, Field(Role.INSTANT, "Fin", "Until", hxl="#date+end")] = None
    progress: Annotated[
        Annotated[int, Meta(ge=0, le=100)] | None,
        Field(Role.QUANTITY, "Avancement, en %", "Progress, in %", hxl="#status+progress"),
    ] = None
    what: Annotated[Short | None, Field(Role.FREE_TEXT, "Action", "Action", hxl="#activity+name")] = None
    tasks: Annotated[
        tuple[Task, ...],
        Meta(max_length=20),
        Field(Role.FREE_TEXT, "Tâches", "Tasks", hxl="#activity+tasks"),
    ] = ()
    reason: Annotated[Long | None, Field(Role.FREE_TEXT, "Motif", "Reason", hxl="#description+reason")] = None
    result: Annotated[Long | None, Field(Role.FREE_TEXT, "Résultat", "Result", hxl="#description+result")] = (
        None
    )

    def check(self) -> None:
        """An action says what is done; services and tasks once each; the end after the start."""
        super().check()
        if len(set(self.services)) != len(self.services):
            raise RecordError("an action names a service twice")
        if len({(task.what, task.service) for task in self.tasks}) != len(self.tasks):
            raise RecordError("an action gives a service the same task twice")
        if self.start is not None and self.until is not None and certainly_after(self.start, self.until):
            raise RecordError("an action ends after its start")
        if not self.is_released and self.what is None:
            raise RecordError("an action needs to say what is done")
