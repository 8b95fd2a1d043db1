"""The desk says every field of every kind in the reader's language, from what the kinds declare."""

from __future__ import annotations

from datetime import UTC

import pytest
from django.utils import translation

from entente.records.base import Part, fields_of
from entente_node.directory.telling import value_of
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
