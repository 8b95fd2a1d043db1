"""How long an SMS is, and text made to fit its alphabet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente_node.notifications import gsm


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("ê" * 134, 2),
        ("ê" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the sign is not torn apart: each part ends early or late by one
    ],
)
def test_how_many_sms_a_text_is(text: str, parts: int) -> None:
    assert gsm.parts(text) == parts


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("déjà à été où", "déjà à été où"),
        ("forêt brûlée, Gaïa", "foret brulée, Gaia"),
        ("ça, reçu, Ç", "ca, recu, Ç"),
        ("l’œuvre", "l'oeuvre"),
        ("« crue »", '"crue"'),
        ("«\u00a0crue\u00a0»", '"crue"'),
        ("Labbezanga–Kongo Kiré…", "Labbezanga-Kongo Kiré..."),
        ("ɓeɗal, ƙasa, ŋ", "bedal, kasa, ng"),
        ("سيل", ""),
        ("5\u202f000 €", "5 000 €"),
    ],
)
def test_what_becomes_of_french_and_of_the_regions_languages(text: str, plain: str) -> None:
    assert gsm.plain(text) == plain


@given(st.text(max_size=300))
def test_plain_text_is_always_of_the_alphabet(text: str) -> None:
    assert gsm.septets(gsm.plain(text)) is not None


@given(st.text(alphabet=sorted(gsm.BASIC), max_size=400))
def test_plain_text_stays_as_it_is_and_more_of_it_is_never_fewer_sms(text: str) -> None:
    assert gsm.plain(text).replace("\t", " ") == text or '"' in gsm.plain(text)
    assert gsm.parts(text) <= gsm.parts(text + "a")
