"""An exceptional release between two real nodes: two functions of one side, and both sides see it."""

from __future__ import annotations

import pytest

from entente.errors import RecordError, StoreError
from entente.node import Node
from entente.policy import Outcome
from entente.records import Record, decode
from entente.recourse import LONGEST_WHY, Matter
from entente.store import ConflictError
from entente_node.ledger import models
from tests import parties
from tests.attacks.hostile import contents_of, shown
from tests.federation import AGREEMENT, Federation

WHY = "La crue coupe la piste cette nuit (essai synthétique)"
DIRECTOR = {"service": "protection-civile", "function": "directeur", "by": "directeur-gao"}
DUTY = {"service": "protection-civile", "function": "permanence", "by": "permanence-gao"}
NAMED = ("protection-civile/directeur", "protection-civile/permanence")


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  empty databases
    """Gao and Tillabéri with an agreement that has an exceptional article, and Kayes, which has none with them."""
    return Federation.agreed(parties.exceptional())


def filed(node: Node, *, confirmed: bool = True, **changes: object) -> str:
    """An alert above the highest marking of every share article."""
    record: Record = parties.alert(code=None, **({"tlp": "AMBER+STRICT"} | changes))
    code = node.file([record], confirmed=confirmed)[0].record.code
    assert code is not None
    return code


def matter(code: str, article: str = "E1", recipient: str = "tillaberi.ne") -> Matter:
    return Matter(code=code, agreement=AGREEMENT, recipient=recipient, article=article)


def approve(node: Node, code: str, who: dict[str, str], **changes: str):
    return node.recourses.approve(matter(code), **({**who, "why": WHY} | changes))


