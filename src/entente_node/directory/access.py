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
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec, overload

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from entente.agreements.document import Agreement, Share
from entente.records.base import Purpose
from entente.records.times import zone
from entente_node.directory import accesses
from entente_node.directory.here import node
from entente_node.directory.keys import Use, holder
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


View = Callable[Concatenate[HttpRequest, Viewer, P], HttpResponseBase]
Guarded = Callable[..., HttpResponseBase]


@overload
def for_viewer(view: View[P], /) -> Guarded: ...
@overload
def for_viewer(*needs: May, key: Use | None = None) -> Callable[[View[P]], Guarded]: ...
def for_viewer(*needs: Any, key: Use | None = None) -> Any:
    """A view for people who have signed in; it gets the Viewer, and the access is written into the log.

    ``@for_viewer``, or ``@for_viewer(May.ANSWER)``: who may not is refused with 403. With ``key``
    the view is also for programs: the key of that use stands in the request's ``Authorization:
    Bearer``, or as ``token`` in the address, which the view does not get.
    """
    if len(needs) == 1 and not isinstance(needs[0], May):
        return _guarded(needs[0], (), None)

    def decorate(view: View[P]) -> Guarded:
        return _guarded(view, needs, key)

    return decorate


def _guarded(view: Callable[..., HttpResponseBase], needs: tuple[May, ...], key: Use | None) -> Guarded:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        token = _token(request, kwargs) if key else ""
        user = holder(token, key) if key and token else request.user
        if not isinstance(user, User):
            return HttpResponse(status=401) if key else redirect_to_login(request.get_full_path())
        viewer = viewer_of(user)
        request.viewer = viewer  # type: ignore[attr-defined]  # what directory.frame shows around the page
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        shown = b""
        try:
            _demand(viewer, needs)
            response = view(request, viewer, *args, **kwargs)
            status = response.status_code
            shown = response.content if isinstance(response, HttpResponse) else b""
        except Http404:
            status = HTTPStatus.NOT_FOUND.value
            raise
        except PermissionDenied:
            status = HTTPStatus.FORBIDDEN.value
            raise
        finally:
            accesses.note(viewer, request, status, shown, key or "")
        return response

    return guarded


def _demand(viewer: Viewer, needs: tuple[May, ...]) -> None:
    if not all(viewer.may(need) for need in needs):
        raise PermissionDenied


def _token(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    in_address = str(kwargs.pop("token", ""))
    return sent.strip() if scheme.lower() == "bearer" else in_address
