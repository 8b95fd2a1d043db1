from __future__ import annotations

import pytest

from entente.records.words import LONGEST, facet_of, folded, words_of
from tests import parties


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Tillabéri", "tillaberi"),
        ("L’ÉTÉ  à\nAyérou", "l'ete a ayerou"),
        ("straße", "strasse"),
        ("مُدَّة", "مدة"),
        ("   ", ""),
    ],
)
def test_text_is_folded_as_people_type_it(typed: str, kept: str) -> None:
    assert folded(typed) == kept


def test_a_record_is_found_by_code_place_kind_text_and_choices_in_both_languages() -> None:
    words = words_of(parties.alert(ttt_event="cattle_rustling"))
    for said in (
        "gao-7k3qx",
        "labbezanga",
        "alerte",
        "crue du fleuve",
        "grave",
        "vol de betail",
        "cattle rustling",
    ):
        assert said in words, said
    assert words.startswith("severe/cattle_rustling ")


def test_the_facet_of_an_alert_without_an_event_is_its_first_category() -> None:
    assert facet_of(parties.alert(category=("Fire", "Met"), severity="Minor")) == "minor/c-fire"
    assert facet_of(parties.message()) == ""
    assert words_of(parties.message()).startswith(" message")


@pytest.mark.parametrize("kind", sorted(parties.EVERY_KIND))
def test_every_kind_has_words_and_they_are_bounded(kind: str) -> None:
    record = parties.EVERY_KIND[kind]()
    words = words_of(record)
    assert folded(type(record).title[0]) in words
    assert len(words) <= LONGEST
    assert words == words.lower()


def test_long_text_is_cut() -> None:
    assert len(words_of(parties.alert(description="mot " * 1_400))) <= LONGEST
    assert len(words_of(parties.alert(description="".join(f"mot{n} " for n in range(900))))) == LONGEST
