"""Every sentence of the command and of the core has its French, with the same values in it."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from tools.messages import CATALOGUE, held, in_source, updated

from entente.errors import LimitError, RecordError
from entente.policy import TEMPLATES
from entente.records import from_plain
from entente_node.schema_words import TEMPLATES as SCHEMA
from entente_node.speech import catalogue, printable, say, say_error, shell_language


def _values(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in Formatter().parse(text) if name is not None}


def test_the_catalogue_is_up_to_date_with_the_source() -> None:
    assert CATALOGUE.read_bytes() == updated(), "run `python -m tools.messages`"


def test_no_sentence_lacks_french() -> None:
    assert [message.id for message in held() if message.id and not message.string] == []


def test_no_translation_is_uncertain() -> None:
    assert [message.id for message in held() if message.fuzzy] == []


def test_french_has_the_values_of_the_english() -> None:
    wrong = [m.id for m in held() if m.id and _values(str(m.id)) != _values(str(m.string))]
    assert wrong == []


def test_french_has_its_spaces_before_colons_and_semicolons() -> None:
    # An ordinary space would let a line break before the colon.
    assert [m.id for m in held() if m.id and re.search(r"(?<=\w) [:;?!](?=\s|$)", str(m.string))] == []


def test_commands_and_options_are_the_same_in_french() -> None:
    said = re.compile(r"`[^`]+`|--[a-z-]+|ENTENTE_[A-Z]+")
    wrong = [
        m.id
        for m in held()
        if m.id and sorted(said.findall(str(m.id))) != sorted(said.findall(str(m.string)))
    ]
    assert wrong == []


@pytest.mark.parametrize("template", [*filter(None, TEMPLATES.values()), *SCHEMA.values()])
def test_every_reason_of_the_core_is_known_to_the_catalogue(template: str) -> None:
    assert template in {message.id for message in in_source()}


def test_an_error_inside_an_error_is_said_in_french_too() -> None:
    inner = LimitError("a record of {size} bytes is over {limit}", size=70_000, limit=60_000)
    outer = RecordError("line {line}: {reason}", line=3, reason=inner)
    assert (
        say_error(outer, language="fr")
        == "ligne 3\N{NO-BREAK SPACE}: une fiche de 70000 octets dépasse 60000"
    )


def test_kinds_and_purposes_are_said_in_words() -> None:
    values = {"article": "A1", "kind": "flow-of-people"}
    message = "article {article} does not share records of kind {kind}"
    assert (
        say(message, values, language="fr")
        == "l’article A1 ne partage pas de fiches de type flux de personnes"
    )
    assert say(message, values, language="en") == "article A1 does not share records of kind flow of people"


def test_what_is_wrong_with_a_field_is_said_in_french() -> None:
    with pytest.raises(RecordError) as caught:
        from_plain({"kind": "alert"})
    assert (
        say_error(caught.value, language="fr")
        == "ce n’est pas une fiche\N{NO-BREAK SPACE}: le champ at manque"
    )


@pytest.mark.parametrize(
    ("lang", "language"),
    [
        ("", "fr"),
        ("C.UTF-8", "fr"),
        ("fr_ML.UTF-8", "fr"),
        ("en_GB.UTF-8", "en"),
        ("EN", "en"),
        ("ha_NE", "fr"),
    ],
)
def test_the_language_is_french_unless_lang_begins_with_en(
    lang: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    assert shell_language() == language


def test_a_language_without_a_catalogue_is_said_in_english() -> None:
    assert catalogue("tmh").gettext("leaves") == "leaves"


def test_text_from_elsewhere_cannot_move_the_cursor_or_turn_the_reading() -> None:
    assert printable("a\x1b[2Jb\u202ec\x9bd\re") == "a\\u001b[2Jb\\u202ec\\u009bd\\u000de"
    assert printable("Gao – Tillabéri\n\tà 14 h") == "Gao – Tillabéri\n\tà 14 h"
