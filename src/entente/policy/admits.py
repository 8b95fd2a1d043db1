"""The receiver's check: could the agreement have let this record leave, in this form?

The receiver cannot decide again, because it does not see what was dropped. It checks all
that it sees (DESIGN.md section 5): the cited article and version, the moment of release, the
parties, kind, purpose and marking, that nothing is there that the article's form drops, that
making it coarser once more would change nothing, that the place can lie where the article
holds, and that no withhold article certainly forbids it.

What a receiver cannot see, it does not guess: a withhold article whose condition the reduction
may have blurred is the sender's to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from entente.agreements.document import Form, Share
from entente.agreements.steps import days
from entente.places import can_lie_in, lies_in
from entente.policy.generalise import Reducer, passing_form
from entente.policy.reasons import Reason, reason
from entente.policy.terms import Terms
from entente.records.base import TLP_RANK, Record
from entente.records.times import parse_at

_AHEAD: Final = timedelta(hours=24)
"""How far ahead of our clock a sender's moment may be (PROTOCOL.md section 11)."""


def refusals(
    terms: Terms, reducer: Reducer, record: Record, *, sender: str, recipient: str, now: datetime
) -> Iterator[Reason]:
    """Every reason to quarantine a record that came, in this order; nothing if it is admitted.

    1. both are parties, and the record is for this one
    2. it says when it was released, not far ahead of our clock
    3. a kind that passes in every state cites nothing; what it may hold
    4. it cites a share article of this version, which held at that moment
    5. the article is for these parties, this kind and purpose, and for somebody here
    6. its marking is one that the article gives
    7. nothing in it says more than the form allows
    8. its place can lie in the zone and where the article holds
    9. the delay had passed
    10. no withhold article certainly forbids it
    """
    no = terms.strangers(sender, recipient) or _not_for(record, recipient)
    if no is not None:
        yield no
        return
    released = _released(record)
    if released is None:
        yield reason("no-instant")
        return
    if released > now + _AHEAD:
        yield reason("ahead", released_at=record.released_at)
    if record.passes_always:
        if record.article is not None:
            yield reason("needless-citation", kind=record.kind(), article=record.article)
        yield from _too_much(reducer, record, passing_form(type(record)), "-")
        return
    share = _cited(terms, record)
    if isinstance(share, Reason):
        yield share
        return
    if not _held(terms, released):
        yield terms.not_in_force(released)
    yield from terms.misfits(share, record, sender, recipient)
    yield from _marking(share, record)
    yield from _too_much(reducer, record, share.form, share.id)
    yield from _place(terms, share, record)
    start, _ = parse_at(record.at, terms.time_zone)
    # Of a coarser time only the start is certain: the end may lie after the true one.
    if released < start + timedelta(hours=share.delay_hours) and share.delay_hours:
        yield reason("early", released_at=record.released_at, article=share.id)
    yield from _forbidden(terms, share, record, sender)


def _not_for(record: Record, recipient: str) -> Reason | None:
    if record.addressee is not None and getattr(record, record.addressee) != recipient:
        return reason("addressee", party=getattr(record, record.addressee))
    return None


def _released(record: Record) -> datetime | None:
    text = record.released_at
    if text is None or not text.endswith("Z"):
        return None
    return parse_at(text)[0]


def _cited(terms: Terms, record: Record) -> Share | Reason:
    if record.article is None:
        return reason("no-citation")
    version, _, article = record.article.partition("#")
    if version != str(terms.version):
        return reason("other-version", cited=version, version=terms.version)
    return terms.share(record.article) or reason("unknown-article", article=article)


def _held(terms: Terms, released: datetime) -> bool:
    """Whether the version held at the sender: the adopt note may have reached us after the record left."""
    standing = terms.standing
    if standing.signed.missing or standing.adopted_at is None:
        return False
    first, after = days(standing.signed)
    return first <= released and (after is None or released < after)


def _marking(share: Share, record: Record) -> Iterator[Reason]:
    # A sound article marks its result at least as high as anything that it shares (checks).
    wanted = share.form.tlp
    if wanted is not None and record.tlp != wanted:
        yield reason("marking", article=share.id, tlp=record.tlp, wanted=wanted)
    elif wanted is None and TLP_RANK[record.tlp] > TLP_RANK[share.tlp]:
        yield reason("not-tlp", article=share.id, tlp=record.tlp, highest=share.tlp)


def _too_much(reducer: Reducer, record: Record, form: Form, article: str) -> Iterator[Reason]:
    plan = reducer.plan(type(record), form)
    for name, nothing in plan.dropped:
        if getattr(record, name) != nothing and name not in {"article", "released_at"}:
            yield reason("field-kept", field=name, article=article)
    for name in plan.times:
        at = getattr(record, name)
        if at is not None and reducer.time(at, form) != at:
            yield reason("time-kept", field=name, article=article, precision=form.time)
    for name in plan.places:
        place = getattr(record, name)
        if place is not None and reducer.place(place, form) != place:
            yield reason("place-kept", field=name, article=article, precision=form.place)


def _place(terms: Terms, share: Share, record: Record) -> Iterator[Reason]:
    place = record.place
    if place is None:
        if record.placed:
            yield reason("no-place", kind=record.kind())
        elif share.where:
            yield reason("not-placed", article=share.id)
        return
    outside = terms.outside(place)
    if outside is not None:
        yield outside
    # As it was filed, it can be checked as the sender did; made coarser, only whether it may be.
    elif share.form.place == "exact":
        if not lies_in(place, terms.areas, share.where):
            yield reason("not-where", article=share.id, place=terms.place_name(place))
    elif not can_lie_in(place, terms.areas, share.where or None):
        yield reason("not-where", article=share.id, place=terms.place_name(place))


def _forbidden(terms: Terms, share: Share, record: Record, sender: str) -> Iterator[Reason]:
    for withhold in terms.withholds:
        # A form that marks the result hides how the record was marked before.
        marked_higher = share.form.tlp is not None and withhold.tlp_from not in {None, "CLEAR"}
        if not marked_higher and terms.withholds_it(withhold, record, sender) is not None:
            yield reason("forbidden", withhold=withhold.id, article=share.id)
