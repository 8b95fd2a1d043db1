"""What was withdrawn before it left does not leave any more, whatever it waited for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from entente.policy import Outcome
from tests import parties
from tests.federation import Federation

SERVICE = "protection-civile"


def alert(federation: Federation, *, confirmed: bool = True) -> str:
    draft = parties.alert(code=None, at="2022-02-01T07:40:00Z")
    code = federation.gao.file([draft], confirmed=confirmed)[0].record.code
    assert code
    return code


def is_there(federation: Federation, code: str) -> bool:
    return federation.tillaberi.store.shown(code) is not None


def test_what_is_withdrawn_before_the_next_release_stays(federation: Federation) -> None:
    code = alert(federation)
    federation.gao.withdraw(code, "error", service=SERVICE)
    federation.exchange()
    assert not is_there(federation, code)


def test_what_is_withdrawn_while_its_words_wait_stays_when_they_are_confirmed(federation: Federation) -> None:
    code = alert(federation, confirmed=False)
    federation.exchange()
    federation.gao.withdraw(code, "error", service=SERVICE)
    federation.exchange()
    federation.gao.confirm(code)
    federation.exchange()
    assert not is_there(federation, code)


@pytest.mark.usefixtures("ledgers")
def test_what_is_withdrawn_during_its_delay_stays_when_that_is_over() -> None:
    delayed = tuple(
        replace(one, delay_hours=24)
        if "alert" in getattr(one, "kinds", ()) and hasattr(one, "delay_hours")
        else one
        for one in parties.ARTICLES
    )
    federation = Federation.agreed(parties.agreement(articles=delayed))
    code, other = alert(federation), alert(federation)
    federation.exchange()
    federation.gao.withdraw(code, "error", service=SERVICE)
    federation.exchange()
    federation.clock.advance(hours=48)
    federation.exchange()
    assert not is_there(federation, code)
    assert is_there(federation, other), "the delay holds back no longer than it says"


def test_what_has_left_is_withdrawn_there_as_well(federation: Federation) -> None:
    code = alert(federation)
    federation.exchange()
    federation.gao.withdraw(code, "error", service=SERVICE)
    federation.exchange()
    shown = federation.tillaberi.store.shown(code)
    assert shown is not None
    assert shown.withdrawn_at is not None


def test_the_explanation_of_what_was_withdrawn_says_that_it_does_not_leave(federation: Federation) -> None:
    code = alert(federation)
    [before] = federation.gao.explain(code)
    assert before.explanation.decision.outcome is Outcome.RELEASE
    federation.gao.withdraw(code, "error", service=SERVICE)
    [after] = federation.gao.explain(code)
    decision = after.explanation.decision
    assert (decision.outcome, decision.reason.slug) == (Outcome.WITHHOLD, "withdrawn")
    assert after.payload is None
    assert after.explanation.recourses == ()


def test_the_explanation_of_what_left_and_was_withdrawn_then_says_what_left(federation: Federation) -> None:
    code = alert(federation)
    federation.exchange()
    federation.gao.withdraw(code, "error", service=SERVICE)
    [after] = federation.gao.explain(code)
    assert after.explanation.decision.outcome is Outcome.RELEASE
    assert after.payload is not None
