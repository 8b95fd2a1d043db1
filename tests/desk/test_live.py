"""A page is fresh by itself: told anew exactly when something changes that its viewer may see."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entente_node.directory.models import AuditEntry, User
from entente_node.ledger.models import Channel, Dossier, Record
from tests import parties
from tests.desk.conftest import Desk, text_of

FIRST_VISIT = 60_000
REPEAT_VISIT = 10_000


@dataclass
class Watcher:
    """What the script does: it asks with the tag that it has, and takes a new one."""

    client: Client
    path: str
    tag: str = ""
    last: HttpResponse = field(default_factory=HttpResponse)

    def begin(self) -> Watcher:
        page = text_of(self.client.get(self.path))
        found = re.search(r'data-tag="([^"]+)"', page)
        assert found is not None, "the page is not live"
        self.tag = found[1].replace("&quot;", '"')
        return self

    def changed(self) -> bool:
        self.last = self.client.get(self.path, headers={"x-fragment": "live", "if-none-match": self.tag})
        assert self.last["X-Fragment"] == "live"
        if self.last.status_code == 304:
            assert self.last.content == b""
            return False
        assert self.last.status_code == 200
        self.tag = self.last["ETag"]
        return True


@pytest.fixture
def watch(desk: Desk) -> Callable[..., Watcher]:
    def begin(path: str = "/", **whose: str) -> Watcher:
        return Watcher(desk.client(**whose), path).begin()

    return begin


def raise_alert(desk: Desk, **changes: object) -> str:
    code = desk.federation.gao.file([parties.alert(code=None, **changes)], confirmed=True)[0].record.code
    desk.federation.exchange()
    assert code is not None
    return code


def test_nothing_new_is_an_empty_answer_and_few_queries(desk: Desk, watch: Callable[..., Watcher]) -> None:
    page = watch()
    assert not page.changed()
    with CaptureQueriesContext(connection) as queries:
        assert not page.changed()
    assert len(queries) <= 30
    assert len(page.last.content) == 0
    desk.federation.clock.advance(minutes=1)
    assert not page.changed()


def test_the_content_comes_alone(desk: Desk, watch: Callable[..., Watcher]) -> None:
    page = watch()
    code = raise_alert(desk)
    assert page.changed()
    content = text_of(page.last)
    assert f'id="a-{code}"' in content
    assert "<html" not in content
    assert "<footer" not in content
    assert 'id="live"' not in content
    assert not page.changed()


def test_every_change_that_is_seen_is_told(desk: Desk, raised: str, watch: Callable[..., Watcher]) -> None:
    page = watch()
    desk.node.answer(raised, service="protection-civile", step="acknowledged")
    assert page.changed()
    desk.federation.exchange()
    page.changed()
    desk.federation.gao.withdraw(raised, "error", service="protection-civile")
    desk.federation.exchange()
    assert page.changed()
    held = desk.node.file([parties.alert(code=None, tlp="RED", severity="Minor")])[0]
    assert page.changed()
    desk.node.release()
    assert page.changed()
    assert str(held.record.code) in text_of(page.last)
    Channel.objects.update(heard_at=None)
    assert page.changed()


@pytest.mark.parametrize("path", ["/", "/?state=all", "/exchange"])
def test_what_is_behind_the_wall_changes_no_tag(desk: Desk, watch: Callable[..., Watcher], path: str) -> None:
    watching = [watch(path), watch(path, service="elevage")]
    secret = raise_alert(desk, purpose="security")
    desk.node.answer(secret, service="securite", step="acknowledged", text="Rien pour les autres")
    desk.federation.exchange()
    desk.federation.exchange()
    assert desk.federation.gao.dossier(secret).state == "acknowledged"
    if path != "/exchange":  # which tells when the last receipt was signed, whatever it was for
        assert [one.changed() for one in watching] == [False, False]
    assert watch(path, service="securite").begin().changed() is False


def test_something_hidden_that_is_on_its_way_leaves_the_line_as_it_was(
    desk: Desk, watch: Callable[..., Watcher]
) -> None:
    desk.federation.exchange()
    page, theirs = watch(), watch(service="securite")
    desk.node.file([parties.alert(code=None, purpose="security", place=parties.place("ayorou"))])
    desk.node.release()
    assert not page.changed()
    assert "has received everything" in desk.page("/")
    assert theirs.changed()
    assert "has not received everything yet" in text_of(theirs.last)


def test_an_answer_that_is_not_seen_changes_neither_list_nor_alert(
    desk: Desk, raised: str, watch: Callable[..., Watcher]
) -> None:
    listed, one = watch(), watch(f"/alerts/{raised}")
    desk.node.answer(raised, service="securite", step="under_way", text="Confidentiel")
    Record.objects.filter(about=raised).update(audience=1 << 4)  # as if it were for security alone
    Dossier.objects.filter(code=raised).update(audience=1 << 4)
    assert [listed.changed(), one.changed()] == [False, False]


def test_a_new_answer_appears_on_the_alerts_page(
    desk: Desk, raised: str, watch: Callable[..., Watcher]
) -> None:
    page = watch(f"/alerts/{raised}")
    assert not page.changed()
    desk.federation.gao.answer(raised, service="protection-civile", text="L’eau monte", to="tillaberi.ne")
    desk.federation.exchange()
    assert page.changed()
    assert "L’eau monte" in text_of(page.last)
    assert not page.changed()


def test_a_deadline_that_passes_is_told_once(desk: Desk, watch: Callable[..., Watcher]) -> None:
    page = watch()
    for minutes, changes in ((56, False), (2, True)):
        desk.federation.clock.advance(minutes=minutes)
        Channel.objects.update(heard_at=desk.federation.clock())
        assert page.changed() is changes
    assert "late by" in text_of(page.last)
    assert not page.changed()


def test_a_line_that_falls_silent_is_told_and_says_whom_to_call(
    desk: Desk, watch: Callable[..., Watcher]
) -> None:
    page = watch()
    desk.federation.clock.advance(minutes=20)
    assert page.changed()
    assert re.search(r"was last heard <time [^>]*>23 min ago</time>", text_of(page.last))


def test_when_a_partner_was_heard_comes_beside_an_empty_answer(
    desk: Desk, watch: Callable[..., Watcher]
) -> None:
    page = watch()
    desk.federation.clock.advance(minutes=1)
    now = desk.federation.clock()
    Channel.objects.update(heard_at=now)
    assert not page.changed()
    assert page.last["X-Moments"] == f"gao-tillaberi/gao.ml={now:%Y-%m-%dT%H:%M:%SZ}"
    assert 'data-moment="gao-tillaberi/gao.ml"' in text_of(page.client.get("/"))


def test_the_tag_is_this_viewers_in_this_language_with_these_filters(
    desk: Desk, watch: Callable[..., Watcher]
) -> None:
    first = watch()
    assert watch("/?state=all").tag != first.tag
    other = Client()
    other.force_login(desk.account("other"))
    assert Watcher(other, "/").begin().tag != first.tag
    User.objects.filter(name="of-protection-civile").update(areas=["ML0701"])
    assert first.changed()
    User.objects.filter(name="of-protection-civile").update(language="fr")
    assert first.changed()


def test_a_weak_or_foreign_tag_is_understood(desk: Desk, watch: Callable[..., Watcher]) -> None:
    page = watch()
    page.tag = f'"other", W/{page.tag}'
    assert not page.changed()
    for tag in ('"nonsense"', "*", "", '"a.b.c"', page.tag.replace(".", ",")):
        page.tag = tag
        assert page.changed(), tag
    assert desk.client().get("/").status_code == 200


def test_whoever_has_signed_out_is_sent_to_the_door_and_told_nothing(watch: Callable[..., Watcher]) -> None:
    page = watch()
    page.client.logout()
    answer = page.client.get("/", headers={"x-fragment": "live", "if-none-match": page.tag})
    assert answer.status_code == 302
    assert "X-Moments" not in answer


def test_polling_all_night_does_not_fill_the_log(desk: Desk, watch: Callable[..., Watcher]) -> None:
    page = watch()
    before = AuditEntry.objects.count()
    for _ in range(50):
        desk.federation.clock.advance(seconds=5)
        page.changed()
    assert AuditEntry.objects.count() - before <= 2


def test_a_page_that_answers_a_form_does_not_poll(desk: Desk, raised: str) -> None:
    answer = desk.client().post(f"/alerts/{raised}/answer", {"step": "message"})
    assert answer.status_code == 422
    assert "live.js" not in text_of(answer)


def test_words_of_the_script_are_those_of_the_page(desk: Desk) -> None:
    found = re.search(r'data-words="(\[[^"]+\])"', desk.page("/", language="fr"))
    assert found is not None
    assert json.loads(found[1].replace("&quot;", '"').replace("&#x27;", "'")) == [
        "moins d’une minute",
        "# min",
        "# h",
        "# jours",
        "il y a #",
        "dans #",
        "encore #",
        "en retard de #",
    ]


def weight_of(name: str) -> int:
    file = finders.find(name)
    assert isinstance(file, str)
    with open(file, "rb") as read:  # noqa: PTH123
        return len(gzip.compress(read.read()))


def test_the_first_visit_and_the_next_are_light(desk: Desk) -> None:
    for place in ("gao", "labbezanga", "ayorou", "tillaberi"):
        desk.federation.gao.file(
            [parties.alert(code=None, place=parties.place(place)) for _ in range(20)], confirmed=True
        )
    desk.federation.exchange()
    client = desk.client(language="fr")
    page = client.get("/", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    again = len(page.content)
    beside = sum(weight_of(name) for name in ("desk/desk.css", "desk/live.js", "desk/logo.svg"))
    assert again < REPEAT_VISIT
    assert again + beside < FIRST_VISIT
    assert weight_of("desk/live.js") < 2_000
    assert "leaflet" not in gzip.decompress(page.content).decode()
