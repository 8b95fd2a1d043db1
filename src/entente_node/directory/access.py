"""Who is looking: an account, the service it acts for, and what that service's mandates open.

Every page of the desk gets its records from :meth:`Viewer.records`, so the purpose wall is
passed in one place. Mandates are those that the agreements in force give to the service;
where none is in force, or none names the service, they are empty and nothing is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property, wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from entente.agreements.document import Agreement, Share
from entente.records.base import Purpose
from entente.records.times import zone
from entente_node.directory.here import node
from entente_node.directory.models import User
from entente_node.directory.roles import RIGHTS, May, Rights, Role
from entente_node.ledger.models import Record, RecordQuerySet

P = ParamSpec("P")

NO_RECORD: Final = frozenset({May.ACCOUNTS, May.AUDIT, May.ROTA})
"""What is done without looking at any record."""


@dataclass(frozen=True)
class Viewer:
    """An account as the agreements in force see it."""

    user: User
    party: str
    agreements: tuple[Agreement, ...]
    now: datetime

    @cached_property
    def mandates(self) -> frozenset[Purpose]:
        """The purposes for which the account's service may act."""
        return frozenset().union(*(self.mandates_under(agreement) for agreement in self.agreements))

    def mandates_under(self, agreement: Agreement) -> frozenset[Purpose]:
        """The mandates that one agreement gives to the account's service."""
        party = agreement.party(self.party)
        return frozenset(
            purpose
            for service in (party.services if party else ())
            if service.id == self.user.service
            for purpose in service.mandates
        )

    @property
    def rights(self) -> Rights:
        """What the account's role opens and allows."""
        return RIGHTS[Role(self.user.role)]

    def may(self, what: May) -> bool:
        """Whether the account's role allows it, and its service has a mandate at all where records are meant."""
        return what in self.rights.may and (bool(self.mandates) or what in NO_RECORD)

    def may_file(self, kind: str) -> bool:
        """Whether it may write records of a kind."""
        return self.may(May.FILE) and (self.rights.files is None or kind in self.rights.files)

    def records(self) -> RecordQuerySet:
        """The records that this account may see, whatever page asks."""
        return Record.objects.visible(self.mandates)

    def named(self) -> tuple[Agreement, ...]:
        """The agreements that give the account's service a mandate."""
        return tuple(agreement for agreement in self.agreements if self.mandates_under(agreement))

    def may_count(self, agreement: Agreement, sender: str, recipient: str) -> bool:
        """Whether the size of a journal tells this account nothing about purposes that it may not see."""
        shared = {
            purpose
            for article in agreement.articles
            if isinstance(article, Share) and sender in article.from_ and recipient in article.to
            for purpose in article.purposes
        }
        return shared <= self.mandates_under(agreement)

    def name_of(self, party: str) -> str:
        """What a party or an observer is called."""
        return self._names.get(party, party)

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for agreement in self.agreements:
            names.update({observer.id: observer.name for observer in agreement.observers})
            names.update({party.id: party.name for party in agreement.parties})
        return names

    def service_name(self, party: str, service: str) -> str:
        """What a service of a party is called."""
        for agreement in self.agreements:
            of = agreement.party(party)
            for one in of.services if of else ():
                if one.id == service:
                    return one.name
        return service

    @cached_property
    def zone(self) -> tzinfo:
        """The zone that instants are shown in: that of the agreement."""
        return zone(self.agreements[0].time_zone if self.agreements else "UTC")

    @cached_property
    def watermarks(self) -> tuple[str, ...]:
        """What the agreements in force say of themselves, such as "fictional model"."""
        return tuple(dict.fromkeys(one.watermark for one in self.agreements if one.watermark))


def viewer_of(user: User) -> Viewer:
    """The account with the agreements that are in force now."""
    here = node()
    agreements = tuple(policy.standing.signed.agreement for policy in here.register.policies())
    return Viewer(user=user, party=here.keys.party, agreements=agreements, now=here.clock())


def for_viewer(
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """A view for people who have signed in; it gets the Viewer."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        viewer = viewer_of(request.user)
        request.viewer = viewer  # type: ignore[attr-defined]  # what directory.frame shows around the page
        return view(request, viewer, *args, **kwargs)

    return guarded
