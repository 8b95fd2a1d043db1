"""The wall at every door: role × service × kind × purpose × marking × door, against a table of its own.

The table and the rule below say who sees what, and know nothing of how the desk finds it. For
each account every door is opened and must show exactly the records that the rule gives, no
more and no less: in lists, maps, counts, states, search, files, feeds and the interface.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from entente_node.directory import auditing, here
from entente_node.directory.models import AuditEntry, User
from entente_node.directory.roles import RIGHTS, May
from entente_node.directory.roles import Role as Named
from entente_node.ledger.models import Record as Row
from tests.desk.acts import ACTS
from tests.desk.doors import DOORS, ELSEWHERE, LARGEST, MARK, NO_RECORD, PAGES, Door, Visitor
from tests.desk.ledger_of_all import OBSERVER, Item, Ledger, agreement, call_about, everything
from tests.federation import Federation

MARKINGS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
MANDATES = {
    "protection-civile": {"humanitarian", "mobility", "administration"},
    "elevage": {"trade", "pastoral"},
    "securite": {"security"},
    "femmes": {"humanitarian"},
    "ailleurs": set(),
    OBSERVER.id: set(),
}
FLOWS = {"flow-of-people", "flow-of-livestock", "flow-of-goods"}


class Sees(NamedTuple):
    """What a role sees."""

    with_mandate: str
    """The highest marking of what its service has a mandate for; empty: nothing."""
    of_own: str
    """The highest marking of what its own service filed; empty: only with a mandate."""
    kinds: set[str] | None
    takes_away: bool


def kinds_of(role: str) -> set[str] | None:
    """Which kinds a role sees, by the desk's one table: a kind that is added there is looked for at every door."""
    kinds = RIGHTS[Named(role)].kinds
    return None if kinds is None else set(kinds)


EVERYTHING = None
SEES = {
    "agent": Sees("AMBER", "AMBER+STRICT", EVERYTHING, takes_away=False),
    "officer": Sees("AMBER+STRICT", "RED", EVERYTHING, takes_away=True),
    "coordinator": Sees("RED", "RED", EVERYTHING, takes_away=True),
    "secretariat": Sees("AMBER", "AMBER+STRICT", EVERYTHING, takes_away=True),
    "administrator": Sees("", "", set(), takes_away=False),
    "observer": Sees(
        "",
        "",
        kinds_of("observer"),
        takes_away=True,
    ),
    "community": Sees(
        "GREEN",
        "AMBER+STRICT",
        kinds_of("community"),
        takes_away=False,
    ),
}
COMMUNITY = {"femmes"}
"""Services of the community: whatever the role of an account of theirs, it sees no more than that role."""


@dataclass(frozen=True)
class Account:
    """Who looks."""

    role: str
    service: str

    def __str__(self) -> str:
        return f"{self.role} of {self.service}"

    @property
    def name(self) -> str:
        return f"{self.role}-{self.service}".replace(".", "-")


ACCOUNTS = [
    Account(role, service)
    for service in MANDATES
    for role in (SEES if MANDATES[service] else ("agent", "coordinator", "observer"))
]


def reaches(highest: str, tlp: str) -> bool:
    return bool(highest) and MARKINGS.index(tlp) <= MARKINGS.index(highest)


def sees(account: Account, item: Item) -> bool:
    """The rule."""
    if account.service in COMMUNITY and account.role != "community":
        lesser = Account("community", account.service)
        stricter = SEES[account.role].kinds
        return (
            account.role not in {"administrator", "observer"}
            and sees(lesser, item)
            and (stricter is None or item.kind in stricter)
        )
    role = SEES[account.role]
    if role.kinds is not None and item.kind not in role.kinds:
        return False
    if account.role == "observer":
        return account.service == OBSERVER.id and (item.tlp == "CLEAR" or item.granted)
    if item.ours and item.service == account.service and reaches(role.of_own, item.tlp):
        return True
    return item.purpose in MANDATES[account.service] and reaches(role.with_mandate, item.tlp)


def may_take_away(account: Account) -> bool:
    if account.service in COMMUNITY or not SEES[account.role].takes_away:
        return False
    return account.service == OBSERVER.id if account.role == "observer" else bool(MANDATES[account.service])


