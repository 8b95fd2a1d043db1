"""``/public``: the one page without an account. Signed communiqués marked TLP:CLEAR, and nothing else.

A draft is nobody's word yet, so it is not public however it is marked. All records of a
negotiation must be CLEAR: one side's stricter marking holds for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from entente.dialogue import Negotiation
from entente.records import Communique
from entente.talks import Line
from entente_node.directory.here import node


@dataclass(frozen=True)
class Published:
    """A communiqué that everybody may read."""

    communique: Communique
    lines: list[tuple[str, Line, datetime]]
    """The name of the party, its signatory, since when its signature is held here."""


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """The signed communiqués for everybody; 404 when there is none."""
    here = node()
    agreements = [here.register.signed(version).agreement for version in here.store.versions()]
    names = {party.id: party.name for agreement in agreements for party in agreement.parties}
    found = [_published(one, names) for one in here.talks.all() if is_public(one)]
    if not found:
        raise Http404
    # A model says that it is one on this page too.
    watermarks = dict.fromkeys(agreement.watermark for agreement in agreements if agreement.watermark)
    return render(request, "dialogue/public.html", {"published": found, "watermarks": list(watermarks)})


def is_public(negotiation: Negotiation) -> bool:
    """Whether everybody may read it: signed by all, and CLEAR in every record of it."""
    return negotiation.state == "signed" and all(
        version.communique.tlp == "CLEAR" for version in negotiation.versions
    )


def _published(negotiation: Negotiation, names: dict[str, str]) -> Published:
    lines = [
        (
            names.get(line.signatory.party, line.signatory.party),
            line,
            datetime.fromtimestamp(line.held_at or 0, UTC),
        )
        for line in node().talks.lines(negotiation)
    ]
    return Published(negotiation.current.communique, lines)
