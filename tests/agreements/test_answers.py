"""What leaves and is to be answered has a message article back, or the check says that it has not."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from entente.agreements.checks import Problem, check_agreement
from entente.agreements.document import Agreement, Share
from tests.parties import ARTICLES, agreement, exceptional

replace = msgspec.structs.replace
MESSAGES = next(one for one in ARTICLES if isinstance(one, Share) and "message" in one.kinds)


def warnings(of: Agreement) -> list[Problem]:
    return [one for one in check_agreement(of) if "could not be answered" in one.message]


def changed(**changes: object) -> Agreement:
    """The model, with its message article changed."""
    return agreement(articles=tuple(replace(one, **changes) if one is MESSAGES else one for one in ARTICLES))


def test_what_can_be_answered_is_not_spoken_of() -> None:
    assert warnings(agreement()) == []


NOT_BACK = {
    "a_lower_marking": {"tlp": "CLEAR"},
    "other_purposes": {"purposes": ("administration",)},
    "one_way": {"from_": ("gao.ml",), "to": ("tillaberi.ne",)},
    "only_from_certain_places": {"where": ("ML07",)},
    "another_kind": {"kinds": ("action",)},
}


@pytest.mark.parametrize("changes", NOT_BACK.values(), ids=NOT_BACK)
def test_without_a_way_back_it_warns_with_the_article_and_who_could_not(changes: dict[str, object]) -> None:
    found = warnings(changed(**changes))
    assert found
    assert {one.severity for one in found} == {"warning"}
    alert = next(one for one in found if one.values["article"] == "A4")
    assert alert.where.startswith("articles[")
    assert "no article shares messages back" in str(alert)
    mute = str(alert.values["parties"]).split(", ")
    if "from_" in changes:
        assert mute == ["tillaberi.ne"], "who may write is not named"


def test_what_leaves_exceptionally_is_looked_at_as_well() -> None:
    assert {one.values["article"] for one in warnings(exceptional())} == {"E1"}


def test_an_agreement_that_wants_no_answers_is_not_warned() -> None:
    alerts = next(one for one in ARTICLES if isinstance(one, Share) and "alert" in one.kinds)
    assert warnings(agreement(articles=(alerts,))) == []


def test_the_model_of_the_demo_passes() -> None:
    folder = Path(__file__).parents[2] / "src/entente_node/demo"
    plain = json.loads((folder / "agreement.json").read_text("utf-8"))
    services = json.loads((folder / "services.json").read_text("utf-8"))
    plain["parties"] = [
        {**msgspec.to_builtins(party), "services": services[party.id]} for party in agreement().parties
    ]
    plain.setdefault("effective", "2022-01-01")
    found = check_agreement(msgspec.convert(plain, Agreement, strict=False))
    assert [str(one) for one in found if "could not be answered" in one.message] == []
