"""The guide of the desk names buttons, links and headings as the desk does, and shows pictures that are there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "guide-bureau.md").read_text("utf-8")
CATALOGUE = ROOT / "src" / "entente_node" / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def plain(text: str) -> str:
    """Words without kinds of spaces, tags and what a page puts in."""
    bare = re.sub(r"<[^>]*>", "", re.sub(r"%\(\w+\)s|…", "…", text))
    return " ".join(bare.replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Everything that the desk says in French."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    found = set()
    for message in catalogue:
        words = message.string if isinstance(message.string, tuple | list) else (message.string,)
        found |= {plain(one) for one in words}
    return found


@pytest.mark.parametrize("label", sorted(set(re.findall(r"\*\*(.+?)\*\*", GUIDE)) - {"gras"}))
def test_what_stands_in_bold_stands_on_the_desk(said: set[str], label: str) -> None:
    of_a_field = {words.replace("…", "Tâches") for words in said if words.startswith("Une ligne de plus")}
    assert plain(label) in said | of_a_field


def test_every_picture_is_there_and_every_chapter_once() -> None:
    for picture in re.findall(r"\]\((images/[^)]+)\)", GUIDE):
        assert (ROOT / "docs" / picture).exists(), picture
    chapters = Counter(line for line in GUIDE.splitlines() if line.startswith("#"))
    assert max(chapters.values()) == 1
    assert len(GUIDE.split()) < 2_250, "it is read at the desk"
