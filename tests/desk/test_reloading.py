"""An address that only takes a form leads back to its page when somebody opens it; programs are told 405."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client

from tests.desk.acts import ACTS
from tests.desk.conftest import Desk

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/duty/hand-over", "/duty"),
        ("/duty/hand-over/1/take", "/duty"),
        ("/alerts/{code}/answer", "/alerts/{code}"),
        ("/alerts/{code}/confirm", "/alerts/{code}"),
        ("/records/{code}/release/retract", "/alerts/{code}"),
        ("/measures/{code}/moves/{code}/take-back", "/measures/{code}"),
        ("/duty/rota/protection-civile/change", "/duty/rota/protection-civile"),
        ("/sign-out", "/"),
        ("/language", "/"),
    ],
)
def test_a_browser_is_led_to_the_page_that_has_the_form(
    desk: Desk, raised: str, path: str, page: str
) -> None:
    client = desk.client()
    at, hops = path.format(code=raised), 0
    while (answer := client.get(at, headers=BROWSER)).status_code == HTTPStatus.FOUND:
        at, hops = answer["Location"], hops + 1
        assert hops < 5
    assert at == page.format(code=raised)
    assert "Sign out" in answer.content.decode() or answer.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("name", sorted(name for name, act in ACTS.items() if not act.reads))
def test_no_form_shows_an_empty_page_to_who_opens_its_address(desk: Desk, raised: str, name: str) -> None:
    class Codes(dict[str, str]):
        def __missing__(self, kind: str) -> str:
            return raised

    path = ACTS[name].path.format_map(Codes())
    answer = desk.client().get(path, headers=BROWSER)
    assert answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.status_code == HTTPStatus.FOUND or answer.content


def test_a_program_and_a_stranger_learn_what_they_learned(desk: Desk, raised: str) -> None:
    assert desk.client().get(f"/alerts/{raised}/answer").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    for path in ("/pouch", f"/alerts/{raised}/answer", "/duty/hand-over"):
        assert Client().get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    led = Client().get("/alerts/GAO-00000/answer", headers=BROWSER)
    assert led["Location"] == "/alerts/GAO-00000", "whether there is such an alert is not said"
    assert Client().get(led["Location"])["Location"].startswith("/sign-in")
