"""For any records and any sound agreement: what arrives is what was foretold, nothing finer, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgspec
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.agreements.document import Agreement, Form, Share
from entente.errors import EntenteError
from entente.policy import Outcome
from entente.records import Record, decode
from entente.records.base import Role, fields_of
from tests import parties
from tests.attacks.hostile import contents_of, dump
from tests.federation import AGREEMENT, Federation
from tests.policy import worlds

NODES = ("gao", "tillaberi", "kayes")
TARGET = "GAO-7K3QX"

# Planted where forms may drop or coarsen; in no agreement and in no area.
LAT, LON, NAME, WORDS = 1_543_217, 76_543, "Puits du canari jaune", "mots du canari vert"
POINT = {"lat": LAT, "lon": LON, "name": NAME}

FEDERATED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def empty_again() -> Iterator[None]:
    """Whatever is written inside is gone afterwards: every example begins with empty ledgers."""
    with ExitStack() as stack:
        for name in NODES:
            stack.enter_context(transaction.atomic(using=name))
        try:
            yield
        finally:
            for name in NODES:
                transaction.set_rollback(True, using=name)


def planted(record: Record) -> Record:
    """The record, with canaries in place of its exact point and its words."""
    changes: dict[str, object] = {}
    if record.place is not None and record.place.lat is not None:
        changes["place"] = msgspec.structs.replace(record.place, **POINT)
    for name, field in fields_of(type(record)).items():
        if field.role is Role.FREE_TEXT and isinstance(getattr(record, name), str):
            changes[name] = WORDS
    return msgspec.structs.replace(record, **changes)


@st.composite
def filings(draw: st.DrawFn, draft: Agreement) -> list[Record]:
    """What Gao files after its first alert: mostly what some article shares."""
    aims = [article for article in draft.articles if isinstance(article, Share)]
    found = draw(
        st.lists(
            st.one_of(worlds.records(), *(worlds.records(aim, "tillaberi.ne") for aim in aims)),
            min_size=1,
            max_size=4,
        )
    )
    return [planted(record) for record in found]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Agreement, list[Record]]:
    draft = draw(st.one_of(st.just(parties.agreement()), worlds.agreements()))
    return draft, draw(filings(draft))


def foretold(federation: Federation, record: Record, *, confirmed: bool) -> tuple[Outcome, bytes | None]:
    """What explain says of Tillabéri: whether, and exactly what."""
    gao = federation.gao
    if record.code and gao.show(record.code):
        found = gao.explain(record.code)
    else:
        found = gao.explain_record(record, confirmed=confirmed)
    assert [one.recipient for one in found] == ["tillaberi.ne"]
    return found[0].explanation.decision.outcome, found[0].payload


def but_for_its_moment(payload: bytes) -> Record:
    return msgspec.structs.replace(decode(payload), released_at=None)


def filed(federation: Federation, records: list[Record], *, confirmed: bool) -> list[Record]:
    """The records that Gao's node accepts: an answer with another purpose than its target's, for one, is not."""
    accepted = []
    for record in records:
        try:
            accepted += [filing.record for filing in federation.gao.file([record], confirmed=confirmed)]
        except EntenteError:
            continue
    return accepted


def arrived(federation: Federation) -> list[bytes]:
    """Every payload that Tillabéri holds of Gao's."""
    store = federation.tillaberi.store
    return [
        kept.payload
        for head in store.journals()
        if not head.ours
        for kept in store.entries(head.origin, 0, head.size)
        if kept.payload is not None
    ]


def worded(record: Record) -> set[str]:
    """Its fields of free text."""
    return {name for name, field in fields_of(type(record)).items() if field.role is Role.FREE_TEXT}


def form_of(draft: Agreement, payload: bytes) -> Form:
    article = (decode(payload).article or "").partition("#")[2]
    [share] = [one for one in draft.articles if isinstance(one, Share) and one.id == article]
    return share.form


