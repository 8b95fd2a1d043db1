"""Dossiers as one account may know them: answers above its marking, and ledgers from before."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

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
