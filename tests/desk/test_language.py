"""French and English: complete, and chosen by the account before anything else."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.translation.template import templatize

from entente_node.directory.models import User
from entente_node.settings import HERE
from tests.desk.conftest import Desk, text_of

CATALOGUE = HERE / "locale" / "fr" / "LC_MESSAGES" / "django.po"
_CALL = re.compile(
    r"""\b(_|gettext|ngettext|pgettext|npgettext)\((u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))""", re.DOTALL
)


def sources() -> dict[str, str]:
    """What the desk asks to have translated, and where."""
    found = {}
    for file in sorted(HERE.rglob("*.html")):
        for call, text in _CALL.findall(templatize(file.read_text("utf-8"), origin=file.name)):
            found[(call, text)] = file.name
    for app in sorted(one.name for one in HERE.iterdir() if (one / "apps.py").exists()):
        for file in sorted((HERE / app).rglob("*.py")):
            for call, text in _CALL.findall(file.read_text("utf-8")):
                found[(call, text)] = file.name
    words = {}
    for (call, text), name in found.items():
        if "pgettext" in call:
            continue  # its first argument is the context: those are looked at by the completeness of the catalogue
        literal = text.lstrip("u")
        words[literal[1:-1].replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")] = name
    return words


def test_every_string_of_the_desk_has_its_french() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id}
    missing = {text: where for text, where in sources().items() if text not in known}
    assert not missing
    assert len(known) > 150
    for message in catalogue:
        if message.id:
            strings = (message.string,) if isinstance(message.string, str) else message.string
            assert all(strings), message.id
            assert not message.fuzzy, message.id


def test_no_french_of_the_desk_is_left_over() -> None:
    """What a string says between its values stands in one file at least; line ends inside it do not count."""
    texts = [
        re.sub(r"\s+", " ", re.sub(r'"\s*\n\s*"', "", file.read_text("utf-8")))
        .replace('\\"', '"')
        .replace("%%", "%")
        for file in HERE.rglob("*")
        if file.suffix in {".py", ".html", ".txt"}
    ]
    left = []
    with CATALOGUE.open("rb") as catalogue:
        for message in read_po(catalogue, locale="fr"):
            source = message.id if isinstance(message.id, str) else message.id[0]
            plain = re.sub(r"\s+", " ", source).replace("%%", "%")
            parts = [part for part in re.split(r"%\(\w+\)[sd]", plain) if part.strip()]
            if source and not any(all(part.strip() in text for part in parts) for text in texts):
                left.append(source)
    assert not left


def test_a_translation_keeps_the_values_of_its_source() -> None:
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="fr"):
            ids = (message.id,) if isinstance(message.id, str) else message.id
            strings = (message.string,) if isinstance(message.string, str) else message.string
            wanted = {name for text in ids for name in re.findall(r"%\((\w+)\)", text)}
            for text in strings:
                assert set(re.findall(r"%\((\w+)\)", text)) <= wanted, message.id


@pytest.mark.parametrize("path", ["/", "/?state=closed", "/exchange", "/agreement/gao-tillaberi", "ALERT"])
def test_the_pages_speak_french(desk: Desk, raised: str, path: str) -> None:
    page = desk.page(path.replace("ALERT", f"/alerts/{raised}"), language="fr")
    assert '<html lang="fr">' in page
    words = set(re.findall(r"[a-zA-Zéè’]+", re.sub(r"<[^>]*>", " ", page)))
    assert not words & {
        "the",
        "with",
        "Refresh",
        "everything",
        "Acknowledge",
        "from",
        "alert",
        "received",
        "journals",
    }


def test_the_french_page_says_it_as_an_officer_would(desk: Desk, raised: str) -> None:
    page = desk.page("/", language="fr")
    for words in (
        "1 alerte vous attend",
        "Gravité\u00a0: grave",
        "Attend votre accusé de réception",
        "encore 57 min",
    ):
        assert words in page, words
    page = desk.page(f"/alerts/{raised}", language="fr")
    for words in ("J’accuse réception", "Ce que chaque côté a fait", "<dt>Certitude</dt><dd>constatée</dd>"):
        assert words in page, words


def test_the_language_is_the_accounts_then_the_one_chosen_then_the_browsers_then_french(desk: Desk) -> None:
    def spoken(client: Client, **headers: str) -> str:
        response = client.get("/sign-in", follow=True, headers=headers)
        found = re.search(r'<html lang="(\w\w)">', text_of(response))
        assert found
        assert response["Content-Language"] == found[1]
        return found[1]

    client = Client()
    assert spoken(client) == "fr"
    assert spoken(client, accept_language="en-GB,de") == "en"
    assert spoken(client, accept_language="ar") == "fr"
    client.post("/language", {"language": "en", "next": "/sign-in"})
    assert spoken(client) == "en"
    user = desk.account()
    client.force_login(user)
    assert spoken(client) == "fr"
    client.post("/language", {"language": "en"})
    assert spoken(client) == "en"
    assert User.objects.get(pk=user.pk).language == "en"
    client.post("/language", {"language": "xx"})
    assert spoken(client) == "en"
