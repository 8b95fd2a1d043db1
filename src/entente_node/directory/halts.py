"""What stops a record of ours, said at once: why, whom to call, what may be done.

Of an urgent record it is decided anew when it is asked, not read from what the last release
wrote: the page that answers a form says it before any courier has run. Of the routine lane,
and of answers, the last decision is shown as it was kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from entente.agreements.document import Agreement, Function
from entente.contacts import function_name
from entente.policy import Outcome, Reason, Recourse
from entente.records import KINDS
from entente.records import Record as CoreRecord
from entente.rulings import Explained
from entente.store.approvals import Approved
from entente_node.digits import whole
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.journeys import Held, journeys_of, origin_of, withheld
from entente_node.directory.roles import May
from entente_node.directory.templatetags.desk import said
from entente_node.directory.whom import ToCall, whom_to_call
from entente_node.ledger.models import Record

_NOT_MEANT: Final = frozenset({"addressee", "itself", "not-a-party"})
"""Not stopped: it was never on its way there."""


@dataclass(frozen=True, slots=True)
class Decider:
    """A function that has decided, or may."""

    name: str
    service: str
    at: datetime | None = None
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One exceptional article by which two functions may release the record."""

    article: str
    text: str
    may_decide: tuple[Decider, ...]
    """Those that have not."""
    decided: tuple[Decider, ...]
    mine: Decider | None
    """The viewer's own function, where it may decide and has not."""
    retracts: bool
    """The viewer's own function has decided, and may take it back."""
    enough: bool

    @property
    def key(self) -> str:
        """For the ids of its form."""
        return f"way-{self.article}"


@dataclass(frozen=True, slots=True)
class Halt:
    """One recipient that the record has not left for."""

    agreement: str
    recipient: str
    name: str
    reason: Reason
    article: str
    article_text: str
    waits: bool
    needs_confirmation: bool
    calls: tuple[ToCall, ...]
    services: tuple[str, ...]
    """The services that would be allowed to see it, by name: they may be called though no telephone came."""
    ways: tuple[Way, ...]
    decided: bool
    """Two functions have decided: it leaves at the next exchange."""

    @property
    def values(self) -> str:
        """The values of the reason as JSON, as a refusal keeps them."""
        return json.dumps(dict(self.reason.values), default=str, ensure_ascii=False)

    @property
    def key(self) -> str:
        """For the ids of its box."""
        return f"{self.agreement}-{self.recipient}".replace(".", "-")


@dataclass(frozen=True, slots=True)
class Exceptionally:
    """A record left, or came, by decision of two functions: what both sides see of it."""

    name: str
    """Of the other side."""
    article: str
    functions: tuple[str, ...]


def stopped(viewer: Viewer, row: Record, body: CoreRecord | None) -> dict[str, Any]:
    """For the templates ``withheld.html`` and ``exceptionally.html`` of a page about one record."""
    found = halts(viewer, row) if body is not None else []
    told = {(one.agreement, one.recipient) for one in found}
    held = [one for one in withheld(viewer, row) if not _is_told(one, row, told)]
    return {
        "code": row.code,
        "tlp": row.tlp,
        "row_is_ours": row.local,
        "halts": found,
        "withheld": held,
        "may_confirm": viewer.may(May.CONFIRM),
        "exceptionally": exceptionally(viewer, row, body),
    }


def _is_told(held: Held, row: Record, told: set[tuple[str, str]]) -> bool:
    return held.row.record_id == row.pk and (held.row.agreement, held.row.recipient) in told


def exceptionally(viewer: Viewer, row: Record, body: CoreRecord | None) -> list[Exceptionally]:
    """By decision of which functions a record left, or came; nothing where an article shared it."""
    if not row.local:
        origin = origin_of(row) if body is not None and body.released_by else None
        if origin is None or body is None:
            return []
        return [_of_record(viewer, body, origin.journal.agreement, row.party, row.party)]
    return [
        _of_record(viewer, journey.released, journey.journal.agreement, viewer.party, journey.recipient)
        for journey in journeys_of(viewer, [row]).get(row.pk, [])
        if journey.released is not None and journey.journal is not None and journey.released.released_by
    ]


def _of_record(
    viewer: Viewer, released: CoreRecord, agreement: str, sender: str, other: str
) -> Exceptionally:
    version, _, article = (released.article or "").partition("#")
    number = whole(version)
    policy = node().register.of_version(agreement, number) if number is not None else None
    names = []
    for title in released.released_by:
        service, _, function = title.partition("/")
        known = policy.standing.signed.agreement if policy is not None else None
        names.append(function_name([] if known is None else [known], sender, service, function))
    return Exceptionally(viewer.name_of(other), article, tuple(names))