@FEDERATED
@given(scene=scenes(), confirmed=st.booleans())
def test_what_the_partner_stores_is_byte_for_byte_what_explain_said(
    ledgers: None,  # noqa: ARG001  empty databases
    scene: tuple[Agreement, list[Record]],
    confirmed: bool,  # noqa: FBT001  hypothesis gives it by name
) -> None:
    draft, records = scene
    with empty_again():
        federation = Federation.agreed(draft)
        gao, tillaberi = federation.gao, federation.tillaberi
        gao.file([parties.alert(code=TARGET)], confirmed=True)
        federation.exchange()
        first = arrived(federation)
        federation.clock.advance(minutes=1)
        accepted = filed(federation, records, confirmed=confirmed)
        before = [foretold(federation, record, confirmed=confirmed) for record in accepted]
        federation.exchange()
        new = arrived(federation)
        for payload in first:
            new.remove(payload)
        leaves = [payload if outcome is Outcome.RELEASE else None for outcome, payload in before]
        assert sorted(new) == sorted(payload for payload in leaves if payload is not None)
        # What Gao may release, Tillabéri admits.
        heads = [head for head in tillaberi.store.journals() if not head.ours]
        assert not any(tillaberi.store.quarantined_entries(head.origin) for head in heads)
        for record, payload in zip(accepted, leaves, strict=True):
            shown = tillaberi.show(record.code) if record.code else None
            assert (shown.body if shown else None) == (payload if record.code else None)
        # What had to wait leaves as it was foretold, but for its moment; what has left is explained as it left.
        federation.clock.advance(days=60)
        federation.exchange()
        for record, (outcome, payload) in zip(accepted, before, strict=True):
            shown = tillaberi.show(record.code) if record.code else None
            if shown is None or payload is None:
                continue
            assert foretold(federation, record, confirmed=confirmed)[1] == shown.body
            if outcome is Outcome.LATER:
                assert but_for_its_moment(shown.body) == but_for_its_moment(payload)
            else:
                assert shown.body == payload


@FEDERATED
@given(scene=scenes())
def test_nothing_finer_than_an_articles_form_is_anywhere_in_the_partners_ledger(
    ledgers: None,  # noqa: ARG001  empty databases
    scene: tuple[Agreement, list[Record]],
) -> None:
    draft, records = scene
    with empty_again():
        federation = Federation.agreed(draft)
        target = parties.alert(code=TARGET, description=WORDS)
        accepted = filed(federation, [planted(target), *records], confirmed=True)
        federation.exchange()
        federation.clock.advance(days=60)
        federation.exchange()
        forms = [(decode(payload), form_of(draft, payload)) for payload in arrived(federation)]
        held = contents_of("tillaberi")
        if not any(form.place == "exact" for _, form in forms):
            for canary in (str(LAT), str(LON), NAME):
                assert canary.encode() not in held
        if not any(worded(record) & set(form.fields) for record, form in forms):
            assert WORDS.encode() not in held
        for record, form in forms:
            dropped = worded(record) - set(form.fields)
            assert not any(getattr(record, name) for name in dropped)
        # At home all of it is kept as it was filed.
        home = contents_of("gao")
        assert all(str(LAT).encode() in home for r in accepted if r.place is not None and r.place.lat == LAT)


@FEDERATED
@given(scene=scenes())
def test_the_third_authority_holds_nothing(
    ledgers: None,  # noqa: ARG001  empty databases
    scene: tuple[Agreement, list[Record]],
) -> None:
    draft, records = scene
    with empty_again():
        empty = dump("kayes")
        federation = Federation.agreed(draft)
        filed(federation, records, confirmed=True)
        federation.exchange()
        for line in federation.lines.values():
            for pouch in line.pouches:
                try:
                    federation.kayes.read_pouch(pouch)
                except EntenteError:
                    continue
                raise AssertionError("the third authority opened a pouch")
        assert federation.gao.partners() == [(AGREEMENT, "tillaberi.ne")]
        assert {j.recipient for j in federation.gao.store.journals()} <= {"tillaberi.ne", "gao.ml"}
        assert dump("kayes") == empty
