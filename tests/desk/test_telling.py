"""The desk says every field of every kind in the reader's language, from what the kinds declare."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from django.utils import translation

from entente.records.base import Part, fields_of
from entente_node.directory.telling import dated, value_of, when
from entente_node.settings import HERE
from tests import parties


def said(kind: str, language: str) -> dict[str, str]:
    record = parties.EVERY_KIND[kind]()
    with translation.override(language):
        return {name: value_of(record, name, UTC, parties.NOW) for name in fields_of(type(record))}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", parties.EVERY_KIND)
def test_whatever_a_record_holds_is_said_and_never_as_python_writes_it(kind: str, language: str) -> None:
    record = parties.EVERY_KIND[kind]()
    for name, text in said(kind, language).items():
        assert bool(text) == (getattr(record, name) not in (None, ()))
        assert not {"(", "{", "["} & {text[:1]}
        assert not text.startswith("b'"), "bytes are counted, never written out"
        assert not any(part.__name__ in text for part in Part.__subclasses__())


def test_a_breakdown_is_said_in_words_on_both_its_sides() -> None:
    assert said("situation", "fr")["in_need"] == "sécurité alimentaire\u00a0: 120"
    assert said("situation", "en")["in_need"] == "food security: 120"


def test_each_of_several_things_has_a_line_with_its_own_labels() -> None:
    first, second = said("meeting", "fr")["delegations"].split("\n")
    assert first == "Région de Gao · Partie\u00a0: gao.ml · Femmes\u00a0: 3 · Hommes\u00a0: 9"
    assert "Représentant\u00a0: Gouverneur de la région de Tillabéri" in second
    paragraph, _ = said("communique", "en")["paragraphs"].split("\n")
    assert paragraph.endswith("Consent of the sides: gao.ml: agreed, tillaberi.ne: agreed")


def test_a_number_by_nationality_is_said_by_the_name_of_the_country() -> None:
    record = msgspec.structs.replace(parties.flow(), nationalities={"NE": 1_200, "XX": 3})
    with translation.override("fr"):
        said_ = value_of(record, "nationalities", UTC, parties.NOW)
    assert said_ == "Niger\u00a0: 1\u00a0200, nationalité inconnue\u00a0: 3"


@pytest.mark.parametrize(
    ("language", "shape", "said_"),
    [
        ("fr", "j F Y", "1er février 2022"),
        ("fr", "j b", "1er fév"),
        ("en", "j F Y", "1 February 2022"),
        ("en", "j b", "1 Feb"),
    ],
)
def test_a_day_is_written_as_people_write_it(language: str, shape: str, said_: str) -> None:
    with translation.override(language):
        assert dated(date(2022, 2, 1), shape) == said_
        assert dated(date(2022, 2, 11), shape) == said_.replace("1er", "1").replace("1 ", "11 ", 1)


def test_the_first_of_a_month_in_french_wherever_a_moment_is_said() -> None:
    now = datetime(2022, 3, 1, 12, tzinfo=UTC)
    with translation.override("fr"):
        assert when("2022-02-01", UTC, now) == "1er février 2022"
        assert when("2022-02-01T08:00:00Z", UTC, now) == "1er février, 08:00 UTC"
        assert when("2022-02-21T08Z", UTC, now).startswith("21 février")


TEMPLATES = sorted((HERE / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=[one.name for one in TEMPLATES])
def test_no_template_writes_a_colon_or_a_day_in_one_language_only(template: Path) -> None:
    written = re.sub(r"{% blocktrans.*?{% endblocktrans %}|{% trans .*?%}", "", template.read_text("utf-8"))
    assert not re.findall(r"(?:}}|%}|</bdi>|</span>): ", written)
    assert not re.findall(r'\|date:"j', written)