@pytest.fixture(scope="module")
def ledger(blank_ledger: Path) -> Iterator[Ledger]:
    """Everything there is, at Gao, whose desk is served; pages as long as they need to be."""
    from entente_node.alerts import search, situation, standing, timeline
    from entente_node.directory import accesses
    from entente_node.duty import reading as duty
    from entente_node.measures import listing as measures
    from entente_node.records import listing

    connections.close_all()
    for database in settings.DATABASES.values():
        name = Path(database["NAME"])
        for beside in ("", "-wal", "-shm"):
            name.with_name(name.name + beside).unlink(missing_ok=True)
        shutil.copy(blank_ledger, name)
    default = settings.DATABASES["default"]
    own = default["NAME"]
    federation = Federation.agreed(agreement())
    made = everything(federation)
    default["NAME"] = connections.settings["default"]["NAME"] = Path(settings.DATABASES["gao"]["NAME"])
    here.serve(federation.gao)
    with pytest.MonkeyPatch.context() as patch:
        for module in (search, situation, timeline, measures, listing):
            patch.setattr(module, "PAGE", LARGEST)
        for module, name in (
            (situation, "MOST_SORTED"),
            (standing, "MOST"),
            (measures, "MOST"),
            (measures, "_SHOWN"),
            (accesses, "MOST_CODES"),
            (duty, "CALLS"),
        ):
            patch.setattr(module, name, LARGEST)
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
        for account in ACCOUNTS:
            User.objects.create_user(account.name, service=account.service, role=account.role, language="en")
        call_about(made.items)
        VISITORS.clear()
        yield made
    connections.close_all()
    default["NAME"] = connections.settings["default"]["NAME"] = own


VISITORS: dict[Account, Visitor] = {}


def visitor_of(account: Account) -> Visitor:
    if account not in VISITORS:
        VISITORS[account] = Visitor.of(User.objects.get(name=account.name))
    return VISITORS[account]


def behind(door: Door, account: Account, items: Iterable[Item]) -> tuple[set[str], set[str]]:
    """The marks that the door must show, and those that it may."""
    if door.exports and not may_take_away(account):
        return set(), set()
    seen = [
        item
        for item in items
        if sees(account, item) and (not door.needs or sees(account, replace(item, kind=door.needs)))
    ]
    must = {item.mark for item in seen if door.of(item)}
    return must, must | {item.mark for item in seen if door.beside(item)}


def known(ledger: Ledger, marks: set[str]) -> set[str]:
    """A mark that stands in a text says which record it is as well as its code does."""
    by_words = {item.words: item.mark for item in ledger.items}
    return {by_words.get(mark, mark) for mark in marks}


def told(ledger: Ledger, marks: set[str]) -> list[str]:
    """What a failure says: the records, not only their codes."""
    by_mark = {item.mark: item for item in ledger.items}
    return sorted(str(by_mark.get(mark, mark)) for mark in marks)


@pytest.mark.parametrize("account", ACCOUNTS, ids=str)
class TestTheWall:
    def test_a_list_shows_exactly_what_the_account_may_see(self, account: Account, ledger: Ledger) -> None:
        for door in DOORS:
            shown = known(ledger, door.shown(visitor_of(account)))
            must, may = behind(door, account, ledger.items)
            assert told(ledger, shown - may) == [], f"{door.name}: shown, and not for {account}"
            assert told(ledger, must - shown) == [], f"{door.name}: for {account}, and not shown"

    def test_a_record_is_there_for_those_alone_who_may_see_it(self, account: Account, ledger: Ledger) -> None:
        for number, door in enumerate(PAGES):
            items = [item for item in ledger.items if door.of(item)]
            # Another part of them for each account: together, and with both sorts in each, they are all of them.
            first = (ACCOUNTS.index(account) * 5 + number) % EVERY
            for item in items[first::EVERY]:
                shown = known(ledger, door.shown(visitor_of(account), item))
                must, _may = behind(door, account, [item])
                assert told(ledger, must - shown) == [], f"{door.name}: for {account}, and not shown"
                hidden = {other.mark for other in ledger.items if not sees(account, other)}
                assert told(ledger, shown & hidden) == [], f"{door.name}: shown, and not for {account}"
                assert must or not shown, f"{door.name}: what is not for {account} says nothing"

    def test_an_answer_that_is_not_for_the_account_moves_nothing(
        self, account: Account, ledger: Ledger
    ) -> None:
        visitor = visitor_of(account)
        alerts = [item for item in ledger.items if item.kind == "alert" and sees(account, item)]
        states = {item.mark: state_of(account, item, ledger) for item in alerts}
        for state in STATES:
            found = MARK.findall(visitor.read(f"/?state={state}&area=all"))
            shown = known(ledger, set(found)) & {item.mark for item in ledger.items if item.kind == "alert"}
            assert told(ledger, shown) == told(ledger, {mark for mark, one in states.items() if one == state})
        for item in ledger.ladders:
            page = visitor.read(f"/alerts/{item.mark}")
            hidden = {one.words for one in ledger.items if one.about == item.mark and not sees(account, one)}
            assert not hidden & set(MARK.findall(page)), f"{account} is told of an answer"
        if not may_take_away(account):
            return
        counted = json.loads(visitor.read("/api/v1/situation"))["alerts"]
        wanted: dict[str, Counter[str]] = {}
        for item in alerts:
            party = "gao.ml" if item.ours else "tillaberi.ne"
            wanted.setdefault(party, Counter())[states[item.mark]] += 1
        assert counted == wanted
        for item in ledger.ladders:
            if item.mark in states:
                dossier = json.loads(visitor.read(f"/api/v1/dossiers/{item.mark}"))
                assert dossier["state"] == states[item.mark]
                assert len(dossier["steps"]) == len(answers_seen(account, item, ledger))