def test_two_functions_release_it_and_both_sides_see_who(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    code = filed(gao)
    federation.exchange()
    assert tillaberi.show(code) is None
    first = approve(gao, code, DIRECTOR)
    assert (first.functions, first.enough) == (NAMED[:1], False)
    federation.exchange()
    assert tillaberi.show(code) is None
    second = approve(gao, code, DUTY)
    assert (second.functions, second.enough) == (NAMED, True)
    federation.exchange()

    came = tillaberi.show(code)
    assert came is not None
    record = decode(came.body)
    assert (record.article, record.released_by) == ("1#E1", NAMED)
    assert record.place == parties.place("ML0701")
    [explained] = gao.explain(code)
    assert explained.payload == came.body
    assert explained.explanation.decision.outcome is Outcome.RELEASE
    assert explained.explanation.decision.released_by == NAMED
    assert gao.store.refusals(came.id) == []
    for node in (gao, tillaberi):
        assert all(one.problem is None for one in node.verify())


def test_the_reason_and_the_accounts_stay_and_the_non_party_gets_nothing(federation: Federation) -> None:
    code = filed(federation.gao)
    approve(federation.gao, code, DIRECTOR)
    approve(federation.gao, code, DUTY)
    federation.exchange()
    assert shown() == [("alert", code)]
    assert shown("kayes") == []
    theirs = contents_of("tillaberi")
    for word in (WHY, "directeur-gao", "permanence-gao"):
        assert word.encode() not in theirs
        assert word.encode() in contents_of("gao")
    assert code.encode() not in contents_of("kayes")


def test_decided_before_the_first_release_it_leaves_with_that(federation: Federation) -> None:
    code = filed(federation.gao)
    approve(federation.gao, code, DIRECTOR)
    approve(federation.gao, code, DUTY)
    [done] = federation.gao.release()
    assert (done.released, done.withheld) == (1, 0)


def test_a_decision_taken_back_releases_nothing(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    gao.release()
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    back = gao.recourses.retract(matter(code), service="protection-civile", function="permanence")
    assert (back.functions, back.enough) == (NAMED[:1], False)
    [done] = gao.release()
    assert (done.released, done.withheld) == (0, 1)
    federation.exchange()
    assert federation.tillaberi.show(code) is None
    # Nothing is due any more: the next release has nothing to decide.
    assert [one.total for one in gao.release()] == [0]
    approve(gao, code, DUTY)
    assert [one.released for one in gao.release()] == [1]


def test_what_has_left_is_not_taken_back_and_not_decided_again(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    gao.release()
    with pytest.raises(RecordError, match="has left"):
        gao.recourses.retract(matter(code), service="protection-civile", function="permanence")
    with pytest.raises(RecordError, match="has left"):
        approve(gao, code, {"service": "protection-civile", "function": "directeur", "by": "other"})


def test_words_wait_for_a_person_although_two_functions_have_decided(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao, confirmed=False, headline="Mots d’essai")
    gao.release()
    approve(gao, code, DIRECTOR)
    assert not approve(gao, code, DUTY).enough
    assert [(one.released, one.later) for one in gao.release()] == [(0, 1)]
    gao.confirm(code)
    assert [(one.released, one.later) for one in gao.release()] == [(1, 0)]


REFUSED = {
    "a_function_that_is_not_named": ({"function": "secretaire"}, "does not name"),
    "a_function_without_the_mandate": (
        {"service": "securite", "function": "coordonnateur"},
        "does not name",
    ),
    "the_same_function": ({"function": "directeur", "by": "another"}, "has decided already"),
    "the_same_account": ({"by": "directeur-gao"}, "another person"),
    "no_reason": ({"why": " \n"}, "say why"),
    "too_long_a_reason": ({"why": "a" * (LONGEST_WHY + 1)}, "too long"),
    "no_account": ({"by": ""}, "an account decides"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_a_second_decision_is_refused_for(
    federation: Federation, changes: dict[str, str], message: str
) -> None:
    code = filed(federation.gao)
    approve(federation.gao, code, DIRECTOR)
    with pytest.raises(RecordError, match=message):
        approve(federation.gao, code, DUTY, **changes)
    assert [one.released for one in federation.gao.release()] == [0]


NOT_OPENED = {
    "what_is_withheld": ({"tlp": "RED"}, "above the highest"),
    "what_leaves_anyway": ({"tlp": "AMBER"}, "is not needed"),
    "a_purpose_that_it_does_not_name": (
        {"purpose": "pastoral", "service": "elevage"},
        "purpose pastoral",
    ),
    "a_service_without_the_mandate": ({"service": "elevage"}, "another rule"),
}


@pytest.mark.parametrize(("changes", "message"), NOT_OPENED.values(), ids=NOT_OPENED)
def test_it_does_not_open(federation: Federation, changes: dict[str, str], message: str) -> None:
    code = filed(federation.gao, **changes)
    with pytest.raises(RecordError, match=message):
        approve(federation.gao, code, DIRECTOR)


def test_only_our_own_record_for_a_party_under_an_article_that_is_there(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    code = filed(gao)
    for other in (matter(code, "A4"), matter(code, "E9"), matter(code, recipient="kayes.ml")):
        with pytest.raises(RecordError, match="cannot release"):
            gao.recourses.approve(other, **DIRECTOR, why=WHY)
    with pytest.raises(StoreError, match="no agreement"):
        gao.recourses.approve(
            Matter(code=code, agreement="another", recipient="tillaberi.ne", article="E1"),
            **DIRECTOR,
            why=WHY,
        )
    with pytest.raises(StoreError, match="there is no record"):
        tillaberi.recourses.approve(matter(code), **DIRECTOR, why=WHY)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    with pytest.raises(RecordError, match="is a record of"):
        tillaberi.recourses.approve(matter(code, recipient="gao.ml"), **DIRECTOR, why=WHY)
    with pytest.raises(StoreError, match="nothing to take back"):
        gao.recourses.retract(matter(filed(gao)), service="protection-civile", function="directeur")


def test_a_withdrawn_record_is_not_decided_on(federation: Federation) -> None:
    code = filed(federation.gao)
    federation.gao.withdraw(code, "error", service="protection-civile")
    with pytest.raises(RecordError, match="was withdrawn"):
        approve(federation.gao, code, DIRECTOR)


def test_what_is_withdrawn_after_two_have_decided_does_not_leave(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    gao.withdraw(code, "error", service="protection-civile")
    federation.exchange()
    assert federation.tillaberi.show(code) is None
    assert shown() == []


def test_a_decision_between_reading_and_writing_makes_the_release_begin_again(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    gao = federation.gao
    code = filed(gao)
    approve(gao, code, DIRECTOR)
    reading = gao.store.undecided
    tries = []

    def meanwhile(*args: object) -> object:
        found = reading(*args)
        tries.append(len(found))
        if len(tries) == 1:
            approve(gao, code, DUTY)
        return found

    monkeypatch.setattr(gao.store, "undecided", meanwhile)
    assert [one.released for one in gao.release()] == [1]
    assert tries[:2] == [1, 1]


def test_a_decision_taken_back_between_reading_and_writing_releases_nothing(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    gao = federation.gao
    code = filed(gao)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    reading = gao.store.approvals
    tries = []

    def meanwhile(*args: object) -> object:
        found = reading(*args)
        tries.append(len(found))
        if len(tries) == 1:
            # The older of the two: the newest stays the newest, only the count tells.
            monkeypatch.setattr(gao.store, "approvals", reading)
            gao.recourses.retract(matter(code), service="protection-civile", function="directeur")
        return found

    monkeypatch.setattr(gao.store, "approvals", meanwhile)
    [done] = gao.release()
    assert (done.released, done.withheld) == (0, 1)


def test_the_store_refuses_one_function_twice_and_taking_back_what_is_not_there(
    federation: Federation,
) -> None:
    gao = federation.gao
    code = filed(gao)
    approve(gao, code, DIRECTOR)
    [kept] = gao.store.approved(models.Record.objects.using("gao").get(code=code).pk)
    assert (kept.why, kept.approval.by) == (WHY, "directeur-gao")
    with pytest.raises(ConflictError), gao.store.transaction():
        gao.store.approve(kept)
    gao.store.retract(kept)
    with pytest.raises(ConflictError), gao.store.transaction():
        gao.store.retract(kept)
