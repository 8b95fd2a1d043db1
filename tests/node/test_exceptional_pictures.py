"""Pictures of a record that leaves exceptionally: along with it, if two functions have looked at them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from entente.agreements.document import Withhold
from entente.errors import RecordError, StoreError
from entente.node import Node
from entente.records import Attachment, decode, encode
from entente.records.attachment import joined, split
from entente.recourse import Along, Decided
from tests import parties
from tests.desk import photos
from tests.federation import Federation
from tests.node.test_exceptional import DIRECTOR, DUTY, NAMED, WHY, filed, matter

replace = msgspec.structs.replace
IMAGE = b"synthetic picture, no camera made it " * 20
OTHER = b"another synthetic picture " * 20

Agreed = Callable[..., Federation]


@pytest.fixture
def agreed(ledgers: None) -> Agreed:  # noqa: ARG001  empty databases
    """Gao and Tillabéri, under these articles beside those that share; Kayes has nothing with them."""
    return lambda *more: Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, *more)))


@pytest.fixture
def federation(agreed: Agreed) -> Federation:
    """Both articles: the one that shares pictures up to AMBER, and the exceptional one."""
    return agreed(photos.ARTICLE, photos.EXCEPTIONAL)


def pictured(
    node: Node, code: str, image: bytes = IMAGE, *, confirmed: bool = True, tlp: str = "AMBER+STRICT"
) -> str:
    """File a picture of the record, in parts; its name."""
    parts = split(
        image,
        300,
        at="2022-02-01T08:00:00Z",
        service="protection-civile",
        purpose="humanitarian",
        tlp=tlp,
        about=code,
        media_type="image/jpeg",
    )
    node.file(parts, confirmed=confirmed)
    return parts[0].sha256


def approve(node: Node, code: str, who: dict[str, str], *pictures: str) -> Decided:
    return node.recourses.approve(matter(code), **who, why=WHY, pictures=pictures)


def along(node: Node, code: str) -> dict[str, Along]:
    return {one.name: one for one in node.recourses.pictures(matter(code))}


def came(node: Node) -> dict[str, tuple[Attachment, ...]]:
    """The parts of pictures that are here, by picture."""
    found: dict[str, tuple[Attachment, ...]] = {}
    for shown in node.store.records_of(["attachment"]):
        part = decode(shown.body)
        assert isinstance(part, Attachment)
        found[part.sha256] = (*found.get(part.sha256, ()), part)
    return found


def test_a_picture_that_both_have_seen_goes_along_and_says_who_decided(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    code = filed(gao)
    name = pictured(gao, code)
    federation.exchange()
    assert came(tillaberi) == {}
    assert along(gao, code)[name].takes_two
    assert not approve(gao, code, DIRECTOR, name).enough
    assert along(gao, code)[name].functions == NAMED[:1]
    assert approve(gao, code, DUTY, name).enough
    assert along(gao, code)[name].leaves
    federation.exchange()
    parts = came(tillaberi)[name]
    assert joined(parts) == IMAGE
    assert {part.released_by for part in parts} == {NAMED}
    assert {part.article for part in parts} == {"1#E1"}
    assert all(WHY.encode() not in encode(part) for part in parts)
    assert along(gao, code)[name].has_left
    assert federation.kayes.store.records_of(["attachment", "alert"]) == []


def test_a_picture_that_nobody_named_stays_and_says_what_it_takes(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    name = pictured(gao, code)
    gao.release()
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    assert federation.tillaberi.show(code) is not None
    assert came(federation.tillaberi) == {}
    stays = along(gao, code)[name]
    assert (stays.leaves, stays.takes_two, stays.functions) == (False, True, ())
    assert "above the highest" in str(stays.reason)


def test_a_picture_that_only_one_of_the_two_has_seen_stays(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    first = pictured(gao, code)
    approve(gao, code, DIRECTOR, first)
    second = pictured(gao, code, OTHER)
    approve(gao, code, DUTY, first, second)
    federation.exchange()
    assert set(came(federation.tillaberi)) == {first}
    assert along(gao, code)[second].functions == NAMED[1:]


def test_a_picture_that_was_added_after_the_record_left_takes_two_decisions_of_its_own(
    federation: Federation,
) -> None:
    gao = federation.gao
    code = filed(gao)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    name = pictured(gao, code)
    federation.exchange()
    assert came(federation.tillaberi) == {}
    with pytest.raises(RecordError, match="has left"):
        approve(gao, code, DIRECTOR)
    assert not approve(gao, code, DIRECTOR, name).enough
    with pytest.raises(RecordError, match="has decided already"):
        approve(gao, code, DIRECTOR, name)
    with pytest.raises(RecordError, match="another person's"):
        approve(gao, code, DUTY | {"by": DIRECTOR["by"]}, name)
    assert approve(gao, code, DUTY, name).enough
    federation.exchange()
    assert {part.released_by for part in came(federation.tillaberi)[name]} == {NAMED}
    with pytest.raises(RecordError, match="has left"):
        gao.recourses.retract(
            matter(code), service="protection-civile", function="permanence", pictures=[name]
        )


@pytest.mark.usefixtures("ledgers")
def test_what_an_article_shares_follows_its_record_by_that_article() -> None:
    # The alert waits for the end of its delay; pictures of its marking are shared without one.
    late = replace(parties.ARTICLES[3], delay_hours=48)
    articles = tuple(late if one.id == late.id else one for one in parties.ARTICLES)
    federation = Federation.agreed(
        parties.agreement(articles=(*articles, photos.ARTICLE, photos.EXCEPTIONAL))
    )
    gao = federation.gao
    code = filed(gao, tlp="AMBER", at="2022-02-01T07:00:00Z")
    name = pictured(gao, code, tlp="AMBER")
    federation.exchange()
    assert federation.tillaberi.show(code) is None
    found = along(gao, code)[name]
    assert (found.leaves, found.takes_two) == (True, False)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    assert federation.tillaberi.show(code) is not None
    assert {part.released_by for part in came(federation.tillaberi)[name]} == {()}
    assert {part.article for part in came(federation.tillaberi)[name]} == {"1#A30"}


def test_a_picture_waits_with_its_record_and_follows_it_by_itself(agreed: Agreed) -> None:
    federation = agreed(photos.ARTICLE)
    gao = federation.gao
    code = filed(gao, tlp="AMBER", confirmed=False, headline="Mots d’essai")
    name = pictured(gao, code, tlp="AMBER")
    federation.exchange()
    assert came(federation.tillaberi) == {}
    gao.confirm(code)
    federation.exchange()
    assert joined(came(federation.tillaberi)[name]) == IMAGE


def test_words_that_wait_hold_the_picture_back_as_well(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao, confirmed=False, headline="Mots d’essai")
    name = pictured(gao, code)
    approve(gao, code, DIRECTOR, name)
    approve(gao, code, DUTY, name)
    federation.exchange()
    assert came(federation.tillaberi) == {}
    gao.confirm(code)
    federation.exchange()
    assert set(came(federation.tillaberi)) == {name}


def test_what_nobody_has_confirmed_does_not_go_along(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    name = pictured(gao, code, confirmed=False)
    assert not along(gao, code)[name].takes_two
    with pytest.raises(RecordError, match="confirm"):
        approve(gao, code, DIRECTOR, name)
    shown = gao.show(code)
    assert shown is not None
    assert gao.store.approved(shown.id) == [], "the decision on the record was not kept either"
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    assert came(federation.tillaberi) == {}


NOT_ALONG = {
    "no_article_names_pictures": ((parties.EXCEPTIONAL,), "no article shares"),
    "a_withhold_article_keeps_pictures": (
        (photos.EXCEPTIONAL, Withhold(id="W9", text="Aucune photo.", kinds=("attachment",))),
        "withholds",
    ),
}


@pytest.mark.parametrize(("articles", "why"), NOT_ALONG.values(), ids=NOT_ALONG)
def test_where_the_article_does_not_grant_them_they_stay_and_say_why(
    agreed: Agreed, articles: tuple[object, ...], why: str
) -> None:
    federation = agreed(*articles)
    gao = federation.gao
    code = filed(gao)
    name = pictured(gao, code)
    assert why in str(along(gao, code)[name].reason)
    with pytest.raises(RecordError, match=f"does not go along: .*{why}"):
        approve(gao, code, DIRECTOR, name)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    assert federation.tillaberi.show(code) is not None
    assert came(federation.tillaberi) == {}


def test_a_decision_taken_back_takes_its_pictures_with_it(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    first, second = pictured(gao, code), pictured(gao, code, OTHER)
    for who in (DIRECTOR, DUTY):
        approve(gao, code, who, first, second)
    who = {"service": "protection-civile", "function": "permanence"}
    gao.recourses.retract(matter(code), **who, pictures=[second])
    federation.exchange()
    assert set(came(federation.tillaberi)) == {first}
    other = filed(gao)
    name = pictured(gao, other)
    for one in (DIRECTOR, DUTY):
        approve(gao, other, one, name)
    gao.recourses.retract(matter(other), **who)
    assert along(gao, other)[name].functions == NAMED[:1]
    with pytest.raises(StoreError, match="nothing to take back"):
        gao.recourses.retract(matter(other), **who, pictures=[name])
    federation.exchange()
    assert set(came(federation.tillaberi)) == {first}


def test_pictures_of_another_record_or_of_the_other_side_are_not_decided_on(federation: Federation) -> None:
    gao, tillaberi = federation.gao, federation.tillaberi
    code, other = filed(gao), filed(gao)
    elsewhere = pictured(gao, other)
    for name in (elsewhere, "0" * 64, ""):
        with pytest.raises(RecordError, match="there is no picture"):
            approve(gao, code, DIRECTOR, name)
    approve(gao, code, DIRECTOR)
    approve(gao, code, DUTY)
    federation.exchange()
    theirs = pictured(tillaberi, code, OTHER, tlp="AMBER+STRICT")
    assert theirs not in along(gao, code)
    with pytest.raises(RecordError, match="only its author"):
        tillaberi.recourses.pictures(matter(code, recipient="gao.ml"))


def test_a_picture_withdrawn_with_its_record_does_not_leave(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    name = pictured(gao, code)
    approve(gao, code, DIRECTOR, name)
    approve(gao, code, DUTY, name)
    gao.withdraw(code, "error", service="protection-civile")
    federation.exchange()
    assert came(federation.tillaberi) == {}
    with pytest.raises(RecordError, match="was withdrawn"):
        gao.recourses.pictures(matter(code))


def test_a_part_without_its_functions_is_not_admitted_there(federation: Federation) -> None:
    gao = federation.gao
    code = filed(gao)
    name = pictured(gao, code)
    for who in (DIRECTOR, DUTY):
        approve(gao, code, who, name)
    federation.exchange()
    policy = next(iter(federation.tillaberi.register.policies()))
    for part in came(federation.tillaberi)[name]:
        how = {"sender": "gao.ml", "recipient": "tillaberi.ne", "now": federation.clock()}
        assert policy.admits(part, **how) is None
        for functions, slug in (((), "few-functions"), (NAMED[:1], "few-functions")):
            refused = policy.admits(replace(part, released_by=functions), **how)
            assert refused is not None
            assert refused.slug == slug
        shared = policy.admits(replace(part, article="1#A30"), **how)
        assert shared is not None, "a share article asks for no decision, and has a lower marking"
