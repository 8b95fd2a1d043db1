from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from django.contrib.staticfiles import finders

from entente_node.ledger.models import Channel, Journal
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import Federation


def raise_alert(federation: Federation, **changes: object) -> str:
    code = federation.gao.file([parties.alert(code=None, **changes)], confirmed=True)[0].record.code
    federation.exchange()
    assert code is not None
    return code


def order(page: str) -> list[str]:
    return re.findall(r'href="/alerts/([A-Z]+-\w{5})" dir', page)


def test_an_alert_says_what_where_when_how_grave_and_what_it_waits_for(desk: Desk, raised: str) -> None:
    page = desk.page("/")
    for words in (
        raised,
        "Exercice : crue du fleuve",
        "Labbezanga",
        "Severity: severe",
        "New",
        "exercise",
        "from Région de Gao",
        '23 min ago, <span class="clock">08:40 WAT</span>',
        "Waits for your acknowledgement",
        "57 min left",
        "1 alert waits for you",
    ):
        assert words in page, words


def test_a_deadline_that_has_passed_says_so(desk: Desk) -> None:
    desk.federation.clock.advance(hours=2)
    assert "late by 63 min" in desk.page("/")


def test_the_most_urgent_comes_first(desk: Desk, raised: str) -> None:
    minor = raise_alert(desk.federation, severity="Minor")
    extreme = raise_alert(desk.federation, severity="Extreme")
    assert order(desk.page("/")) == [extreme, raised, minor]
    desk.node.answer(extreme, service="protection-civile", step="under_way")
    assert order(desk.page("/")) == [raised, minor, extreme]
    desk.node.answer(raised, service="protection-civile", step="closed")
    assert order(desk.page("/")) == [minor, extreme]
    assert order(desk.page("/?state=closed")) == [raised]
    assert order(desk.page("/?state=under_way")) == [extreme]
    assert set(order(desk.page("/?state=all"))) == {raised, minor, extreme}


def test_filters_by_side_and_their_counts(desk: Desk, raised: str) -> None:
    own = desk.node.file([parties.alert(code=None)], confirmed=True)[0].record.code
    assert order(desk.page("/?side=gao.ml")) == [raised]
    assert order(desk.page("/?side=tillaberi.ne")) == [own]
    page = desk.page("/")
    assert re.search(r"Both sides <span>|<bdi>Both sides</bdi> <span>2</span>", page)
    assert "<bdi>Région de Gao</bdi> <span>1</span>" in page
    assert order(desk.page("/?side=nobody&state=nothing&page=-1")) == order(page)


def test_an_empty_filter_says_what_to_do(desk: Desk) -> None:
    assert "Show all open alerts" in desk.page("/?state=closed")


def test_many_alerts_are_read_page_by_page(desk: Desk) -> None:
    desk.federation.gao.file([parties.alert(code=None, severity="Minor") for _ in range(40)], confirmed=True)
    desk.federation.exchange()
    first, second = desk.page("/"), desk.page("/?page=1")
    assert (len(order(first)), len(order(second))) == (30, 11)
    assert not set(order(first)) & set(order(second))
    assert 'href="/?page=1"' in first


def test_what_did_not_leave_is_said_at_once_with_its_reason(desk: Desk) -> None:
    code = desk.node.file([parties.alert(code=None, tlp="RED")], confirmed=True)[0].record.code
    desk.node.release()
    page = desk.page("/")
    assert "Has not left" in page
    assert f'<span class="code">{code}</span></a> → <span dir="auto">Région de Gao</span>' in page
    assert "A2" in page


def test_the_line_says_how_long_since_the_partner_received_everything(desk: Desk) -> None:
    desk.federation.exchange()
    desk.federation.clock.advance(minutes=3)
    page = desk.page("/")
    assert re.search(r"Région de Gao has received everything</strong> <time [^>]*>3 min ago</time>", page)
    desk.node.file([parties.alert(code=None)], confirmed=True)
    desk.node.release()
    assert "Région de Gao has not received everything yet." in desk.page("/")
    desk.federation.clock.advance(hours=2)
    page = desk.page("/")
    assert re.search(r"Région de Gao was last heard <time [^>]*>2 h ago</time>\.", page)
    assert "telephone if it is urgent" in page
    Channel.objects.update(heard_at=None)
    assert "Région de Gao has not been heard yet." in desk.page("/")


def test_a_journal_that_stopped_is_said_in_red_on_both_pages(desk: Desk) -> None:
    Journal.objects.filter(ours=False).update(stopped="a fork")
    for path in ("/", "/exchange"):
        page = desk.page(path)
        assert 'class="signal stopped" role="alert"' in page
        assert "The journal with Région de Gao has stopped." in page


def test_without_an_agreement_the_page_says_what_is_missing(desk_of: Callable[[str], Desk]) -> None:
    assert "No agreement is in force" in desk_of("kayes").page("/")


def test_the_first_visit_weighs_less_than_fourteen_kilobytes(desk: Desk) -> None:
    desk.federation.gao.file([parties.alert(code=None) for _ in range(40)], confirmed=True)
    desk.federation.exchange()
    style = finders.find("desk/desk.css")
    assert isinstance(style, str)
    with open(style, "rb") as file:  # noqa: PTH123
        weight = len(zlib.compress(file.read())) + len(zlib.compress(desk.page("/").encode()))
    assert weight < 14_000
