"""The pages that an account may open, in the order in which it needs them at night.

A narrow screen shows the first of them and folds the rest; a wide one shows two groups and folds what is
left. What an account may not open is not there: a test opens every page for every role.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from entente_node.directory.access import Viewer
from entente_node.directory.roles import May, Role

_TALKS = frozenset({"meeting", "communique", "commitment"})
_FLOWS = frozenset({"flow-of-people", "flow-of-livestock", "flow-of-goods"})
FIRST = 4
"""So many fit a telephone beside the word for the rest."""


@dataclass(frozen=True, slots=True)
class Page:
    """One link of the navigation."""

    name: str
    label: str
    here: bool

    @property
    def url(self) -> str:
        """Its address."""
        return reverse(self.name)


@dataclass(frozen=True, slots=True)
class Navigation:
    """The links around every page."""

    first: list[Page]
    """On every screen."""
    wide: list[Page]
    """In the line of a wide screen; folded on a narrow one."""
    folded: list[Page]
    """Folded on both."""
    search: Page | None
    """A sign of its own: a code that was said on the telephone is looked up at once."""

    @property
    def is_within(self) -> bool:
        """Whether the page that is open is among the folded ones of a wide screen."""
        return any(page.here for page in self.folded)

    @property
    def is_within_narrow(self) -> bool:
        """The same on a narrow screen."""
        return self.is_within or any(page.here for page in self.wide)


def navigation(viewer: Viewer, page: str) -> Navigation:
    """The links for an account; ``page`` is the name by which views say which one is open."""
    rights, role = viewer.rights, Role(viewer.user.role)
    sees = rights.highest is not None

    def opens(kinds: frozenset[str]) -> bool:
        return sees and (rights.kinds is None or bool(rights.kinds & kinds))

    def links(*offered: tuple[bool, str, str]) -> list[Page]:
        return [Page(name, label, name == page) for may, name, label in offered if may]

    daily = links(
        (sees, "situation", _("Situation")),
        (not sees and viewer.may(May.ACCOUNTS), "accounts", _("Accounts")),
        (not sees and viewer.may(May.AUDIT), "audit", _("Log")),
        (role not in {Role.OBSERVER, Role.COMMUNITY}, "duty", _("Duty")),
        (opens(frozenset({"action"})), "measures", _("Measures")),
        (sees, "records", _("Records")),
        (opens(_FLOWS), "flows", _("Flows")),
        (opens(_TALKS), "dialogue", _("Dialogue")),
        (True, "exchange", _("Exchange")),
        (True, "agreements", _("Agreement")),
    )
    return Navigation(
        first=daily[:FIRST],
        wide=daily[FIRST:],
        folded=links(
            (sees, "timeline", _("Timeline")),
            (viewer.may(May.ROTA), "notifications", _("Messages to the duty")),
            (True, "account", _("My account")),
            (sees and (viewer.may(May.ACCOUNTS) or viewer.may(May.SESSIONS)), "accounts", _("Accounts")),
            (sees and viewer.may(May.AUDIT), "audit", _("Log")),
        ),
        search=Page("search", _("Search"), page == "search") if sees else None,
    )
