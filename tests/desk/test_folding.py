"""Dossiers as one account may know them: answers above its marking, and ledgers from before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entente import apply
from entente.store import EVERYBODY, Store
from entente_node import rounds
from entente_node.directory.access import viewer_of
from entente_node.directory.models import User
from entente_node.ledger.folding import dossiers_of
from entente_node.ledger.models import Dossier, Record
from tests import parties
from tests.desk.conftest import Desk


@pytest.fixture
def strictly(desk: Desk, raised: str) -> str:
    """The alert, closed by an answer that agents do not see."""
    answer = parties.message(
        code=None, about=raised, to_party="gao.ml", service="securite", step="closed", tlp="AMBER+STRICT"
    )
    desk.node.file([answer], confirmed=True)
    return raised


def state(desk: Desk, code: str, role: str) -> str:
    desk.client(role=role)
    viewer = viewer_of(User.objects.get(service="protection-civile", role=role))
    rows = Record.objects.filter(code=code).select_related("dossier")
    (found,) = dossiers_of(viewer.wall, rows).values()
    return found.state


def test_who_may_see_every_answer_reads_the_dossier_as_it_is_kept(desk: Desk, strictly: str) -> None:
    kept = Dossier.objects.get(code=strictly)
    assert (kept.state, kept.highest) == ("closed", 3)
    assert state(desk, strictly, "officer") == "closed"
    assert state(desk, strictly, "agent") == "new"


def test_an_agent_is_told_nothing_of_it_anywhere(desk: Desk, strictly: str) -> None:
    assert strictly in desk.page("/?state=new", role="agent")
    assert strictly not in desk.page("/?state=closed", role="agent")
    assert strictly in desk.page("/?state=closed", role="officer")


def test_a_withdrawal_is_told_to_everybody_who_saw_the_record(desk: Desk, raised: str) -> None:
    desk.federation.gao.withdraw(raised, "error", service="protection-civile")
    desk.federation.exchange()
    assert state(desk, raised, "agent") == state(desk, raised, "officer") == "withdrawn"


def test_a_ledger_from_before_is_folded_for_each_reader_until_it_moves(desk: Desk, strictly: str) -> None:
    Dossier.objects.update(audience=63, highest=0)
    assert state(desk, strictly, "agent") == "closed"  # what the migration is for
    migration = import_module("entente_node.directory.migrations.0005_folded_anew")
    with connection.schema_editor() as schema:
        migration.fold_anew(apps, schema)
    assert state(desk, strictly, "agent") == "new"
    assert state(desk, strictly, "officer") == "closed"


@pytest.mark.usefixtures("raised")
def test_the_courier_folds_a_ledger_from_before_once_and_goes_on_where_it_was_killed(
    desk: Desk, strictly: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = desk.federation.gao.file([parties.alert(code=None) for _ in range(5)], confirmed=True)
    desk.federation.exchange()
    for one in filed:
        assert one.record.code is not None
        desk.node.answer(one.record.code, service="protection-civile", step="acknowledged")
    true = list(Dossier.objects.order_by("code").values())
    Dossier.objects.exclude(audience=EVERYBODY).update(audience=0, highest=0)  # as the old version left it
    assert Dossier.objects.filter(audience=0).count() == 6
    monkeypatch.setattr(rounds, "_FOLDED_AT_ONCE", 2)
    monkeypatch.setattr(rounds, "fold_anew", killed_after(2))
    with pytest.raises(Killed):
        courier(desk)._fold_anew()
    assert Dossier.objects.filter(audience=0).count() == 2
    assert state(desk, strictly, "agent") == "new"
    monkeypatch.setattr(rounds, "fold_anew", apply.fold_anew)
    again = courier(desk)
    again._fold_anew()
    assert list(Dossier.objects.order_by("code").values()) == true
    with CaptureQueriesContext(connection) as asked:
        again._fold_anew()
    assert not asked.captured_queries


def test_folding_ends_with_its_share_of_a_round(
    desk: Desk, strictly: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Dossier.objects.filter(code=strictly).update(audience=0)
    monkeypatch.setattr(rounds, "_ADDING", 0.0)
    waiting = courier(desk)
    waiting._fold_anew()
    assert waiting._unfolded == [strictly]


class Killed(BaseException):
    """As kill -9: nothing more is done."""


def killed_after(times: int) -> Callable[[Store, Sequence[str]], None]:
    done = iter(range(times))

    def fold(store: Store, codes: Sequence[str]) -> None:
        if next(done, None) is None:
            raise Killed
        apply.fold_anew(store, codes)

    return fold


def courier(desk: Desk) -> rounds.Rounds:
    """One that has just been started."""
    made = rounds.Rounds.__new__(rounds.Rounds)
    made._node, made._unfolded = desk.node, None
    return made
