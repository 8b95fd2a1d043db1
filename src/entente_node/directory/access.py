"""Who is looking: an account, the service it acts for, and what mandates and role open.

Every page of the desk gets its records from :meth:`Viewer.records` and their state from
:meth:`Viewer.dossiers`, so the wall is passed in one place: :mod:`entente_node.ledger.wall`.
Mandates are those that the agreements in force give to the service; where none is in force, or
none names the service, they are empty, and nothing is shown but what the service filed itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property, wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec, overload

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from entente.agreements.document import Agreement, Exceptional, Share
from entente.contacts import function_name
from entente.dossier import Dossier
from entente.records.base import Purpose
from entente.records.times import zone
from entente.store import OBSERVERS, audience_of
from entente_node.directory import accesses
from entente_node.directory.areas import areas_of, within
from entente_node.directory.here import node
from entente_node.directory.keys import Use, holder
from entente_node.directory.models import User
from entente_node.directory.roles import RIGHTS, May, Rights, Role
from entente_node.drafts.keeping import keep
from entente_node.ledger.folding import counted, divided, dossiers_of, in_states
from entente_node.ledger.models import Record, RecordQuerySet
from entente_node.ledger.wall import Wall

P = ParamSpec("P")

NO_RECORD: Final = frozenset({May.ACCOUNTS, May.AUDIT, May.CLOCK, May.ROTA, May.SESSIONS})
"""What is done without looking at any record."""


@dataclass(frozen=True)
class Viewer:
    """An account as the agreements in force see it."""

    user: User
    party: str
    agreements: tuple[Agreement, ...]
    now: datetime
    is_clock_held: bool = False
    """Nobody believes the clock: nothing is late."""

    @cached_property
    def mandates(self) -> frozenset[Purpose]:
        """The purposes for which the account's service may act."""
        return frozenset().union(*(self.mandates_under(agreement) for agreement in self.agreements))

    def mandates_under(self, agreement: Agreement) -> frozenset[Purpose]:
        """The mandates that one agreement gives to the account's service; an observer has none."""
        party = None if self.is_observer else agreement.party(self.party)
        return frozenset(
            purpose
            for service in (party.services if party else ())
            if service.id == self.user.service
            for purpose in service.mandates
        )

    @cached_property
    def rights(self) -> Rights:
        """What the account's role opens and allows; for a community service, never more than the community's."""
        rights = RIGHTS[Role(self.user.role)]
        return rights.within(RIGHTS[Role.COMMUNITY]) if self.is_of_community else rights

    @property
    def is_of_community(self) -> bool:
        """Whether an agreement says of the account's service that it is one of the community."""
        return any(
            service.community
            for agreement in self.agreements
            for party in agreement.parties
            if party.id == self.party
            for service in party.services
            if service.id == self.user.service
        )

    def may(self, what: May) -> bool:
        """Whether the account's role allows it, and where records are meant, an agreement names its service."""
        return what in self.rights.may and (bool(self.named()) or what in NO_RECORD)

    def may_file(self, kind: str) -> bool:
        """Whether it may write records of a kind."""
        return self.may(May.FILE) and (self.rights.files is None or kind in self.rights.files)

    def may_add_picture(self, row: Record) -> bool:
        """Whether it may add a picture to a record that it sees, and take it back before it was confirmed."""
        own = row.local and row.service == self.user.service
        return self.may(May.FILE) and self.rights.adds_pictures_to(row.kind, own=own)

    @property
    def acts(self) -> bool:
        """Whether it may do anything on this node: who only reads is not told of what ails it."""
        return any(self.may(one) for one in (May.FILE, May.ANSWER, May.ROTA, May.CLOCK))

    @property
    def files(self) -> bool:
        """Whether it writes anything down."""
        return self.may(May.FILE)

    @property
    def exports(self) -> bool:
        """Whether it may take tables and feeds away."""
        return self.may(May.EXPORT)

    @cached_property
    def wall(self) -> Wall:
        """What of the records this account may see."""
        observes = {agreement.id for agreement in self.agreements if self.observes(agreement)}
        return Wall(
            home=audience_of(self.mandates),
            under=tuple(
                (agreement.id, OBSERVERS if agreement.id in observes else audience_of(mandates))
                for agreement in self.agreements
                if (mandates := self.mandates_under(agreement)) or agreement.id in observes
            ),
            highest=self.rights.highest,
            kinds=self.rights.kinds,
            service=self.user.service if self.rights.own else "",
            own=self.rights.own,
            observer=bool(observes),
        )

    def observes(self, agreement: Agreement) -> bool:
        """Whether the account is of an observer that the agreement names: its service is the observer's id."""
        return self.is_observer and any(observer.id == self.user.service for observer in agreement.observers)

    @property
    def is_observer(self) -> bool:
        """Whether its role is to observe: it has no mandate, whatever its service."""
        return self.user.role == Role.OBSERVER

    def records(self) -> RecordQuerySet:
        """The records that this account may see, whatever page asks."""
        return self.wall.records()

    def dossiers(self, rows: Iterable[Record]) -> dict[int, Dossier]:
        """What became of rows that it may see, by key: folded without the answers that it may not see."""
        return dossiers_of(self.wall, rows)

    def counted(self, rows: RecordQuerySet) -> Counter[tuple[str, str]]:
        """How many of the rows are in which state, as it sees them, by (state, party)."""
        return counted(self.wall, rows)

    def divided(self, rows: RecordQuerySet) -> tuple[RecordQuerySet, dict[int, Dossier]]:
        """The rows whose kept state it may see, for queries; of the others the dossiers as it sees them, by key."""
        return divided(self.wall, rows)

    def in_states(self, rows: RecordQuerySet, states: Collection[str]) -> RecordQuerySet:
        """Those of the rows that are in one of the states, as it sees them."""
        return in_states(self.wall, rows, states)

    def named(self) -> tuple[Agreement, ...]:
        """The agreements that give the account's service a mandate, or name it as an observer."""
        return tuple(one for one in self.agreements if self.mandates_under(one) or self.observes(one))

    def may_count(self, agreement: Agreement, sender: str, recipient: str) -> bool:
        """Whether the size of a journal tells this account nothing that it may not see: it sees all that is shared."""
        shares = [
            article
            for article in agreement.articles
            if isinstance(article, Share | Exceptional)
            and sender in article.from_
            and recipient in article.to
        ]
        return (
            {purpose for article in shares for purpose in article.purposes} <= self.mandates_under(agreement)
            and {article.form.tlp or article.tlp for article in shares} <= set(self.wall.markings)
            and (
                self.rights.kinds is None
                or {kind for one in shares for kind in one.kinds} <= self.rights.kinds
            )
        )

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

    def function_name(self, party: str, service: str, function: str) -> str:
        """What a function of a service is called: as an agreement names it, else its slug as words."""
        return function_name(self.agreements, party, service, function)

    @cached_property
    def areas_within(self) -> frozenset[str]:
        """The codes of the account's own area and of all that lies in it; empty: it has none."""
        return within(areas_of(self.agreements), self.user.areas)

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
    return Viewer(
        user=user,
        party=here.keys.party,
        agreements=agreements,
        now=here.clock(),
        is_clock_held=here.is_clock_held(),
    )


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
            return _ask_to_sign_in(request, by_key=bool(token) or bool(key and not _is_browser(request)))
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


def _ask_to_sign_in(request: HttpRequest, *, by_key: bool) -> HttpResponseBase:
    """A person is led to sign in; a program is told that its key is not good."""
    if by_key:
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    if keep(request, node().clock()):
        messages.warning(
            request, _("Your session has ended. What you typed is kept: sign in, and it is there again.")
        )
    return redirect_to_login(request.get_full_path())


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _token(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    in_address = str(kwargs.pop("token", ""))
    return sent.strip() if scheme.lower() == "bearer" else in_address
