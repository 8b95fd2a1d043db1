"""Two functions see on the page which pictures go along with the record that they release."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from entente.records import Attachment, decode
from entente_node.attachments import adding
from entente_node.attachments.reducing import reduced
from entente_node.directory.models import AuditEntry
from entente_node.directory.roles import Role
from entente_node.ledger.models import Record
from tests import parties
from tests.desk import photos
from tests.desk.conftest import Desk, text_of
from tests.desk.test_pictures import upload
from tests.desk.test_withheld import decide, filed, officer
from tests.federation import Federation

FIRST = reduced(photos.jpeg(photos.painted(90, 60, 1)))
SECOND = reduced(photos.jpeg(photos.painted(90, 60, 2)))


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  empty databases
    """The exceptional article names pictures; none is shared above AMBER."""
    return Federation.agreed(
        parties.agreement(articles=(*parties.ARTICLES, photos.ARTICLE, photos.EXCEPTIONAL))
    )


@pytest.fixture
def gao(federation: Federation, desk_in: Callable[[Federation, str], Desk]) -> Desk:
    """Gao's desk."""
    return desk_in(federation, "gao")


def pictured(desk: Desk, code: str, picture=FIRST, *, confirmed: bool = True, caption: str = "") -> str:
    """Add a picture; the address of its page."""
    keys = adding.add(
        desk.node, code, picture, service="protection-civile", caption=caption, confirmed=confirmed
    )
    part = decode(bytes(Record.objects.get(pk=keys[0]).body or b""))
    assert isinstance(part, Attachment)
    return f"/pictures/{code}/{part.sha256[:20]}"


def named(page: str) -> list[str]:
    """The pictures that the form of a page names."""
    return re.findall(r'name="picture" value="([0-9a-f]{64})"', page)


def pressed(client: Client, code: str, page: str, **changes: object):
    """Press the button of a page: with every picture that it names."""
    return decide(client, code, picture=named(page), **changes)  # type: ignore[arg-type]  # several values


def test_the_page_shows_each_picture_that_goes_along_and_both_sides_see_it_come(
    federation: Federation, gao: Desk, desk_in: Callable[[Federation, str], Desk]
) -> None:
    code = filed(gao)
    paths = [
        pictured(gao, code, caption="Le gué (donnée synthétique)"),
        pictured(gao, code, SECOND),
    ]
    unconfirmed = pictured(gao, code, reduced(photos.jpeg(photos.painted(90, 60, 3))), confirmed=False)
    gao.node.release()
    director, duty = officer(gao, "directeur"), officer(gao, "permanence")
    page = text_of(director.get(f"/alerts/{code}"))
    assert "2 photos go along" in page
    assert "1 photo stays here" in page
    assert "nobody has looked at it and confirmed it" in page
    assert len(named(page)) == 2
    form = re.findall(r'<ul class="along">.*?</ul>', page, re.DOTALL)[0]
    for path in paths:
        assert f'src="{path}/small"' in form
        assert f'href="{path}"' in form
    assert unconfirmed not in form
    assert "Your decision is kept" in text_of(pressed(director, code, page))
    page = text_of(duty.get(f"/alerts/{code}"))
    assert len(named(page)) == 2
    assert "it leaves at the next exchange" in text_of(pressed(duty, code, page))
    federation.exchange()
    ours = text_of(duty.get(paths[0]))
    by = "under the exceptional article E1, by decision of: Directeur de la protection civile, Permanence"
    assert f"Released to Région de Tillabéri {by}" in ours
    assert "Has received it, receipt signed." in ours
    logged = AuditEntry.objects.filter(deed="release.approved", subject=code)
    assert ['"pictures":2' in one.detail for one in logged] == [True, True]

    there = desk_in(federation, "tillaberi")
    there.account("tout", role=Role.COORDINATOR)
    for path in paths:
        assert there.client().get(f"{path}/image").status_code == 200
        assert f"Released by Région de Gao {by}" in there.page(path)
    assert there.client().get(f"{unconfirmed}/image").status_code == 404


