from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from django.contrib.staticfiles import finders

from entente.agreements.document import Form, Share
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
    assert (
        f'<span class="code">{code}</span></a> <span class="arrow">→</span> <span dir="auto">Région de Gao</span>'
        in page
    )
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


def choices(page: str, label: str) -> dict[str, str]:
    """The links of one filter and their counts."""
    group = re.search(rf'<nav class="filters" aria-label="{label}">(.*?)</nav>', page, re.DOTALL)
    return dict(re.findall(r"<bdi>(.*?)</bdi> <span>(.*?)</span>", group[1])) if group else {}


def mixed(desk: Desk) -> None:
    """Alerts that differ in everything that can be filtered."""
    federation = desk.federation
    event = {"ttt_kind": "event", "ttt_event": "cattle_rustling"}
    raise_alert(federation, severity="Extreme", place=parties.place("gao"), category=("Fire",))
    raise_alert(federation, severity="Minor", purpose="mobility", place=parties.place("ayorou"), **event)
    desk.node.file([parties.alert(code=None, severity="Extreme", place=parties.place("ayorou"), **event)])
    desk.node.file([parties.alert(code=None, severity="Minor", place=None)])


def test_filters_combine_and_each_counts_what_is_behind_it(desk: Desk) -> None:
    mixed(desk)
    page = desk.page("/")
    assert choices(page, "By severity") == {
        "Every severity": "5",
        "Extreme": "2",
        "Severe": "1",
        "Minor": "2",
    }
    assert choices(page, "By purpose") == {"Every purpose": "5", "Humanitarian": "4", "Mobility": "1"}
    assert choices(page, "By what happened")["Cattle rustling"] == "2"
    assert choices(page, "By area")["Gao (region)"] == "2"
    page = desk.page("/?severity=minor&side=gao.ml")
    assert len(order(page)) == 1
    assert choices(page, "By severity") == {
        "Every severity": "3",
        "Extreme": "1",
        "Severe": "1",
        "Minor": "1",
    }
    assert choices(page, "By side") == {"Both sides": "2", "Ours": "1", "Région de Gao": "1"}
    assert 'href="/?side=gao.ml&amp;severity=extreme"' in page
    assert 'href="/">Clear the filters' in page
    assert order(desk.page("/?event=cattle_rustling&area=ayorou&severity=extreme&side=gao.ml")) == []
    for path in ("/?event=cattle_rustling", "/?area=NE006002", "/?event=c-fire&side=gao.ml"):
        chosen = re.findall(
            r'aria-current="true"><bdi>(?!Open|Both|Every|At any)[^<]*</bdi> <span>(\d+)</span>',
            desk.page(path),
        )
        assert str(len(order(desk.page(path)))) in chosen, path


def test_every_link_of_a_filter_leads_to_as_many_alerts_as_it_says(desk: Desk) -> None:
    mixed(desk)
    tried = 0
    for link, count in re.findall(
        r'<a href="(/[^"]*)"[^>]*><bdi>[^<]*</bdi> <span>(\d+)</span>', desk.page("/?side=gao.ml")
    ):
        assert len(order(desk.page(link.replace("&amp;", "&")))) == int(count), link
        tried += 1
    assert tried > 12


def test_a_filter_counts_nothing_behind_the_wall(desk: Desk) -> None:
    mixed(desk)
    assert choices(desk.page("/", service="securite"), "By state") == {
        "Open": "0",
        "New": "0",
        "Closed": "0",
        "All": "0",
    }
    assert "is-Extreme" not in desk.page("/", service="elevage")


def test_by_time_only_what_is_as_new(desk: Desk, raised: str) -> None:
    desk.federation.clock.advance(days=2)
    newer = raise_alert(desk.federation)
    assert order(desk.page("/?period=day")) == [newer]
    assert set(order(desk.page("/?period=week"))) == {raised, newer}


def test_the_order_of_the_page_is_that_of_two_in_the_morning(desk: Desk) -> None:
    desk.node.file([parties.alert(code=None, tlp="RED", severity="Minor")], confirmed=True)
    desk.node.release()
    page = desk.page("/")
    parts = ['id="first"', 'class="wants"', 'id="lines"', 'id="held"', 'id="rest"', 'id="corridor"']
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)


def test_a_measure_that_waits_for_an_answer_waits_on_the_first_page(desk: Desk, raised: str) -> None:
    assert "measure waits" not in desk.page("/")
    desk.federation.gao.file([parties.action(code=None, about=raised)], confirmed=True)
    desk.federation.exchange()
    page = desk.page("/")
    assert 'href="/measures?whose=waits">1 measure waits for your answer' in page
    assert "measure waits" not in desk.page("/", service="securite")


def test_who_may_not_answer_is_not_told_that_something_waits_for_him(desk: Desk) -> None:
    desk.account("agent", role="agent")
    page = desk.page("/")
    assert "1 alert waits for this side" in page
    assert "waits for you" not in page


def test_a_silent_line_says_whom_to_call(desk_in: Callable[[Federation, str], Desk]) -> None:
    share = Share(
        id="A11",
        text="Les permanences se connaissent.",
        from_=("gao.ml", "tillaberi.ne"),
        to=("gao.ml", "tillaberi.ne"),
        kinds=("contact",),
        purposes=("humanitarian",),
        tlp="AMBER",
        form=Form(
            fields=("function", "telephone", "languages", "start", "until"), place="locality", time="exact"
        ),
        retention_days=90,
    )
    federation = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, share)))
    for function, until in (("permanence", "2022-02-02T06:00:00Z"), ("hier", "2022-02-01T06:00:00Z")):
        federation.gao.file(
            [parties.contact(function=function, start="2022-01-31T18:00:00Z", until=until)], confirmed=True
        )
    federation.exchange()
    desk = desk_in(federation, "tillaberi")
    assert "tel:" not in desk.page("/")
    federation.clock.advance(minutes=20)
    Channel.objects.update(tried_at=federation.clock())
    page = desk.page("/")
    assert '<a href="tel:+22300000000">' in page
    assert "Permanence, <bdi>Protection civile de Gao</bdi>" in page
    assert "hier" not in page
    assert "Last try" in page
    assert "tel:" not in desk.page("/", service="securite")