def halts(viewer: Viewer, row: Record) -> list[Halt]:
    """For whom an urgent record of ours has not left, each with what can be done about it."""
    if (
        not is_urgent(row)
        or not row.local
        or row.withdrawn_at is not None
        or row.code is None
        or not row.body
    ):
        return []
    here = node()
    named = {agreement.id: agreement for agreement in viewer.named()}
    approved = here.store.approved(row.pk)
    return [
        _halt(viewer, row, one, named[one.agreement], approved)
        for one in here.explain(row.code)
        if one.agreement in named and one.sent is None and _stops(one)
    ]


def stays(viewer: Viewer, code: str | None) -> str:
    """Why what was just filed has not left, in one sentence for an answer that has no page of its own; or nothing."""
    row = viewer.records().filter(code=code).first() if code else None
    for halt in halts(viewer, row) if row is not None else []:
        return _("It has not left for %(name)s: %(reason)s") % {
            "name": halt.name,
            "reason": said(halt.reason.message, halt.values),
        }
    return ""


def is_urgent(row: Record) -> bool:
    """Whether the kind travels in the urgent lane."""
    return row.kind in KINDS and KINDS[row.kind].lane == "urgent"


def _stops(one: Explained) -> bool:
    decision = one.explanation.decision
    if decision.outcome is Outcome.RELEASE:
        return bool(decision.released_by)
    return decision.reason.slug not in _NOT_MEANT


def _halt(
    viewer: Viewer, row: Record, one: Explained, agreement: Agreement, approved: list[Approved]
) -> Halt:
    explanation = one.explanation
    decision = explanation.decision
    article = str(decision.reason.values.get("article") or "")
    known = {clause.id: clause.text for clause in agreement.articles}
    services = decision.services or _mandated(agreement, one.recipient, row.purpose)
    about_it = [
        other for other in approved if (other.agreement, other.recipient) == (agreement.id, one.recipient)
    ]
    return Halt(
        agreement=agreement.id,
        recipient=one.recipient,
        name=viewer.name_of(one.recipient),
        reason=decision.reason,
        article=article if article in known else "",
        article_text=known.get(article, ""),
        waits=decision.outcome is Outcome.LATER,
        needs_confirmation=decision.reason.slug == "confirm",
        calls=whom_to_call(viewer, agreement, one.recipient, services),
        services=tuple(viewer.service_name(one.recipient, service) for service in services),
        ways=tuple(_ways(viewer, agreement, one, about_it)),
        decided=bool(decision.released_by) and decision.outcome is Outcome.RELEASE,
    )


def _mandated(agreement: Agreement, party: str, purpose: str) -> tuple[str, ...]:
    of = agreement.party(party)
    return tuple(service.id for service in (of.services if of else ()) if purpose in service.mandates)


def _ways(viewer: Viewer, agreement: Agreement, one: Explained, approved: list[Approved]) -> list[Way]:
    """The articles that would release it, and the one by which two functions already have."""
    decision = one.explanation.decision
    found = [
        _way(viewer, agreement, recourse, approved)
        for recourse in one.explanation.recourses
        if recourse.decision.outcome is not Outcome.WITHHOLD
    ]
    if decision.released_by:
        cited = (decision.article or "").partition("#")[2]
        text = next((clause.text for clause in agreement.articles if clause.id == cited), "")
        decided = _decided(viewer, agreement, cited, approved)
        mine = any(other.is_mine for other in decided)
        found.append(Way(cited, text, (), decided, None, retracts=mine, enough=True))
    return found


def _way(viewer: Viewer, agreement: Agreement, recourse: Recourse, approved: list[Approved]) -> Way:
    article = recourse.article
    decided = _decided(viewer, agreement, article.id, approved)
    retracts = any(one.is_mine for one in decided)
    mine = next((one for one in recourse.functions if _is_mine(viewer, one)), None)
    return Way(
        article=article.id,
        text=article.text,
        may_decide=tuple(
            _decider(viewer, one) for one in recourse.functions if one.title not in recourse.decided
        ),
        decided=decided,
        mine=None
        if mine is None or retracts or any(one.approval.by == viewer.user.name for one in approved)
        else _decider(viewer, mine),
        retracts=retracts,
        enough=False,
    )


def _decider(viewer: Viewer, one: Function) -> Decider:
    return Decider(one.name, viewer.service_name(one.party, one.service), is_mine=_is_mine(viewer, one))


def _is_mine(viewer: Viewer, one: Function) -> bool:
    user = viewer.user
    return viewer.may(May.RELEASE) and (one.party, one.service, one.function) == (
        viewer.party,
        user.service,
        user.duty,
    )


def _decided(
    viewer: Viewer, agreement: Agreement, article: str, approved: list[Approved]
) -> tuple[Decider, ...]:
    cited = f"{agreement.version}#{article}"
    return tuple(
        Decider(
            name=function_name([agreement], viewer.party, one.approval.service, one.approval.function),
            service=viewer.service_name(viewer.party, one.approval.service),
            at=datetime.fromtimestamp(one.at, viewer.zone),
            is_mine=(one.approval.service, one.approval.function) == (viewer.user.service, viewer.user.duty),
        )
        for one in approved
        if one.approval.article == cited
    )
