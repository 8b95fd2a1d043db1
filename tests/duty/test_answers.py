"""One answer for a side: what a link, a reply by SMS and a button all do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from entente.errors import EntenteError, RecordError, StoreError
from entente.records.codes import new_code
from entente.store import ConflictError
from entente_node.directory.models import AuditEntry
from entente_node.duty import answers, watch
from entente_node.duty.models import Call
from tests.desk.conftest import Desk, desk_in, desk_of, raised
from tests.duty.material import HERE, calls, raise_alert, with_rota

__all__ = ["desk_in", "desk_of", "raised"]


@pytest.fixture
def desk(desk_of: Callable[[str], Desk], raised: str) -> Desk:  # noqa: ARG001  asked for by name
    found = desk_of("tillaberi")
    with_rota(found.node)
    watch.once(found.node, found.federation.clock.now)
    return found


def test_both_sides_see_which_function_acknowledged_and_the_call_has_ended(desk: Desk, raised: str) -> None:
    filing = answers.acknowledge(raised.lower(), HERE, "permanence")
    assert filing.record.about == raised
    assert calls(desk.node) == []
    (call,) = Call.objects.all()
    assert call.ended_by == f"{HERE}/permanence"
    desk.federation.exchange()
    for node in (desk.federation.gao, desk.federation.tillaberi):
        folded = node.dossier(raised)
        assert folded.state == "acknowledged"
        assert [(one.service, one.function) for one in folded.steps if one.moves] == [(HERE, "permanence")]


def test_it_is_in_the_log_with_its_account_or_none(desk: Desk, raised: str) -> None:
    answers.acknowledge(raised, HERE, "permanence", desk.account("awa", duty="permanence"))
    entry = AuditEntry.objects.get(deed="alert.answered")
    assert (entry.account, entry.subject) == ("awa", raised)


def test_whoever_comes_second_is_told_who_was_first(desk: Desk, raised: str) -> None:
    answers.acknowledge(raised, HERE, "permanence")
    with pytest.raises(ConflictError) as refused:
        answers.acknowledge(raised, HERE, "suppleant")
    assert refused.value.values["function"] == f"{HERE}/permanence"
    assert len([one for one in desk.node.dossier(raised).steps if one.moves]) == 1


def test_of_two_at_the_same_second_one_is_first(desk: Desk, raised: str) -> None:
    refused: list[EntenteError] = []
    barrier = threading.Barrier(2)

    def answer(function: str) -> None:
        barrier.wait()
        try:
            answers.acknowledge(raised, HERE, function, node=desk.node)
        except EntenteError as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=answer, args=(one,)) for one in ("permanence", "suppleant")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in refused] == [ConflictError]
    assert len([one for one in desk.node.dossier(raised).steps if one.moves]) == 1


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("service", ["securite", "elevage", "nobody"])
def test_a_service_that_may_not_see_it_is_told_that_there_is_nothing(raised: str, service: str) -> None:
    with pytest.raises(StoreError, match="there is no record"):
        answers.acknowledge(raised, service, "permanence")
    with pytest.raises(StoreError, match="there is no record"):
        answers.acknowledge(new_code("GAO", bytes(3)), HERE, "permanence")


def test_what_is_ours_withdrawn_or_closed_is_not_acknowledged(desk: Desk, raised: str) -> None:
    ours = raise_alert(desk.node)
    gao = desk.federation.gao
    closed, withdrawn = raise_alert(gao), raise_alert(gao)
    desk.federation.exchange()
    gao.answer(closed, service=HERE, step="closed")
    gao.withdraw(withdrawn, "error", service=HERE)
    desk.federation.exchange()
    for code, said in ((ours, "ours"), (withdrawn, "withdrawn"), (closed, "closed")):
        with pytest.raises(RecordError, match=said):
            answers.acknowledge(code, HERE, "permanence")
    assert desk.node.dossier(raised).state == "new"
