"""What came is not ours to decide: a channel's mark passes over it, and over nothing of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from entente.store import audience_of, header_of
from entente_node.ledger.store import DjangoStore, releases
from tests import parties
from tests.federation import AGREEMENT, Federation

PARTNER = "tillaberi.ne"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    monkeypatch.setattr(releases, "_PASSED_OVER", 5)
    return lambda: DjangoStore("gao").channel(AGREEMENT, PARTNER).decided


def came(federation: Federation, many: int) -> list[int]:
    flow = parties.flow()
    headers = [
        header_of(flow, party=PARTNER, audience=audience_of(("mobility",)), filed_at=1, entry=number + 1)
        for number in range(many)
    ]
    return federation.gao.store.add_records(headers)


def test_what_came_is_looked_through_once(federation: Federation, few: Callable[[], int]) -> None:
    before = few()
    last = came(federation, 4)[-1]
    federation.gao.release()
    assert few() == before, "not for a few"
    last = came(federation, 4)[-1]
    federation.gao.release()
    assert few() == last
    with CaptureQueriesContext(connections["gao"]) as queries:
        federation.gao.release()
    assert not [query for query in queries if "UPDATE" in query["sql"]]


def test_nothing_of_ours_is_passed_over(federation: Federation, few: Callable[[], int]) -> None:
    codes = []
    for turn in range(4):
        came(federation, 7)
        codes.append(federation.gao.file([parties.alert(code=None)], confirmed=True)[0].record.code)
        came(federation, 7)
        if turn % 2:
            federation.exchange()
    came(federation, 7)
    federation.gao.release()
    federation.exchange()
    assert all(federation.tillaberi.show(code or "") for code in codes)
    assert few() > 0
