"""No page reads every record: with ten million of them, each question has to be answered by an index.

The questions that pages ask are put to SQLite once more, for how it would go about them: on a ledger
without statistics it chooses the same way, however few records there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from bench.pages import addresses
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entente_node.directory.roles import Role
from entente_node.ledger import tallying
from tests import parties
from tests.desk.conftest import Desk

LARGE = frozenset({"ledger_record", "ledger_entry"})
EXPORTS = ("/records.csv", "/records.geojson", "/api/v1/records")
"""Whoever takes everything with him reads everything."""


def tables_of(query: str) -> dict[str, str]:
    """Which table each name of a query stands for."""
    named = re.findall(r'(?:FROM|JOIN)\s+"?(\w+)"?\s+(?:AS\s+)?"?(\w+)"?', query)
    return {name: name for name in LARGE} | {name: table for table, name in named}


def read_whole(query: str) -> Iterator[str]:
    """The large tables that a query reads from one end to the other."""
    if re.search(r" AND 0\)", query):
        return  # a constant: nothing is read
    names = tables_of(query)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query.replace("%", "%%"), [])
        for *_, step in cursor.fetchall():
            scanned = re.match(r"SCAN (\w+)", step)
            if scanned and names.get(scanned[1]) in LARGE:
                yield f"{step}: {query[:1500]}"


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.AGENT, Role.COMMUNITY])
def test_each_question_of_a_page_is_answered_by_an_index(desk: Desk, role: Role) -> None:
    desk.node.file(
        [parties.flow(), *(parties.alert(code=None, service="protection-civile") for _ in range(3))]
    )
    desk.node.release()
    tallying.fold(desk.node)
    client = Client()
    client.force_login(desk.account(f"of-{role}", role=role), settings.AUTHENTICATION_BACKENDS[0])
    wrong: list[str] = []
    visited = 0
    for address in addresses():
        if address.startswith(EXPORTS):
            continue
        with CaptureQueriesContext(connections["default"]) as queries:
            answer = client.get(address)
            visited += answer.status_code == 200
        for query in queries:
            if query["sql"].startswith("SELECT") and "ledger_" in query["sql"]:
                wrong += [f"{address}: {one}" for one in read_whole(query["sql"])]
    assert visited > 5
    assert list(dict.fromkeys(wrong)) == []


def test_filing_answering_and_exchanging_ask_nothing_of_every_record_either(desk: Desk, raised: str) -> None:
    with CaptureQueriesContext(connections["tillaberi"]) as queries:
        desk.node.file([parties.flow(service="protection-civile"), parties.alert(code=None)], confirmed=True)
        desk.node.answer(raised, service="protection-civile", step="acknowledged")
        desk.federation.gao.file([parties.alert(code=None)], confirmed=True)
        desk.federation.exchange()
    wrong = [
        one for query in queries if query["sql"].startswith("SELECT") for one in read_whole(query["sql"])
    ]
    assert wrong == []
