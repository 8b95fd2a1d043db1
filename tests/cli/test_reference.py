"""The reference says what the command does: an undocumented verb or option fails the build."""

from __future__ import annotations

import pytest
from tools.cli_reference import PAGES, made


@pytest.mark.parametrize("language", PAGES)
def test_the_reference_is_up_to_date(language: str) -> None:
    assert PAGES[language].read_text("utf-8") == made(language), "run `python -m tools.cli_reference`"


@pytest.mark.parametrize(
    "verb",
    [
        "init", "key show", "agreement check", "agreement sign", "agreement adopt", "agreement show", "agreement explain",
        "file", "import cap", "confirm", "release", "exchange", "list", "show", "answer", "withdraw", "pouch write",
        "pouch read", "journal export", "journal verify", "verify", "status", "serve", "demo", "partner add",
        "partner list", "partner remove", "user add", "user change", "user link", "user list",
        "user lock", "user remove", "user sessions", "user unlock", "explain",
    ],
)  # fmt: skip
def test_every_promised_verb_is_there(verb: str) -> None:
    for page in PAGES.values():
        assert f"# `entente {verb}`" in page.read_text("utf-8")


def test_every_verb_and_option_says_what_it_is_for() -> None:
    for page in PAGES.values():
        text = page.read_text("utf-8")
        assert ": None" not in text
        assert "`: \n" not in text
