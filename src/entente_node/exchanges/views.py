"""The state of the exchange, and the agreement as people read it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.here import node
from entente_node.directory.line import Told, told
from entente_node.directory.live import Fresh
from entente_node.exchanges.prose import chapters, purposes
from entente_node.ledger.lines import Head, Line


@dataclass(frozen=True)
class Shown:
    """One journal; counted only where its size tells this viewer nothing that the wall hides."""

    head: Head
    counted: bool

    @property
    def seen(self) -> tuple[object, ...]:
        """What changes when, and only when, what is shown of it changes."""
        head, journal = self.head, self.head.journal
        always = (journal.origin, journal.stopped, head.is_whole, head.receipted_at)
        amounts = (journal.size, journal.receipted, head.quarantined, head.troubles)
        return (*always, *(amounts if self.counted else map(bool, amounts[2:])))


@dataclass(frozen=True)
class Partner:
    """One line with its journals."""

    told: Told
    line: Line
    name: str
    title: str
    journals: tuple[Shown, ...]

    @property
    def seen(self) -> tuple[object, ...]:
        """What changes when, and only when, what is shown of it changes."""
        line = self.line
        return (self.title, self.told.seen, line.tried_at, line.failure, [one.seen for one in self.journals])

    @property
    def hides(self) -> bool:
        """Whether a journal's size is not shown."""
        return any(not shown.counted for shown in self.journals)


@require_safe
@for_viewer
def exchange(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Each partner, each journal."""
    titles = {agreement.id: agreement for agreement in viewer.named()}
    partners = [
        Partner(
            told=one,
            line=one.line,
            name=one.name,
            title=titles[one.line.agreement].title,
            journals=tuple(
                Shown(
                    head=head,
                    counted=viewer.may_count(
                        titles[one.line.agreement], head.journal.sender, head.journal.recipient
                    ),
                )
                for head in one.line.heads
            ),
        )
        for one in told(viewer)
    ]
    fresh = Fresh(
        request,
        viewer,
        tuple(partner.seen for partner in partners),
        {partner.told.key: partner.told.heard_at for partner in partners},
    )
    return fresh.unchanged() or fresh.page(
        "exchanges/exchange.html", {"page": "exchange", "partners": partners}
    )


@require_safe
@for_viewer
def agreements(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The agreements that name the account's service; the one itself where there is only one."""
    named = viewer.named()
    if len(named) == 1:
        return redirect("agreement", agreement=named[0].id)
    return render(request, "exchanges/agreements.html", {"page": "agreements", "agreements": named})


@require_safe
@for_viewer
def agreement(request: HttpRequest, viewer: Viewer, agreement: str) -> HttpResponse:
    """The text in force, article by article."""
    shown = next((one for one in viewer.named() if one.id == agreement), None)
    if shown is None:
        raise Http404
    signed = node().register.current(agreement).standing.signed
    context = {
        "page": "agreements",
        "agreement": shown,
        "digest": signed.digest.hex(),
        "signed_by": [viewer.name_of(party.id) for party in shown.parties if party.id in signed.signed_by],
        "chapters": chapters(shown, viewer),
        "parties": [
            (party, [(service, purposes(service.mandates)) for service in party.services])
            for party in shown.parties
        ],
        "areas": sorted(shown.zone.areas, key=lambda area: (area.level != "region", area.level, area.name)),
    }
    return render(request, "exchanges/agreement.html", context)
