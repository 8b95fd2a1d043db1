"""What a role opens and allows, in one table: nothing that is not written here is allowed.

Two things limit what an account sees: the mandates of its service (the purpose wall), and its
role: the highest marking, and the kinds. What it may do is its role's alone. Both are asked of
:class:`entente_node.directory.access.Viewer`, by every door. Why the table is as it is:
``docs/decisions/0014-who-sees-what.md``; the table for people: ``docs/how-to/who-sees-what.md``, which a
test holds against this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from entente.records.base import TLP_RANK, Tlp


class Role(StrEnum):
    """What an account is to its service."""

    AGENT = "agent"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    SECRETARIAT = "secretariat"
    ADMINISTRATOR = "administrator"
    OBSERVER = "observer"
    COMMUNITY = "community"


class May(StrEnum):
    """One thing that an account may do."""

    FILE = "file"
    """Write down records of its service."""
    ANSWER = "answer"
    """Acknowledge, act, close, send a message."""
    CONFIRM = "confirm"
    """Confirm that free text and images name no person and may leave."""
    MEASURE = "measure"
    """Propose, accept, decline and report measures."""
    REVIEW = "review"
    """Take observations of the community under review, and make alerts of them."""
    RELEASE = "release"
    """Be one of the two functions that release under an exceptional article, where the article names its own."""
    DIALOGUE = "dialogue"
    """Meetings, communiqués, commitments."""
    ROTA = "rota"
    """Write the duty rota of its service, and hand a duty over."""
    EXPORT = "export"
    """Take tables, feeds and the interface for programs with it."""
    ACCOUNTS = "accounts"
    """Make and end accounts, sessions and devices of others."""
    SESSIONS = "sessions"
    """End sessions of the accounts of its own service: a duty phone that was lost."""
    AUDIT = "audit"
    """Read the log of who saw and did what."""
    CLOCK = "clock"
    """Confirm that the clock of the node is right."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one role opens and allows."""

    name: object
    highest: Tlp | None
    """The highest marking that it sees; None: no record at all."""
    may: frozenset[May]
    kinds: frozenset[str] | None = None
    """The kinds that it sees; None: all of them."""
    files: frozenset[str] | None = None
    """The kinds that it writes, where it may; None: all that have a form.

    Pictures (``attachment``) are such a kind. Who writes every kind adds them to whatever it sees; who writes
    only some adds them to its own service's records of these.
    """
    own: Tlp | None = None
    """The highest marking of its own service's records, which it sees without a mandate; None: only with one."""

    def adds_pictures_to(self, kind: str, *, own: bool) -> bool:
        """Whether it may add a picture to a record of a kind that it sees; ``own``: of its own service."""
        if self.files is None:
            return May.FILE in self.may
        return May.FILE in self.may and own and {kind, "attachment"} <= self.files

    def within(self, limits: Rights) -> Rights:
        """The same rights, but none that the limits do not have."""
        return Rights(
            self.name,
            _lower(self.highest, limits.highest),
            self.may & limits.may,
            _narrower(self.kinds, limits.kinds),
            _narrower(self.files, limits.files),
            _lower(self.own, limits.own),
        )


def _lower(one: Tlp | None, other: Tlp | None) -> Tlp | None:
    return None if one is None or other is None else min(one, other, key=lambda tlp: TLP_RANK[tlp])


def _narrower(kinds: frozenset[str] | None, limits: frozenset[str] | None) -> frozenset[str] | None:
    if kinds is None or limits is None:
        return limits if kinds is None else kinds
    return kinds & limits


_OFFICER: Final = frozenset(
    {May.FILE, May.ANSWER, May.CONFIRM, May.MEASURE, May.RELEASE, May.ROTA, May.EXPORT}
)
_OPEN: Final = frozenset(
    {"alert", "situation", "corridor-status", "action", "meeting", "communique", "commitment", "withdrawal"}
    | {"flow-of-people", "flow-of-livestock", "flow-of-goods"}
)

RIGHTS: Final[dict[Role, Rights]] = {
    Role.AGENT: Rights(_("Agent"), "AMBER", frozenset({May.FILE}), own="AMBER+STRICT"),
    Role.OFFICER: Rights(_("Officer"), "AMBER+STRICT", _OFFICER, own="RED"),
    Role.COORDINATOR: Rights(
        _("Coordinator"), "RED", _OFFICER | {May.REVIEW, May.DIALOGUE, May.SESSIONS}, own="RED"
    ),
    Role.SECRETARIAT: Rights(
        _("Secretariat"),
        "AMBER",
        frozenset({May.FILE, May.ANSWER, May.DIALOGUE, May.MEASURE, May.EXPORT}),
        files=frozenset({"meeting", "communique", "commitment", "action", "contact"}),
        own="AMBER+STRICT",
    ),
    Role.ADMINISTRATOR: Rights(
        _("Administrator"), None, frozenset({May.ACCOUNTS, May.AUDIT, May.CLOCK, May.ROTA})
    ),
    Role.OBSERVER: Rights(_("Observer"), "GREEN", frozenset({May.EXPORT}), kinds=_OPEN | {"message"}),
    Role.COMMUNITY: Rights(
        _("Community"),
        "GREEN",
        frozenset({May.FILE}),
        kinds=frozenset({"alert", "observation", "corridor-status", "meeting", "communique", "withdrawal"})
        | {"attachment"},
        files=frozenset({"observation", "attachment"}),
        own="AMBER+STRICT",
    ),
}
"""The one table."""
