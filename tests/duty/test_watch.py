"""From alert to answer at night: who is called when, on both sides, once."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from entente.agreements.document import Respond
from entente.errors import StoreError
from entente_node.duty import answers, watch
from entente_node.duty.models import Call, Turn
from entente_node.duty.rota import Rota
from tests import parties
from tests.duty.material import HERE, also_at, below, calls, raise_alert, with_rota
from tests.federation import Federation

DUTY = (HERE, "permanence", "duty", "new")
BACKUP = (HERE, "suppleant", "backup", "unanswered")
ABOVE = (HERE, "directeur", "escalation", "overdue")


def look(federation: Federation, **later: float) -> list[tuple[str, str, str, str]]:
    """Advance the clock, look on both sides, exchange; what Tillabéri has open."""
    federation.clock.advance(**later)
    for node in (federation.tillaberi, federation.gao):
        watch.once(node, federation.clock.now)
    federation.exchange()
    return calls(federation.tillaberi)


@pytest.fixture
def night(federation: Federation) -> Federation:
    """Both have a rota; Gao has raised a severe alert, which is at Tillabéri."""
    with_rota(federation.tillaberi)
    with_rota(federation.gao)
    return federation


def test_an_alert_climbs_the_ladder_while_nobody_answers(night: Federation) -> None:
    raise_alert(night.gao)
    night.exchange()
    assert look(night) == [DUTY]
    assert look(night, minutes=29) == [DUTY]
    assert look(night, minutes=1) == [DUTY, BACKUP]
    assert look(night, minutes=29) == [DUTY, BACKUP]
    assert look(night, minutes=1) == [DUTY, BACKUP, ABOVE]
    assert look(night, days=1) == [DUTY, BACKUP, ABOVE]


def test_the_deadline_is_the_agreements(night: Federation) -> None:
    raise_alert(night.gao)
    night.exchange()
    look(night)
    (call,) = Rota(night.tillaberi).rows(Call)
    assert call.deadline == night.clock.now + timedelta(minutes=60)


def test_both_sides_see_who_was_called(night: Federation) -> None:
    code = raise_alert(night.gao)
    night.exchange()
    look(night)
    look(night, minutes=30)
    for node in (night.gao, night.tillaberi):
        folded = node.dossier(code)
        assert folded.state == "new"
        assert [(step.party, step.step, step.service, step.function) for step in folded.steps] == [
            ("tillaberi.ne", "notified", HERE, "permanence"),
            ("tillaberi.ne", "escalated", HERE, "suppleant"),
        ]
    # Telling of a call calls nobody, on neither side.
    assert calls(night.gao) == []
    assert look(night, minutes=1) == [DUTY, BACKUP]


def test_an_answer_ends_the_calls_and_nobody_else_is_called(night: Federation) -> None:
    code = raise_alert(night.gao)
    night.exchange()
    look(night)
    night.tillaberi.answer(code, service=HERE, step="acknowledged", function="permanence")
    assert look(night, minutes=40) == []
    assert [call.ended_by for call in Rota(night.tillaberi).rows(Call)] == [f"{HERE}/permanence"]
    assert calls(night.tillaberi, ended=True) == [DUTY]


@pytest.mark.parametrize("how", ["closed", "withdrawn"])
def test_what_its_author_ends_calls_nobody(night: Federation, how: str) -> None:
    code = raise_alert(night.gao)
    night.exchange()
    look(night)
    if how == "closed":
        night.gao.answer(code, service=HERE, step="closed")
    else:
        night.gao.withdraw(code, "error", service=HERE)
    night.exchange()
    assert look(night, minutes=45) == []


def test_with_nobody_on_duty_those_above_are_called_at_once(night: Federation) -> None:
    rota = Rota(night.tillaberi)
    rota.rows(Turn).create(  # nobody: a gap that is said
        service=HERE, start=night.clock.now, until=night.clock.now + timedelta(hours=2), function=""
    )
    raise_alert(night.gao)
    night.exchange()
    assert look(night) == [(HERE, "directeur", "escalation", "unanswered")]
    # The duty that begins later is called as well.
    assert DUTY in look(night, hours=2)


def test_an_absent_function_is_passed_over(night: Federation) -> None:
    Rota(night.tillaberi).rows(Turn).create(
        service=HERE,
        start=night.clock.now,
        until=night.clock.now + timedelta(hours=8),
        function="suppleant",
        absent="permanence",
    )
    raise_alert(night.gao)
    night.exchange()
    assert look(night) == [(HERE, "suppleant", "duty", "new")]


def test_whoever_takes_over_the_duty_is_called_too(night: Federation) -> None:
    raise_alert(night.gao)
    night.exchange()
    look(night)
    Rota(night.tillaberi).rows(Turn).create(
        service=HERE,
        start=night.clock.now + timedelta(minutes=5),
        until=night.clock.now + timedelta(hours=8),
        function="releve",
    )
    assert look(night, minutes=6) == [DUTY, (HERE, "releve", "duty", "new")]


def test_only_services_that_may_see_it_are_called(night: Federation) -> None:
    with_rota(night.tillaberi, "elevage")
    with_rota(night.tillaberi, "securite")
    raise_alert(night.gao, purpose="security", tlp="GREEN", description=None, headline=None)
    night.exchange()
    assert look(night) == [("securite", "permanence", "duty", "new")]


def test_the_service_above_is_called_last_and_only_if_it_may_see(federation: Federation) -> None:
    rota = with_rota(federation.tillaberi, "securite")
    below(rota, "securite", "elevage")
    rota = with_rota(federation.tillaberi, backup="")
    below(rota, HERE, "femmes")
    raise_alert(federation.gao)
    federation.exchange()
    look(federation)
    assert look(federation, minutes=60) == [DUTY, ABOVE]
    assert look(federation, minutes=31) == [DUTY, ABOVE]  # no such service: nobody


def test_the_duty_of_the_service_above_is_called_after_half_of_the_time_more(ledgers: None) -> None:  # noqa: ARG001  empty databases
    services = (
        *parties.TILLABERI.party.services,
        msgspec.structs.replace(parties.TILLABERI.party.services[0], id="gouvernorat", name="Gouvernorat"),
    )
    party = msgspec.structs.replace(parties.TILLABERI.party, services=services)
    federation = Federation.agreed(parties.agreement(parties=(parties.GAO.party, party)))
    rota = with_rota(federation.tillaberi)
    below(rota, HERE, "gouvernorat")
    raise_alert(federation.gao)
    federation.exchange()
    look(federation)
    assert look(federation, minutes=60) == [DUTY, BACKUP, ABOVE]
    # It has no rota and no functions: when it has some, they are called.
    assert look(federation, minutes=31) == [DUTY, BACKUP, ABOVE]
    with_rota(federation.tillaberi, "gouvernorat")
    assert ("gouvernorat", "permanence", "escalation", "overdue") in look(federation)


def test_what_was_acknowledged_and_not_acted_on_calls_again(night: Federation) -> None:
    code = raise_alert(night.gao)
    night.exchange()
    night.tillaberi.answer(code, service=HERE, step="acknowledged")
    assert look(night, minutes=359) == []
    assert look(night, minutes=2) == [
        (HERE, "permanence", "duty", "unacted"),
        (HERE, "directeur", "escalation", "unacted"),
    ]
    assert calls(night.gao) == [(HERE, "permanence", "author", "unacted")]
    night.tillaberi.answer(code, service=HERE, step="under_way")
    night.exchange()
    assert look(night) == []
    assert calls(night.gao) == []


def test_its_author_is_called_once_the_other_side_lets_it_wait(night: Federation) -> None:
    code = raise_alert(night.gao)
    night.exchange()
    look(night, minutes=60)
    assert calls(night.gao) == []
    look(night, seconds=1)
    assert calls(night.gao) == [(HERE, "permanence", "author", "overdue")]
    night.tillaberi.answer(code, service=HERE, step="acknowledged")
    night.exchange()
    look(night)
    assert calls(night.gao) == []


def test_what_never_left_makes_nobody_late(night: Federation) -> None:
    raise_alert(night.gao, tlp="RED", description=None, headline=None)
    night.exchange()
    look(night, days=1)
    assert calls(night.gao) == calls(night.tillaberi) == []


def test_what_came_late_leaves_each_rung_some_time(night: Federation) -> None:
    raise_alert(night.gao)
    night.gao.release()
    night.clock.advance(hours=5)
    night.exchange()
    assert look(night) == [DUTY]
    assert look(night, minutes=10) == [DUTY, BACKUP]
    assert look(night, minutes=10) == [DUTY, BACKUP, ABOVE]
    call = Rota(night.tillaberi).rows(Call).first()
    assert call is not None
    assert call.deadline == night.clock.now - timedelta(hours=4, minutes=20)


def test_without_a_time_in_the_agreement_the_duty_is_called_and_nobody_above(night: Federation) -> None:
    raise_alert(night.gao, severity="Minor")
    night.exchange()
    assert look(night) == [DUTY]
    assert look(night, days=2) == [DUTY]


def test_a_service_without_a_rota_is_not_called(federation: Federation) -> None:
    raise_alert(federation.gao)
    federation.exchange()
    assert look(federation, days=1) == []
    # A first rota does not call for what came long ago.
    with_rota(federation.tillaberi)
    assert look(federation, days=7) == []


def test_kinds_without_a_severity_are_called_where_an_article_names_them(ledgers: None) -> None:  # noqa: ARG001  empty databases
    answered = Respond(id="A10", text="x", kinds=("action",), acknowledge_within_minutes=30)
    federation = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, answered)))
    with_rota(federation.tillaberi)
    federation.gao.file([parties.action(code=None, about=None)], confirmed=True)
    federation.exchange()
    assert look(federation) == [DUTY]


def test_a_call_that_the_agreement_keeps_here_is_a_call_all_the_same(ledgers: None) -> None:  # noqa: ARG001  empty databases
    silent = tuple(article for article in parties.ARTICLES if article.id != "A6")
    federation = Federation.agreed(parties.agreement(articles=silent))
    with_rota(federation.tillaberi)
    code = raise_alert(federation.gao)
    federation.exchange()
    assert look(federation) == [DUTY]
    assert federation.tillaberi.dossier(code).steps == ()


def test_to_look_again_changes_nothing(night: Federation) -> None:
    code = raise_alert(night.gao)
    night.exchange()
    assert len(watch.once(night.tillaberi, night.clock.now)) == 1
    assert watch.once(night.tillaberi, night.clock.now) == []
    assert len(night.tillaberi.dossier(code).steps) == 1


def test_the_deadline_is_the_same_on_both_sides_though_it_was_filed_before(night: Federation) -> None:
    code = raise_alert(night.gao)
    night.clock.advance(minutes=50)
    night.exchange()
    assert night.gao.deadlines(code) == night.tillaberi.deadlines(code)
    assert night.gao.deadlines(code).acknowledge_by == night.clock.now + timedelta(minutes=60)


def test_a_proposed_measure_calls_the_services_that_it_names_until_they_answer(ledgers: None) -> None:  # noqa: ARG001  asked for by name
    soon = Respond(
        id="A9b", text="Une mesure reçoit une réponse.", kinds=("action",), acknowledge_within_minutes=120
    )
    night = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, soon)))
    with_rota(night.tillaberi)
    with_rota(night.tillaberi, "elevage")
    named = parties.action(code=None, at="2022-02-01T07:55:00Z", services=(f"tillaberi.ne/{HERE}",))
    code = night.gao.file([named], confirmed=True)[0].record.code
    night.exchange()
    assert look(night) == [DUTY], "the other service is not asked"
    said = msgspec.structs.replace(named, about=code, state="declined", reason="Pas de véhicule (essai)")
    night.tillaberi.file([said], confirmed=True)
    assert look(night, minutes=1) == [], "it was answered, and the answer calls nobody"
    assert night.tillaberi.dossier(code or "").state == "acknowledged"
    assert look(night, days=1) == []


def test_a_mandate_under_another_agreement_calls_nobody(federation: Federation) -> None:
    """The livestock service may act on humanitarian alerts of another agreement, and not on those of this one."""
    also_at(federation, "elevage", "humanitarian")
    with_rota(federation.tillaberi, "elevage")
    code = raise_alert(federation.gao)
    federation.exchange()
    assert look(federation) == []
    with pytest.raises(StoreError, match="no record"):
        answers.acknowledge(code, "elevage", "permanence", node=federation.tillaberi)
