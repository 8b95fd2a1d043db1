"""Why removing a share article never opens access.

A decision takes the first share article, in document order, that fits. If an article that
stands earlier gave less than a later one that fits the same record, then taking the earlier
one away would open access, and nobody who reads the articles one by one would see it. So
for any two share articles that may fit the same record, the earlier must be at least as
open in every respect (DESIGN.md section 5); :func:`less_open_than` says where it is not.

What an article fits (parties, kinds, purposes, places, the highest marking) is not a respect:
a record that only the later one fits goes by the later one, with or without the earlier.
"""

from __future__ import annotations

from collections.abc import Mapping

from entente import places
from entente.agreements.document import Aggregate, Agreement, Exceptional, Function, Opening, Party, Share
from entente.places import Area, lies_in, place_of
from entente.records import KINDS, times
from entente.records.base import TLP_RANK, Purpose, fields_of


def services_for(party: Party, article: Opening, purpose: Purpose) -> tuple[str, ...]:
    """The services of a recipient that may see a record of the purpose released by the article."""
    mandates = set(article.recipients or (purpose,))
    return tuple(service.id for service in party.services if mandates & set(service.mandates))


def functions_for(party: Party, article: Exceptional, purpose: Purpose) -> tuple[Function, ...]:
    """The functions of a sender that may decide by the article on a record of the purpose."""
    mandated = {service.id for service in party.services if purpose in service.mandates}
    return tuple(one for one in article.functions if one.party == party.id and one.service in mandated)


def may_overlap(earlier: Share, later: Share, agreement: Agreement, areas: Mapping[str, Area]) -> bool:
    """Whether some record for some recipient may fit both; kinds and areas must be known (checks)."""
    return (
        bool(set(earlier.kinds) & set(later.kinds))
        and _places_meet(earlier, later, areas)
        and bool(_common(earlier, later, agreement))
    )


def less_open_than(earlier: Share, later: Share, agreement: Agreement) -> list[str]:
    """The respects in which the earlier article gives less than the later, for what may fit both."""
    found = []
    common = {field for kind in set(earlier.kinds) & set(later.kinds) for field in fields_of(KINDS[kind])}
    if common & set(later.form.fields) - set(earlier.form.fields):
        found.append("fields")
    if not places.is_at_least_as_coarse(later.form.place, earlier.form.place):
        found.append("place")
    if not _tells_time_of(earlier.form.time, later.form.time):
        found.append("time")
    if earlier.form.tlp is not None and TLP_RANK[earlier.form.tlp] > TLP_RANK[later.form.tlp or "CLEAR"]:
        found.append("marking")
    if any(set(theirs) - set(ours) for ours, theirs in _common(earlier, later, agreement)):
        found.append("recipients")
    if earlier.delay_hours > later.delay_hours:
        found.append("delay")
    if earlier.retention_days < later.retention_days:
        found.append("retention")
    if _adds_up_more(earlier.form.aggregate, later.form.aggregate):
        found.append("aggregate")
    if later.observers and not earlier.observers:
        found.append("observers")
    return found


def _adds_up_more(earlier: Aggregate | None, later: Aggregate | None) -> bool:
    """Whether the sums of the earlier article tell less than what leaves by the later."""
    if earlier is None:
        return False
    return (
        later is None
        or not _tells_time_of(earlier.window, later.window)
        or bool(set(later.by) - set(earlier.by))
        or earlier.min_cell > later.min_cell
        or earlier.min_observations > later.min_observations
        or later.round_to % earlier.round_to != 0
    )


def _tells_time_of(finer: times.Precision, coarser: times.Precision) -> bool:
    # A week does not tell its month: it may begin in one and end in another.
    return times.is_at_least_as_coarse(coarser, finer) and (finer, coarser) != ("week", "month")


def _places_meet(earlier: Share, later: Share, areas: Mapping[str, Area]) -> bool:
    if not earlier.where or not later.where:
        return True
    return any(
        lies_in(place_of(areas[code]), areas, others.where)
        for ours, others in ((earlier, later), (later, earlier))
        for code in ours.where
    )


def _common(
    earlier: Share, later: Share, agreement: Agreement
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each recipient and purpose that both articles name: who may see, by the one and by the other.

    An article by which nobody may see does not fit, so that pair is left out.
    """
    senders = set(earlier.from_) & set(later.from_)
    found = []
    for party in agreement.parties:
        if party.id not in earlier.to or party.id not in later.to or not senders - {party.id}:
            continue
        for purpose in earlier.purposes:
            if purpose in later.purposes:
                ours, theirs = services_for(party, earlier, purpose), services_for(party, later, purpose)
                if ours and theirs:
                    found.append((ours, theirs))
    return found
