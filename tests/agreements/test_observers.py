"""What an article grants to observers: the checks, the bytes, and who sees what arrives."""

from __future__ import annotations

import msgspec

from entente.agreements.checks import check_agreement
from entente.agreements.document import Observer, Share, agreement_text, parse_agreement
from entente.courier.admission import row_and_audience
from entente.policy import Policy
from entente.store import OBSERVERS, audience_of
from tests import parties

IOM = Observer(id="observateur.example", name="Observateur (fictif)")


def granting(
    article: str = "A4", *, tlp: str = "GREEN", observers: tuple[Observer, ...] = (IOM,), **more: object
):
    articles = tuple(
        msgspec.structs.replace(one, observers=True, tlp=tlp, **more) if one.id == article else one
        for one in parties.ARTICLES
    )
    return parties.agreement(articles=articles, observers=observers)


def problems(agreement) -> list[str]:
    return [str(problem) for problem in check_agreement(agreement)]


def test_texts_from_before_have_the_bytes_that_they_had() -> None:
    assert "observers" not in agreement_text(parties.AGREEMENT)


def test_what_is_granted_is_in_the_text() -> None:
    found = parse_agreement(agreement_text(granting()))
    assert [one.id for one in found.articles if isinstance(one, Share) and one.observers] == ["A4"]


def test_an_article_grants_to_observers_that_there_are() -> None:
    assert problems(granting()) == []
    assert any("has none" in problem for problem in problems(granting(observers=())))


def test_what_is_marked_higher_than_observers_see_is_a_warning() -> None:
    assert any("GREEN at most, not AMBER" in problem for problem in problems(granting(tlp="AMBER")))


def test_an_earlier_article_that_grants_less_is_refused() -> None:
    share = next(one for one in parties.ARTICLES if one.id == "A4")
    twice = (share, msgspec.structs.replace(share, id="A4b", observers=True))
    agreement = parties.agreement(articles=twice, observers=(IOM,))
    assert any("gives less: observers" in problem for problem in problems(agreement))
    agreement = parties.agreement(articles=twice[::-1], observers=(IOM,))
    assert not any("gives less" in problem for problem in problems(agreement))


def test_the_grant_is_a_bit_beside_the_mandates() -> None:
    record = parties.alert(article="1#A4", released_at="2022-01-10T06:20:00Z")
    for agreement, bit in ((parties.AGREEMENT, 0), (granting(), OBSERVERS)):
        found = row_and_audience(Policy(parties.standing(agreement)), record)
        assert found is not None
        assert found[1] == audience_of(("humanitarian",)) | bit
