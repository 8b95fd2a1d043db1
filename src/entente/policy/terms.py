"""The articles of one version, prepared for matching: what fits, what does not, and why.

Both the sender's decision and the receiver's check ask here, so that they cannot differ in
what an article means. Nothing here depends on the moment, but for :meth:`Terms.not_in_force`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import msgspec

from entente.agreements.checks import require_sound
from entente.agreements.document import Exceptional, Function, Opening, Party, Share, Withhold
from entente.agreements.overlap import functions_for, services_for
from entente.agreements.steps import Standing, days, in_force
from entente.errors import NotInForceError
from entente.places import Place, area_of, lies_in, locate, place_of
from entente.policy.reasons import Reason, reason
from entente.records.base import TLP_RANK, Purpose, Record

_NEAR_M: Final = 10_000
"""Metres within which a point belongs to the locality that the list gives a point for."""


class Terms:
    """One agreement version as one node holds it. AgreementError if its text has errors."""

    def __init__(self, standing: Standing) -> None:
        agreement = standing.signed.agreement
        require_sound(agreement)
        self.standing: Final = standing
        self.agreement: Final = agreement
        self.version: Final = agreement.version
        self.time_zone: Final = agreement.time_zone
        self.parties: Final[dict[str, Party]] = {party.id: party for party in agreement.parties}
        self.areas: Final = {area.code: area for area in agreement.zone.areas}
        self.shares: Final = tuple(one for one in agreement.articles if isinstance(one, Share))
        self.withholds: Final = tuple(one for one in agreement.articles if isinstance(one, Withhold))
        self._withhold_places: Final = tuple(one for one in self.withholds if one.where)
        self.exceptions: Final = tuple(one for one in agreement.articles if isinstance(one, Exceptional))
        openings: tuple[Opening, ...] = (*self.shares, *self.exceptions)
        self._openings: Final = {one.id: one for one in openings}

    @cached_property
    def window(self) -> tuple[datetime, datetime]:
        """From when to before when the agreement holds here, in UTC; an empty one if it does not at all."""
        never = datetime.max.replace(tzinfo=UTC)
        if self.standing.signed.missing or self.standing.adopted_at is None:
            return never, never
        first, after = days(self.standing.signed)
        return max(first, self.standing.adopted_at.astimezone(UTC)), after or never

    def not_in_force(self, now: datetime) -> Reason:
        """Why the agreement does not hold at a moment outside its window."""
        try:
            in_force(self.standing, now)
        except NotInForceError as error:
            return Reason("not-in-force", error.message, error.values)
        raise AssertionError("the window and in_force differ")

    def opening(self, citation: str) -> Opening | None:
        """The share or exceptional article that a citation ``<version>#<id>`` names, if it is of this version."""
        version, _, article = citation.partition("#")
        return self._openings.get(article) if version == str(self.version) else None

    def cite(self, article: Opening) -> str:
        """The citation of an article: what a released record carries."""
        return f"{self.version}#{article.id}"

    def functions(self, article: Exceptional, sender: str, purpose: Purpose) -> tuple[Function, ...]:
        """The functions of the sender that may decide by the article on a record of the purpose."""
        return functions_for(self.parties[sender], article, purpose)

    def strangers(self, sender: str, recipient: str) -> Reason | None:
        """Why nothing can pass between these two, whatever it is."""
        for party in (sender, recipient):
            if party not in self.parties:
                return reason("not-a-party", party=party)
        return reason("itself") if sender == recipient else None

    def services(self, share: Opening, recipient: str, record: Record) -> tuple[str, ...]:
        """The services of the recipient that may see the record by the article."""
        return services_for(self.parties[recipient], share, record.purpose)

    def place_name(self, place: Place) -> str:
        """The place as the agreement calls it, for a reason: never what somebody typed beside the code."""
        area = area_of(place, self.areas)
        return area.name if area is not None else place.code or "?"

    def outside(self, place: Place) -> Reason | None:
        """Why a place is not in the zone, if it is not."""
        if place.code is None:
            return reason("no-code")
        if not lies_in(place, self.areas, None):
            return reason("outside", place=place.code)
        return None

    def mandated(self, party: str, purpose: Purpose) -> tuple[str, ...]:
        """The services of a party that may act for the purpose."""
        known = self.parties.get(party)
        services = known.services if known is not None else ()
        return tuple(service.id for service in services if purpose in service.mandates)

    def unmandated(self, sender: str, record: Record) -> Reason | None:
        """Why the service that filed a record may not act for its purpose, if it may not."""
        if record.service in self.mandated(sender, record.purpose):
            return None
        return reason("no-mandate", service=record.service, party=sender, purpose=record.purpose)

    def misfits(self, share: Opening, record: Record, sender: str, recipient: str) -> Iterator[Reason]:
        """Why the article does not apply to the record, for what both sides see alike; nothing if it does."""
        article = share.id
        if sender not in share.from_:
            yield reason("not-from", article=article, party=sender)
        if recipient not in share.to:
            yield reason("not-to", article=article, party=recipient)
        if record.kind() not in share.kinds:
            yield reason("not-kind", article=article, kind=record.kind())
        if record.purpose not in share.purposes:
            yield reason("not-purpose", article=article, purpose=record.purpose)
        elif recipient in share.to and not self.services(share, recipient, record):
            yield reason("no-service", article=article, party=recipient, purpose=record.purpose)

    def misfits_here(self, share: Opening, record: Record) -> Iterator[Reason]:
        """Why the article does not apply, for what only the sender sees as it was: marking and place."""
        article = share.id
        if TLP_RANK[record.tlp] > TLP_RANK[share.tlp]:
            yield reason("not-tlp", article=article, tlp=record.tlp, highest=share.tlp)
        if share.where:
            if record.place is None:
                yield reason("not-placed", article=article)
            elif not lies_in(record.place, self.areas, share.where):
                yield reason("not-where", article=article, place=self.place_name(record.place))

    def all_misfits(self, share: Opening, record: Record, sender: str, recipient: str) -> Iterator[Reason]:
        """Every reason why the article does not apply to a record at its sender."""
        yield from self.misfits(share, record, sender, recipient)
        yield from self.misfits_here(share, record)

    def unlike(self, withhold: Withhold, record: Record, sender: str) -> Iterator[Reason]:
        """Why the article does not withhold the record: conditions that do not match; none if all do."""
        article = withhold.id
        if withhold.from_ and sender not in withhold.from_:
            yield reason("unlike-from", article=article, party=sender)
        if withhold.kinds and record.kind() not in withhold.kinds:
            yield reason("unlike-kind", article=article, kind=record.kind())
        if withhold.purposes and record.purpose not in withhold.purposes:
            yield reason("unlike-purpose", article=article, purpose=record.purpose)
        if withhold.services and record.service not in withhold.services:
            yield reason("unlike-service", article=article, service=record.service)
        if withhold.tlp_from is not None and TLP_RANK[record.tlp] < TLP_RANK[withhold.tlp_from]:
            yield reason("unlike-tlp", article=article, lowest=withhold.tlp_from, tlp=record.tlp)
        if withhold.where and not (
            record.place is not None and lies_in(record.place, self.areas, withhold.where)
        ):
            yield reason("unlike-where", article=article)

    def withheld_point(self, record: Record, sender: str) -> Reason | None:
        """Why the exact point of a record is withheld though the code beside it, a coarser one, is not."""
        place = record.place
        if place is None or place.lat is None or place.lon is None or not self._withhold_places:
            return None
        near = locate(place.lat, place.lon, self.areas, _NEAR_M)
        if near is None:
            return None
        there = msgspec.structs.replace(record, place=place_of(near))
        found = (self.withholds_it(withhold, there, sender) for withhold in self._withhold_places)
        return next((no for no in found if no is not None), None)

    def withholds_it(self, withhold: Withhold, record: Record, sender: str) -> Reason | None:
        """Why the article withholds the record, or None if it does not."""
        if any(True for _ in self.unlike(withhold, record, sender)):
            return None
        named: dict[str, dict[str, object]] = {}
        if withhold.from_:
            named["withheld-from"] = {"party": sender}
        if withhold.kinds:
            named["withheld-kind"] = {"kind": record.kind()}
        if withhold.purposes:
            named["withheld-purpose"] = {"purpose": record.purpose}
        if withhold.services:
            named["withheld-service"] = {"service": record.service}
        if withhold.tlp_from is not None:
            named["withheld-tlp"] = {"lowest": withhold.tlp_from, "tlp": record.tlp}
        if withhold.where and record.place is not None:
            named["withheld-where"] = {"place": self.place_name(record.place)}
        if len(named) != 1:
            # Several conditions together: the article's own words say it best.
            return reason("withheld", article=withhold.id, text=withhold.text)
        slug, values = named.popitem()
        return reason(slug, article=withhold.id, **values)
