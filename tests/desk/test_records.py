"""Records of every kind: forms made from their declarations, lists, pages, measures, the wall."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import QueryDict
from msgspec import structs

from entente.agreements.document import Form, Share
from entente.records import KINDS, Action, CorridorStatus, Incident, Situation, decode
from entente.records.base import fields_of
from entente_node.directory.access import viewer_of
from entente_node.ledger.models import Record
from entente_node.records.asking import FIXED, LATER, ORDER, PLACED, SET_BY_NODE, UNASKED
from entente_node.records.fields import form_of
from entente_node.records.kinds import FILED, LISTED
from tests import parties
from tests.desk.conftest import Desk, text_of
from tests.federation import Federation

WHEN = {"at": "2022-01-31", "at__time": "14:30", "tlp": "GREEN", "place": "labbezanga"}
INCIDENTS = Share(
    id="A10",
    text="Les incidents vont aux services de sécurité.",
    from_=("gao.ml", "tillaberi.ne"),
    to=("gao.ml", "tillaberi.ne"),
    kinds=("incident",),
    purposes=("security",),
    tlp="AMBER",
    form=Form(fields=("type", "killed", "injured"), place="district", time="day"),
    retention_days=90,
)


def kept(row: Record) -> object:
    assert row.body is not None
    return decode(bytes(row.body))


def file(desk: Desk, kind: str, service: str = "protection-civile", **fields: object) -> str:
    """Send a form; the path that it leads to."""
    sent = {"purpose": "humanitarian", **WHEN, **fields}
    response = desk.client(service).post(f"/records/new/{kind}", sent)
    assert response.status_code == 302, re.findall(r'class="late"[^>]*>([^<]*)', text_of(response))
    return str(response["Location"])


@pytest.mark.parametrize("kind", sorted(FILED))
def test_every_kind_has_a_form_with_a_label_for_each_field(desk: Desk, kind: str) -> None:
    desk.account("chef", role="coordinator")
    page = desk.page(f"/records/new/{kind}", language="fr")
    hidden = SET_BY_NODE | set(FIXED.get(kind, {})) | LATER.get(kind, frozenset()) | {"side"}
    hidden |= UNASKED.get(kind, frozenset())
    for name, field in fields_of(KINDS[kind]).items():
        if name not in hidden and (KINDS[kind].placed or kind in PLACED or name != "place"):
            assert field.fr.replace("'", "&#x27;") in page, name
            assert f'name="{name}' in page, name
    labelled = set(re.findall(r'for="([^"]+)"', page))
    assert labelled <= set(re.findall(r'\bid="([^"]+)"', page))


def test_a_form_makes_a_record_in_which_what_is_empty_is_missing(desk: Desk) -> None:
    numbers = {"in_need.food": "700", "in_need.health": "0"}
    path = file(desk, "situation", group="displaced", total="1 200", women="", **numbers, method="interview")
    found = kept(Record.objects.get(code=path.rpartition("/")[2]))
    assert isinstance(found, Situation)
    assert (found.total, found.women, found.in_need) == (1_200, None, {"food": 700, "health": 0})
    assert (found.at, found.place, found.service) == (
        "2022-01-31T13:30:00Z",
        parties.place("labbezanga"),
        "protection-civile",
    )
    assert "1,200" in desk.page(path)


def test_a_day_without_a_time_is_the_day(desk: Desk) -> None:
    path = file(desk, "observation", at__time="", subject="herds")
    assert kept(desk.row(path.rpartition("/")[2])).at == "2022-01-31"  # type: ignore[attr-defined]


def test_each_side_reports_for_itself(desk: Desk) -> None:
    path = file(
        desk, "corridor-status", status="open", post="NE-TIL-04", side="gao.ml", concerned=["trucks", "goods"]
    )
    found = kept(desk.row(path.rpartition("/")[2]))
    assert isinstance(found, CorridorStatus)
    assert (found.side, found.concerned) == ("tillaberi.ne", ("trucks", "goods"))


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_filed(desk: Desk) -> None:
    wrong = {"at": "yesterday", "total": "many", "place": "atlantis", "about": "GAO-7K3QY", "women": "-3"}
    sent = {"purpose": "humanitarian", "tlp": "GREEN", **wrong}
    page = text_of(desk.client().post("/records/new/situation", sent))
    for name, words in {
        "at": "Type a day such as",
        "total": "Type a whole number",
        "women": "Type a whole number",
        "place": "Choose a place of the zone.",
        "about": "is not a code",
        "group": "This is needed.",
    }.items():
        assert re.search(rf'id="{name}-field-error">[^<]*{words}', page), name
    assert 'value="many"' in page, "what was typed stays"
    page = text_of(
        desk.client().post(
            "/records/new/situation",
            sent | WHEN | {"about": "", "group": "hosts", "total": "5", "women": "9"},
        )
    )
    assert "Women, men, girls and boys are more than the total" in page
    assert not Record.objects.filter(kind="situation").exists()


@pytest.mark.parametrize(("confirmed", "stays"), [("", True), ("on", False)])
def test_text_leaves_once_a_person_has_read_it(desk: Desk, confirmed: str, *, stays: bool) -> None:
    path = file(desk, "action", what="Reconnaissance", **({"confirmed": "on"} if confirmed else {}))
    desk.node.release()
    assert ("I have read it: it may leave" in desk.page(path)) is stays
    if stays:
        code = path.rpartition("/")[2]
        assert str(desk.client().post(f"/alerts/{code}/confirm")["Location"]).endswith(code)
        desk.node.release()
    desk.federation.exchange()
    assert "Has received it, receipt signed." in desk.page(path)


def test_a_purpose_outside_the_mandates_cannot_be_chosen(desk: Desk) -> None:
    assert 'value="security"' not in desk.page("/records/new/incident")
    sent = {**WHEN, "type": "robbery", "purpose": "security"}
    assert desk.client().post("/records/new/incident", sent).status_code == 422
    services = {**WHEN, "purpose": "humanitarian", "what": "x", "services": "kayes.ml/protection-civile"}
    path = str(desk.client().post("/records/new/action", services)["Location"])
    assert kept(desk.row(path.rpartition("/")[2])).services == ()  # type: ignore[attr-defined]
    assert not Record.objects.filter(kind="incident").exists()


def test_an_incident_is_behind_the_wall(desk_in: Callable[[Federation, str], Desk]) -> None:
    federation = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, INCIDENTS)))
    incident = Incident(
        at="2022-01-31",
        service="securite",
        purpose="security",
        tlp="GREEN",
        place=parties.place("labbezanga"),
        type="robbery",
        injured=2,
    )
    code = federation.gao.file([incident])[0].record.code
    federation.exchange()
    desk = desk_in(federation, "tillaberi")
    page = desk.page(f"/records/{code}", service="securite")
    for words in ("Armed robbery", "robbery", "Injured", "Ansongo"):
        if words.lower() in page.lower():
            break
    else:
        raise AssertionError(page)
    assert str(code) in desk.page("/records", service="securite")
    for path in ("/records", "/records?kind=incident"):
        assert str(code) not in desk.page(path)
        assert "<bdi>Incident</bdi> <span>0</span>" in desk.page(path)
    assert desk.client().get(f"/records/{code}").status_code == 404
    assert desk.client().get(f"/measures/{code}").status_code == 404


def test_the_list_filters_by_kind_and_side(desk: Desk) -> None:
    file(desk, "observation", subject="herds")
    file(desk, "situation", group="hosts")
    desk.federation.gao.file([parties.action(code=None)], confirmed=True)
    desk.federation.exchange()
    page = desk.page("/records")
    assert [page.count(word) for word in ("Movement of herds", "Host community", "Reconnaissance")] == [
        1,
        1,
        1,
    ]
    assert "Host community" not in desk.page("/records?kind=action")
    assert "Reconnaissance" not in desk.page("/records?side=tillaberi.ne")
    assert desk.page("/records?kind=nothing&side=nobody&page=-3").count('class="alert"') == 3
    assert set(LISTED) <= set(FILED)


def test_other_kinds_lead_to_their_own_page(desk: Desk, raised: str) -> None:
    client = desk.client()
    assert client.get(f"/records/{raised}")["Location"] == f"/alerts/{raised}"
    code = desk.node.answer(raised, service="protection-civile", text="Bien reçu.").record.code
    assert client.get(f"/records/{code}")["Location"] == f"/records/{raised}"
    for nothing in ("/records/GAO-H3WN0", "/records/nothing", "/records/new/message", "/records/new/gold"):
        assert client.get(nothing).status_code == 404


def test_who_writes_nothing_is_told_why(desk: Desk) -> None:
    for role in ("administrator", "observer"):
        page = desk.page("/records/new", role=role)
        assert ("Your role does not write records down." in page) is (role == "administrator")
        assert ("No agreement in force gives your service a mandate." in page) is (role == "observer")


def unfolded(page: str) -> str:
    """The form of a page without what is folded away."""
    [form] = re.findall(r'<form class="filing".*?</form>', page, re.DOTALL)
    while (inner := re.sub(r"<details>((?!<details).)*?</details>", "", form, flags=re.DOTALL)) != form:
        form = inner
    return form


def names_in(part: str) -> list[str]:
    """The fields of a part of a form, in their order."""
    return list(dict.fromkeys(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)', part)))


def test_a_form_asks_what_where_when_how_severe_and_folds_the_rest(desk: Desk) -> None:
    for kind in FILED:
        desk.client(role="coordinator")
        page = desk.page(f"/records/new/{kind}", role="coordinator")
        shown = unfolded(page)
        asked_here = [
            name for name in names_in(shown) if name not in {"csrfmiddlewaretoken", "number", "confirmed"}
        ]
        wanted = [name for name in (*ORDER[kind], "purpose", "tlp") if name in asked_here]
        assert [name for name in asked_here if name in wanted] == wanted, kind
        assert set(asked_here) <= {*wanted, *(name + "__time" for name in wanted)}, kind
        assert page.count(" required") == shown.count(" required"), (kind, "nothing that is needed is folded")
    assert 'name="services"' in unfolded(desk.page("/records/new/action"))


def test_a_fault_is_in_the_title_and_the_cursor_stands_at_it(desk: Desk) -> None:
    sent = {**WHEN, "purpose": "humanitarian", "group": "hosts", "households": "beaucoup", "women": "x"}
    page = text_of(desk.client().post("/records/new/situation", sent))
    assert re.search(r"<title>\s*Error: ", page)
    [focused] = re.findall(r"<[^>]* autofocus[^>]*>", page)
    assert 'name="women"' in focused
    assert 'aria-invalid="true"' in focused
    [described] = re.findall(r'aria-describedby="([^"]+)"', focused)
    assert all(f'id="{one}"' in page for one in described.split())
    assert re.search(r"<details open><summary>More, if it is known", page), "a fault is never folded away"
    for wrong in ({"at": "x"}, {"tlp": ""}, {"place": ""}):
        page = text_of(
            desk.client().post("/records/new/situation", sent | {"households": "", "women": ""} | wrong)
        )
        [focused] = re.findall(r"<[^>]* autofocus[^>]*>", page)
        assert f'name="{next(iter(wrong))}"' in focused
    assert "<title>Error" not in desk.page("/records/new/situation")


def test_a_text_at_its_limit_is_filed_and_one_beyond_stays_on_the_page(desk: Desk) -> None:
    page = desk.page("/records/new/situation")
    [most] = re.findall(r'name="description"[^>]* maxlength="(\d+)"', page)
    path = file(desk, "situation", group="hosts", description="é" * int(most))
    assert kept(desk.row(path.rpartition("/")[2])).description == "é" * int(most)  # type: ignore[attr-defined]
    sent = {**WHEN, "purpose": "humanitarian", "group": "hosts", "description": "é" * (int(most) + 1)}
    page = text_of(desk.client().post("/records/new/situation", sent))
    assert "é" * (int(most) + 1) in page
    assert 'id="description-field-error"' in page


def test_what_no_article_lets_leave_is_said_while_it_is_typed(
    desk_in: Callable[[Federation, str], Desk],
) -> None:
    articles = tuple(
        structs.replace(
            one,
            form=structs.replace(one.form, fields=tuple(name for name in one.form.fields if name != "tasks")),
        )
        if isinstance(one, Share) and "action" in one.kinds
        else one
        for one in parties.ARTICLES
    )
    desk = desk_in(Federation.agreed(parties.agreement(articles=articles)), "gao")
    page = desk.page("/records/new/action")
    assert re.search(r'id="tasks-field-hint">[^<]*This stays on our side: no article lets it leave.', page)
    assert "what you file stays on our side" in desk.page("/records/new/incident")


def test_what_leaves_carries_no_such_word(desk: Desk) -> None:
    assert "stays on our side" not in desk.page("/records/new/action")


def test_a_service_without_a_mandate_files_nothing(desk: Desk) -> None:
    assert "Nothing to file" in desk.page("/records/new", service="no-such-service")
    assert desk.client("no-such-service").get("/records/new/alert").status_code == 404


def test_a_record_of_the_form_is_what_the_kind_accepts(desk: Desk) -> None:
    viewer = viewer_of(desk.account())
    sent = QueryDict(mutable=True)
    sent.update({**WHEN, "purpose": "humanitarian", "what": "Patrouille"})
    form = form_of(Action, viewer, sent, {})
    assert isinstance(form.record, Action)
    assert (form.record.state, form.written) == ("proposed", True)
