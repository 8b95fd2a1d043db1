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

from datetime import datetime, timedelta
from functools import cache
from typing import Final, TypeVar

import msgspec

from entente.agreements.document import Aggregate, Exceptional, Form, Opening
from entente.agreements.steps import days
from entente.places import can_lie_in, lies_in
from entente.policy.aggregate import COMMUNITY, OBSERVATIONS, SEVERAL
from entente.policy.generalise import Plan, Reducer, passing_form
from entente.policy.reasons import Reason, reason
from entente.policy.terms import Terms
from entente.records.base import LEAST_FUNCTIONS, TLP_RANK, Record, Role, fields_of
from entente.records.times import parse_at, period, precision_of

_AHEAD: Final = timedelta(hours=24)
"""How far ahead of our clock a sender's moment may be (PROTOCOL.md section 11)."""

T = TypeVar("T")

_MOST_REMEMBERED: Final = 50_000


class _Cited(msgspec.Struct, frozen=True):
    """What a record's own claims mean; ``share`` is None for what passes in every state."""

    share: Opening | None
    form: Form
    plan: Plan
    delay: timedelta | None
    deciders: frozenset[str] | None = None
    """The functions that may have released it, where the article is exceptional."""


class Admitter:
    """Checks what comes by one version of an agreement.

    The steps, in order; the first that fails ends the check with its reason:

    1. both are parties, and the record is for this one
    2. a kind that passes in every state cites nothing; any other cites an article of this version that
       shares, or an exceptional one
    3. the article is for these parties, this kind and purpose, and for somebody here; the service that
       filed it has a mandate for the purpose
    4. its marking is one that the article gives
    5. its place can lie in the zone and where the article holds
    6. no withhold article certainly forbids it
    7. by an exceptional article, two different functions released it, all of them such as the article
       names for the sender and the purpose; by any other, it names none
    8. it says when it was released, not far ahead of our clock, while the version held
    9. the delay had passed
    10. nothing in it says more than the form allows; by an article that adds up, it is a sum over a
        whole window, with no number of persons below the smallest cell

    Steps 1 to 6 are remembered by what they depend on.
    """

    def __init__(self, terms: Terms, reducer: Reducer) -> None:
        self._terms = terms
        self._reducer = reducer
        standing = terms.standing
        self._adopted = not standing.signed.missing and standing.adopted_at is not None
        self._first, self._after = days(standing.signed)
        self._cited: dict[tuple[object, ...], _Cited | Reason] = {}

    def admits(self, record: Record, *, sender: str, recipient: str, now: datetime) -> Reason | None:
        """The first reason to quarantine the record, or None: it is admitted."""
        kind = record.__class__
        place = record.place
        key = (
            kind,
            sender,
            recipient,
            record.article,
            record.purpose,
            record.tlp,
            record.service,
            None if place is None else (place.code, place.scheme, place.version),
            None if kind.addressee is None else getattr(record, kind.addressee),
        )
        cited = self._cited.get(key)
        if cited is None:
            cited = self._check_claims(record, sender, recipient)
            if len(self._cited) >= _MOST_REMEMBERED:
                self._cited.clear()
            self._cited[key] = cited
        if isinstance(cited, Reason):
            return cited
        if (record.released_by or cited.deciders is not None) and (
            no := self._decided(cited, record, sender)
        ) is not None:
            return no
        return self._moment(cited, record, now) or self._content(cited, record)

    def _check_claims(self, record: Record, sender: str, recipient: str) -> _Cited | Reason:
        """Steps 1 to 6. Whatever is read here is in the key."""
        no = self._terms.strangers(sender, recipient)
        if no is None and record.addressee is not None and getattr(record, record.addressee) != recipient:
            no = reason("addressee", party=getattr(record, record.addressee))
        if no is not None:
            return no
        if record.passes_always:
            if record.article is not None:
                return reason("needless-citation", kind=record.kind(), article=record.article)
            form = passing_form(type(record))
            return _Cited(None, form, self._reducer.plan(type(record), form), None)
        share = self._share(record)
        if isinstance(share, Reason):
            return share
        no = next(self._terms.misfits(share, record, sender, recipient), None)
        if share.form.aggregate is None or record.service not in {COMMUNITY, SEVERAL}:
            no = no or self._terms.unmandated(sender, record)
        no = no or _marking(share, record) or self._place(share, record)
        no = no or self._forbidden(share, record, sender)
        if no is not None:
            return no
        plan = self._reducer.plan(type(record), share.form)
        if isinstance(share, Exceptional):
            functions = self._terms.functions(share, sender, record.purpose)
            return _Cited(share, share.form, plan, None, frozenset(one.title for one in functions))
        delay = timedelta(hours=share.delay_hours) if share.delay_hours else None
        return _Cited(share, share.form, plan, delay)

    def _decided(self, cited: _Cited, record: Record, sender: str) -> Reason | None:
        """Step 7. A receiver cannot ask who pressed the buttons: it holds the sender to what it signed."""
        article = "-" if cited.share is None else cited.share.id
        if cited.deciders is None:
            return reason("needless-decision", article=article)
        for function in record.released_by:
            if function not in cited.deciders:
                return reason(
                    "unknown-function",
                    function=function,
                    article=article,
                    party=sender,
                    purpose=record.purpose,
                )
        count = len(set(record.released_by))
        if count < max(LEAST_FUNCTIONS, len(record.released_by)):
            return reason("few-functions", article=article, count=count)
        return None

    def _share(self, record: Record) -> Opening | Reason:
        if record.article is None:
            return reason("no-citation")
        version, _, article = record.article.partition("#")
        if version != str(self._terms.version):
            return reason("other-version", cited=version, version=self._terms.version)
        return self._terms.opening(record.article) or reason("unknown-article", article=article)

    def _place(self, share: Opening, record: Record) -> Reason | None:
        place = record.place
        if place is None:
            if record.placed:
                return reason("no-place", kind=record.kind())
            return reason("not-placed", article=share.id) if share.where else None
        outside = self._terms.outside(place)
        if outside is not None:
            return outside
        # As it was filed, it can be checked as the sender did; made coarser, only whether it may be.
        can_lie = lies_in if share.form.place == "exact" else can_lie_in
        if not can_lie(place, self._terms.areas, share.where or None):
            return reason("not-where", article=share.id, place=self._terms.place_name(place))
        return None

    def _forbidden(self, share: Opening, record: Record, sender: str) -> Reason | None:
        for withhold in self._terms.withholds:
            # A form that marks the result hides how the record was marked before.
            hidden = share.form.tlp is not None and withhold.tlp_from not in {None, "CLEAR"}
            if not hidden and self._terms.withholds_it(withhold, record, sender) is not None:
                return reason("forbidden", withhold=withhold.id, article=share.id)
        return None

    def _moment(self, cited: _Cited, record: Record, now: datetime) -> Reason | None:
        """Steps 8 and 9."""
        text = record.released_at
        if text is None or not text.endswith("Z"):
            return reason("no-instant")
        released, _ = parse_at(text)
        if released > now + _AHEAD:
            return reason("ahead", released_at=text)
        if cited.share is None:
            return None
        # Not from when the adopt note reached us: it may have come after the record left.
        if not self._adopted or released < self._first or (self._after and released >= self._after):
            return self._terms.not_in_force(released)
        if cited.delay is not None and cited.form.aggregate is None:
            start, _ = parse_at(record.at, self._terms.time_zone)
            # Of a coarser time only the start is certain: its end may lie after the true one.
            if released < start + cited.delay:
                return reason("early", released_at=text, article=cited.share.id)
        return None

    def _content(self, cited: _Cited, record: Record) -> Reason | None:
        """Step 10: what the form drops is not there, and making it coarser again changes nothing."""
        plan, form = cited.plan, cited.form
        article = "-" if cited.share is None else cited.share.id
        for name, nothing in plan.dropped:
            value = getattr(record, name)
            if value is not nothing and value != nothing:
                return reason("field-kept", field=name, article=article)
        for name in plan.times:
            at = getattr(record, name)
            if at is None or at in plan.coarse_times:
                continue
            if self._reducer.time(at, form) != at:
                return reason("time-kept", field=name, article=article, precision=form.time)
            _remember(plan.coarse_times, at)
        for name in plan.places:
            place = getattr(record, name)
            if place is None or place in plan.coarse_places:
                continue
            if self._reducer.place(place, form) != place:
                return reason("place-kept", field=name, article=article, precision=form.place)
            _remember(plan.coarse_places, place)
        return None if form.aggregate is None else self._added_up(cited, form.aggregate, record)

    def _added_up(self, cited: _Cited, aggregate: Aggregate, record: Record) -> Reason | None:
        """Step 10 for a sum: a closed window, no small number. Whether it adds up rightly nobody here can see."""
        article = "-" if cited.share is None else cited.share.id
        if precision_of(record.at) != aggregate.window:
            return reason("not-a-sum", article=article, window=aggregate.window)
        # Of a sum the end is certain: it left when its window had ended.
        released = record.released_at or ""
        due = period(record.at, self._terms.time_zone)[1] + (cited.delay or timedelta())
        if parse_at(released)[0] < due:
            return reason("early", released_at=released, article=article)
        for name, role in _numbers(type(record)):
            value = getattr(record, name)
            if value is None:
                continue
            if name == OBSERVATIONS and value < aggregate.min_observations:
                return reason("few-observations", article=article, least=aggregate.min_observations)
            if role is Role.COUNT:
                cells = value.values() if isinstance(value, dict) else (value,)
                if any(0 < cell < aggregate.min_cell for cell in cells):
                    return reason("small-cell", field=name, article=article, least=aggregate.min_cell)
                if any(cell % aggregate.round_to for cell in cells):
                    return reason("not-rounded", field=name, article=article, step=aggregate.round_to)
        return None


@cache
def _numbers(kind: type[Record]) -> tuple[tuple[str, Role], ...]:
    """The numbers that are added up, of persons and of anything else."""
    fields = fields_of(kind).items()
    return tuple((name, one.role) for name, one in fields if one.role in {Role.COUNT, Role.QUANTITY})


def _remember(known: set[T], value: T) -> None:
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known.add(value)


def _marking(share: Opening, record: Record) -> Reason | None:
    # A sound article marks its result at least as high as anything that it shares (checks).
    wanted = share.form.tlp
    if wanted is not None and record.tlp != wanted:
        return reason("marking", article=share.id, tlp=record.tlp, wanted=wanted)
    if wanted is None and TLP_RANK[record.tlp] > TLP_RANK[share.tlp]:
        return reason("not-tlp", article=share.id, tlp=record.tlp, highest=share.tlp)
    return None