def test_a_picture_that_was_added_between_the_page_and_the_button_does_not_go_along(
    federation: Federation, gao: Desk
) -> None:
    code = filed(gao)
    pictured(gao, code)
    director, duty = officer(gao, "directeur"), officer(gao, "permanence")
    pages = [text_of(one.get(f"/alerts/{code}")) for one in (director, duty)]
    late = pictured(gao, code, SECOND)
    for client, page in zip((director, duty), pages, strict=True):
        pressed(client, code, page)
    federation.exchange()
    came = federation.tillaberi.store.records_of(["attachment"])
    assert len({decode(one.body).sha256 for one in came if isinstance(decode(one.body), Attachment)}) == 1
    # Its own page says why it stays and what it takes; two functions decide on it there.
    page = text_of(director.get(late))
    assert "above the highest" in page
    assert "Two of these release it together:" in page
    assert "Has not left" in text_of(director.get(f"/alerts/{code}"))
    assert "Your decision is kept" in text_of(pressed(director, code, page))
    assert "Take my decision back" in text_of(director.get(late))
    page = text_of(duty.get(late))
    assert "One more of these has to decide:" in page
    assert "it leaves at the next exchange" in text_of(pressed(duty, code, page))
    federation.exchange()
    came = federation.tillaberi.store.records_of(["attachment"])
    assert all(len(decode(one.body).released_by) == 2 for one in came)
    assert len(came) == 2 * len(federation.gao.store.records_of(["attachment"])) // 2


def test_a_decision_on_a_picture_alone_is_taken_back(federation: Federation, gao: Desk) -> None:
    code = filed(gao)
    director, duty = officer(gao, "directeur"), officer(gao, "permanence")
    for client in (director, duty):
        decide(client, code)
    federation.exchange()
    path = pictured(gao, code)
    for client in (director, duty):
        pressed(client, code, text_of(client.get(path)))
    page = text_of(duty.get(path))
    assert "It leaves at the next exchange" in page
    assert "Your decision is taken back" in text_of(pressed(duty, code, page, do="release/retract"))
    federation.exchange()
    assert federation.tillaberi.store.records_of(["attachment"]) == []


@pytest.mark.parametrize("sent", ["0" * 64, "", "../x", "<script>"])
def test_what_is_no_picture_of_the_page_is_not_decided_on(gao: Desk, sent: str) -> None:
    code = filed(gao)
    pictured(gao, code)
    answer = decide(officer(gao, "directeur"), code, picture=sent)
    assert "look again" in text_of(answer)
    assert gao.node.store.approved(gao.row(code).pk) == []


def test_a_picture_that_the_account_may_not_see_is_not_decided_on(gao: Desk) -> None:
    code = filed(gao)
    pictured(gao, code)
    shown = named(text_of(officer(gao, "directeur").get(f"/alerts/{code}")))
    Record.objects.filter(kind="attachment").update(tlp="RED", service="elevage")
    client = officer(gao, "permanence", role=Role.OFFICER)
    page = text_of(client.get(f"/alerts/{code}"))
    assert named(page) == []
    assert "photo" not in page[page.index("Exceptional article") : page.index("I decide that it leaves")]
    assert "look again" in text_of(decide(client, code, picture=shown))  # type: ignore[arg-type]  # several


def test_without_the_function_there_is_no_button_on_a_picture(federation: Federation, gao: Desk) -> None:
    code = filed(gao)
    for duty in ("directeur", "permanence"):
        decide(officer(gao, duty), code)
    federation.exchange()
    path = pictured(gao, code)
    page = text_of(officer(gao, "", role=Role.COORDINATOR).get(path))
    assert "Two of these release it together:" in page
    assert "/release" not in page
    answer = upload(officer(gao, "secretaire"), code, photos.jpeg(photos.painted(50, 50)))
    assert answer.status_code == 302
