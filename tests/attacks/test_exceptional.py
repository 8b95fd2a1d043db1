"""A partner releases under the exceptional article what two of its functions did not decide."""

from __future__ import annotations

import pytest

from entente.journal.entry import Row
from tests import parties
from tests.attacks.hostile import Forger, Journal, deliver, payload_of, quarantines, shown
from tests.federation import Federation

ROW = Row(k="alert", r="P30D")
GOOD = ["protection-civile/directeur", "protection-civile/permanence"]


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  empty databases
    """The two with an exceptional article; only Tillabéri names a prefect."""
    theirs = parties.EXCEPTIONAL.functions[4]
    prefect = type(theirs)(
        party="tillaberi.ne", service="protection-civile", function="prefet", name="Préfet (fictif)"
    )
    return Federation.agreed(parties.exceptional(functions=(*parties.EXCEPTIONAL.functions, prefect)))


def forged(federation: Federation, **changes: object) -> bytes:
    """What Gao would release by a share article, rewritten as if it had been by the exceptional one."""
    place = {"place": parties.place("ML0701"), "at": "2022-01-10T06Z"}
    as_if = {"article": "1#E1", "tlp": "AMBER+STRICT", "released_by": GOOD, **place, "reported_at": ...}
    return payload_of(federation, parties.alert(onset=None, expires=None), **(as_if | changes))


def test_what_two_of_its_functions_decided_is_shown(federation: Federation) -> None:
    # What every other test of this file changes: it must pass unchanged.
    assert deliver(federation, forged(federation), row=ROW).received == 1
    assert shown() == [("alert", "GAO-7K3QX")]


CHANGES: dict[str, dict[str, object]] = {
    "no_function": {"released_by": ...},
    "one_function": {"released_by": GOOD[:1]},
    "one_function_twice": {"released_by": GOOD[:1] * 2},
    "two_functions_and_one_of_them_again": {"released_by": [*GOOD, GOOD[0]]},
    "a_function_of_the_other_party": {"released_by": [GOOD[0], "protection-civile/prefet"]},
    "functions_whose_service_has_no_mandate": {
        "released_by": ["securite/coordonnateur", "securite/permanence"]
    },
    "functions_that_nobody_named": {"released_by": ["protection-civile/un", "protection-civile/deux"]},
    "a_finer_place": {"place": parties.place("labbezanga")},
    "a_marking_above_its_highest": {"tlp": "RED"},
    "another_purpose": {"purpose": "mobility"},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_by_the_exceptional_article_with(federation: Federation, changes: dict[str, object]) -> None:
    read = deliver(federation, forged(federation, **changes), row=ROW)
    assert (read.received, read.quarantined) == (0, 1)
    assert quarantines() == ["not-admitted"]
    assert shown() == []


def test_functions_named_under_a_share_article(federation: Federation) -> None:
    payload = payload_of(federation, parties.alert(), released_by=GOOD)
    read = deliver(federation, payload)
    assert (read.received, read.quarantined) == (0, 1)
    assert quarantines() == ["not-admitted"]


@pytest.mark.parametrize(
    "names",
    [["directeur"], ["a/b/c"], [""], "protection-civile/directeur", [f"s/f{n}" for n in range(9)], [None]],
    ids=["no_service", "two_services", "empty", "no_list", "nine", "nothing"],
)
def test_functions_that_are_not_written_as_functions(federation: Federation, names: object) -> None:
    read = deliver(federation, forged(federation, released_by=names), row=ROW)
    assert (read.received, read.quarantined) == (0, 1)
    assert quarantines() == ["not-understood"]


def test_a_withdrawal_that_names_functions(federation: Federation) -> None:
    code = federation.gao.file([parties.alert(code=None)], confirmed=True)[0].record.code
    federation.exchange()
    payload = payload_of(federation, parties.withdrawal(about=code), released_by=GOOD)
    forger = Forger()
    journal = Journal.of(forger, federation.gao, forger.origin())
    read = federation.tillaberi.read_pouch(journal.add(payload, Row(k="withdrawal", r="P730D")).pouch(1))
    assert (read.received, read.quarantined) == (0, 1)
    assert quarantines() == ["not-understood"]
    assert federation.tillaberi.dossier(code or "").state == "new"
