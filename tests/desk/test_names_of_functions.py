"""A function of the other side is shown by its name where one is known, else by its slug as words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entente_node.directory.roles import Role
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import Federation

DUTY = "Permanence de la protection civile"
"""What the exceptional article calls ``protection-civile/permanence``, on both sides."""


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  empty databases
    """An agreement that names some functions, and shares contacts and answers with their function."""
    return Federation.agreed(
        parties.agreement(articles=(*parties.ARTICLES, parties.CONTACTS, parties.EXCEPTIONAL))
    )


def answered(federation: Federation, function: str) -> str:
    """An alert of Gao that a function of Tillabéri has acknowledged."""
    gao, tillaberi = federation.gao, federation.tillaberi
    code = gao.file([parties.alert(code=None)], confirmed=True)[0].record.code or ""
    federation.exchange()
    tillaberi.answer(code, service="protection-civile", step="acknowledged", function=function)
    federation.exchange()
    return code


def test_the_timeline_names_the_function_that_answered(
    federation: Federation, desk_in: Callable[[Federation, str], Desk]
) -> None:
    known, unknown = answered(federation, "permanence"), answered(federation, "garde-de-nuit")
    for name in ("gao", "tillaberi"):
        desk = desk_in(federation, name)
        desk.account("tout", role=Role.COORDINATOR)
        page = desk.page(f"/alerts/{known}")
        assert f"<bdi>{DUTY}</bdi>" in page, name
        assert "<bdi>permanence</bdi>" not in page, name
        page = desk.page(f"/alerts/{unknown}")
        assert "<bdi>Garde de nuit</bdi>" in page, name
        assert "garde-de-nuit" not in page, name


def test_a_contact_says_its_function_and_backup_in_words(
    federation: Federation, desk_in: Callable[[Federation, str], Desk]
) -> None:
    record = parties.contact(code=None, function="permanence", backup="garde-de-nuit", start=None, until=None)
    code = federation.tillaberi.file([record], confirmed=True)[0].record.code or ""
    federation.exchange()
    desk = desk_in(federation, "gao")
    desk.account("tout", role=Role.COORDINATOR)
    for path in (f"/records/{code}", "/timeline?area=all", "/records"):
        page = desk.page(path)
        assert DUTY in page, path
        assert ">permanence<" not in page, path
    # Its backup stays at home, by the form of the article: there it is told in words as well.
    home = desk_in(federation, "tillaberi")
    home.account("tout-tillaberi", role=Role.COORDINATOR)
    page = home.page(f"/records/{code}")
    assert "Garde de nuit" in page
    assert "garde-de-nuit" not in page


def test_the_number_to_call_when_the_line_is_down_has_a_name(
    federation: Federation, desk_in: Callable[[Federation, str], Desk]
) -> None:
    from entente_node.directory.access import viewer_of
    from entente_node.directory.line import numbers

    federation.tillaberi.file([parties.contact(code=None, start=None, until=None)], confirmed=True)
    federation.exchange()
    desk = desk_in(federation, "gao")
    viewer = viewer_of(desk.account("tout", role=Role.COORDINATOR))
    assert [one.function for one in numbers(viewer, "tillaberi.ne")] == [DUTY]