STATES = ("new", "acknowledged", "under_way", "closed")
EVERY = 31
"""One in so many of the records is opened by each account at each door to one record."""


def answers_seen(account: Account, alert: Item, ledger: Ledger) -> list[Item]:
    return [item for item in ledger.items if item.about == alert.mark and sees(account, item)]


def state_of(account: Account, alert: Item, ledger: Ledger) -> str:
    """The furthest step of those that the account may see."""
    return max(["new", *(item.step for item in answers_seen(account, alert, ledger))], key=STATES.index)


def test_the_sample_has_both_sorts_at_each_door_to_one_record(ledger: Ledger) -> None:
    for number, door in enumerate(PAGES):
        items = [item for item in ledger.items if door.of(item)]
        opened = {
            (sees(account, item), index)
            for at, account in enumerate(ACCOUNTS)
            for index, item in list(enumerate(items))[(at * 5 + number) % EVERY :: EVERY]
        }
        assert {index for _seen, index in opened} == set(range(len(items))), door.name
        assert {seen for seen, _index in opened} == {True, False}, door.name


def test_nobody_is_shown_a_record_without_signing_in(ledger: Ledger) -> None:
    for door in (*DOORS, *PAGES):
        for item in ledger.items[:: len(ledger.items) // 7]:
            visitor = Visitor(User(), Client(), "entente-calendar-of-nobody")
            assert not set(MARK.findall(door.opened(visitor, item))) - {item.mark}, door.name


def test_the_log_has_a_line_for_each_access(ledger: Ledger) -> None:
    assert ledger.items
    if len(VISITORS) < len(ACCOUNTS):
        for account in ACCOUNTS:
            DOORS[0].shown(visitor_of(account))
    lines = Counter(AuditEntry.objects.filter(deed__in=["saw", "refused"]).values_list("account", flat=True))
    for account, visitor in VISITORS.items():
        assert lines[account.name] == visitor.asked, account
    assert auditing.verify() is None


def test_the_log_says_which_records_a_list_showed(ledger: Ledger) -> None:
    account = Account("agent", "securite")
    shown = known(ledger, DOORS[1].shown(visitor_of(account)))
    entry = AuditEntry.objects.filter(account=account.name).order_by("-seq").first()
    assert entry is not None
    assert set(json.loads(entry.detail)["codes"].split()) == shown


def routes(patterns: Iterable[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    """The names of all addresses."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, f"{one.namespace}:" if one.namespace else namespace)
        else:
            yield f"{namespace}{one.name}"


def test_every_address_is_a_door_or_shows_no_record() -> None:
    decided = {route for door in (*DOORS, *PAGES) for route in door.routes} | NO_RECORD | set(ACTS)
    assert sorted(set(routes(get_resolver().url_patterns)) - decided - set(ELSEWHERE)) == []
    assert [file for file in ELSEWHERE.values() if not (Path(__file__).parents[2] / file).exists()] == []


@pytest.mark.parametrize("route", ACTS)
def test_what_a_role_may_not_do_is_refused_and_changes_nothing(route: str, ledger: Ledger) -> None:
    act = ACTS[route]
    seen = {
        item.kind: item.mark
        for item in ledger.items
        if item.tlp == "CLEAR" and item.purpose == "humanitarian"
    }
    path = act.path.format(**{kind.replace("-", "_"): mark for kind, mark in seen.items()})
    for account in ACCOUNTS:
        if account.service != "protection-civile" and not (
            act.needs_mandate and account.service == "ailleurs"
        ):
            continue
        may = account.role in act.roles and (bool(MANDATES[account.service]) or not act.needs_mandate)
        if may and not act.reads:
            continue  # done elsewhere: here it would change what the next account sees
        before = written()
        visitor = visitor_of(account)
        answer = visitor.get(path) if act.reads else visitor.post(path, act.sent)
        if may:
            assert answer.status_code in {200, 302, 404}, account  # 404: not for this service, of what is one
        else:
            assert answer.status_code in {403, 404}, account
        assert written() == before, account


def written() -> list[object]:
    """What an act would change."""
    return [
        Row.objects.count(),
        Row.objects.filter(confirmed=True).count(),
        AuditEntry.objects.exclude(deed__in=["saw", "refused", "exported", "audit.exported"]).count(),
        list(User.objects.order_by("pk").values_list("name", "role", "is_active")),
    ]


def test_the_table_of_roles_is_the_one_of_the_desk() -> None:
    """The oracle is written by hand; it is compared with the desk's own table only here."""
    assert set(SEES) == {role.value for role in Named}
    for role, sees_ in SEES.items():
        rights = RIGHTS[Named(role)]
        assert (May.EXPORT in rights.may) is sees_.takes_away
        if role != "observer":
            assert (rights.highest or "", rights.own or "") == (sees_.with_mandate, sees_.of_own)
