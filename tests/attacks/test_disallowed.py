"""A partner sends what the agreement does not allow: held, receipted, reported, never shown."""

from __future__ import annotations

import msgspec
import pytest

from entente.journal.entry import Row
from entente.pouch import open_pouch, unwrap
from entente.records import Record
from tests import parties
from tests.attacks.hostile import ROW, Forger, code_of, deliver, payload_of, quarantines, shown
from tests.federation import AGREEMENT, Federation

FLOW = Row(k="flow", r="P365D")
DIALOGUE = Row(k="dialogue", r="P730D")
WITHDRAWAL = Row(k="withdrawal", r="P730D")

SECURITY = parties.alert(
    code="GAO-7K3QX", purpose="security", tlp="GREEN", service="securite", place=parties.place("labbezanga")
)


def in_quarantine(
    federation: Federation, payload: bytes, why: str, *, lane: str = "urgent", row: Row = ROW
) -> None:
    """The entry is held and receipted, its journal verifies, it is reported, and nobody sees it."""
    tillaberi = federation.tillaberi
    before = shown()
    read = deliver(federation, payload, lane=lane, row=row)
    assert (read.received, read.quarantined, read.problems) == (0, 1, [])
    assert quarantines() == [why]
    assert shown() == before
    origin = Forger().origin(lane)
    head = tillaberi.store.journal(origin)
    assert head is not None
    assert (head.size, head.receipted) == (1, 1)
    assert [v.problem for v in tillaberi.verify() if v.origin == origin] == [None]
    written = tillaberi.write_pouch(AGREEMENT, "gao.ml", poll=True)
    assert written is not None
    contents = open_pouch(
        unwrap(written.pouch, identities=[parties.GAO.seal]), keys=[parties.TILLABERI.log.verifier]
    )
    assert [(t.journal, t.index, t.reason) for t in contents.troubles] == [(origin, 0, why)]
    assert len(contents.receipts) == 1


def test_what_the_agreement_allows_is_shown(federation: Federation) -> None:
    # What every other test of this file changes: it must pass unchanged.
    assert deliver(federation, payload_of(federation, parties.alert())).received == 1
    flow = payload_of(federation, parties.flow())
    assert deliver(federation, flow, lane="routine", row=FLOW).received == 1
    assert shown() == [("alert", "GAO-7K3QX"), ("flow-of-people", None)]


EXACT = {
    "code": "labbezanga",
    "lat": 1_500_123,
    "level": "locality",
    "lon": 70_456,
    "name": "Labbezanga",
    "scheme": "gao-tillaberi",
    "version": "1",
}

CHANGED_ALERTS: dict[str, dict[str, object]] = {
    "a_finer_place": {"place": EXACT},
    "a_field_that_the_form_drops": {"description": "mots que l’article ne garde pas"},
    "another_purpose": {"purpose": "trade"},
    "a_higher_marking": {"tlp": "RED"},
    "an_article_that_is_not_there": {"article": "1#A77"},
    "an_article_for_another_kind": {"article": "1#A8"},
    "an_article_that_shares_nothing": {"article": "1#A2"},
    "a_place_outside_the_zone": {
        "place": {
            "code": "ML01",
            "level": "region",
            "name": "Kayes",
            "scheme": "ocha-cod",
            "version": "2021-12-20",
        }
    },
    "no_place": {"place": ...},
    "a_moment_before_the_agreement": {"released_at": "2021-12-01T00:00:00Z"},
}


@pytest.mark.parametrize("changes", CHANGED_ALERTS.values(), ids=CHANGED_ALERTS)
def test_an_alert_with(federation: Federation, changes: dict[str, object]) -> None:
    in_quarantine(federation, payload_of(federation, parties.alert(), **changes), "not-admitted")


def test_a_finer_time(federation: Federation) -> None:
    payload = payload_of(federation, SECURITY, at="2022-01-10T06:15:00Z")
    in_quarantine(federation, payload, "not-admitted", row=Row(k="alert", r="P90D"))


def test_a_marking_lower_than_the_article_gives(federation: Federation) -> None:
    payload = payload_of(federation, SECURITY, tlp="GREEN")
    in_quarantine(federation, payload, "not-admitted", row=Row(k="alert", r="P90D"))


def test_a_finer_destination_of_a_flow(federation: Federation) -> None:
    place = msgspec.to_builtins(parties.place("tillaberi"))
    payload = payload_of(federation, parties.flow(), destination=place)
    in_quarantine(federation, payload, "not-admitted", lane="routine", row=FLOW)


def test_a_flow_released_before_its_delay(federation: Federation) -> None:
    payload = payload_of(federation, parties.flow(), released_at="2022-01-08T12:00:00Z")
    in_quarantine(federation, payload, "not-admitted", lane="routine", row=FLOW)


def test_a_message_for_somebody_else(federation: Federation) -> None:
    payload = payload_of(federation, parties.message(code="GAO-7K3QX"), to_party="kayes.ml")
    in_quarantine(federation, payload, "not-admitted", row=DIALOGUE)


def test_a_version_that_is_not_held(federation: Federation) -> None:
    in_quarantine(federation, payload_of(federation, parties.alert(), article="2#A4"), "version-not-held")


def test_a_record_that_cites_no_article(federation: Federation) -> None:
    in_quarantine(federation, payload_of(federation, parties.alert(), article=...), "not-admitted")


def test_a_record_without_the_moment_of_its_release(federation: Federation) -> None:
    in_quarantine(federation, payload_of(federation, parties.alert(), released_at=...), "not-released")


def test_a_release_in_the_future(federation: Federation) -> None:
    payload = payload_of(federation, parties.alert(), released_at="2022-02-02T08:00:01Z")
    in_quarantine(federation, payload, "released-at-out-of-order")


def test_a_release_that_goes_back_in_time(federation: Federation) -> None:
    late = payload_of(federation, parties.alert(code="GAO-7K3QX"), released_at="2022-02-01T08:00:00Z")
    early = payload_of(federation, parties.alert(code=code_of("GAO")), released_at="2022-02-01T07:59:59Z")
    journal = Forger().journal([late])
    assert federation.tillaberi.read_pouch(journal.pouch()).received == 1
    read = federation.tillaberi.read_pouch(journal.add(early).pouch(1))
    assert (read.received, read.quarantined) == (0, 1)
    assert quarantines() == ["released-at-out-of-order"]


@pytest.mark.parametrize(
    "row",
    [Row(k="alert", r="P9999D"), Row(k="flow", r="P730D"), Row(k="alert", r="P1D")],
    ids=["a_longer_retention", "another_family", "a_shorter_retention"],
)
def test_a_row_table_with(federation: Federation, row: Row) -> None:
    in_quarantine(federation, payload_of(federation, parties.alert()), "row-does-not-fit", row=row)


def test_the_code_of_another_party(federation: Federation) -> None:
    payload = payload_of(federation, parties.alert(), code=code_of("TIL"))
    in_quarantine(federation, payload, "code-of-another-party")


def test_an_alert_without_a_code(federation: Federation) -> None:
    in_quarantine(federation, payload_of(federation, parties.alert(), code=...), "without-a-code")


def test_a_code_that_is_taken(federation: Federation) -> None:
    payload = payload_of(federation, parties.alert())
    journal = Forger().journal([payload])
    assert federation.tillaberi.read_pouch(journal.pouch()).received == 1
    again = payload_of(federation, parties.alert(headline="autre chose"))
    assert federation.tillaberi.read_pouch(journal.add(again).pouch(1)).quarantined == 1
    assert quarantines() == ["code-taken"]
    shown_now = federation.tillaberi.show("GAO-7K3QX")
    assert shown_now is not None
    assert shown_now.body == payload


def test_one_code_twice_in_one_pouch_in_two_lanes(federation: Federation) -> None:
    forger = Forger()
    payload = payload_of(federation, parties.alert())
    urgent, routine = forger.journal([payload]), forger.journal([payload], lane="routine")
    contents = urgent.contents()
    both = forger.pouch(
        type(contents)(
            answer=True,
            sections=(urgent.section(), routine.section()),
            checkpoints=(urgent.checkpoint(), routine.checkpoint()),
        )
    )
    read = federation.tillaberi.read_pouch(both)
    assert (read.received, read.quarantined) == (1, 1)
    assert quarantines() == ["code-taken"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b'{"kind":"alert"}',
        b'{"kind":"omen","purpose":"humanitarian"}',
        b"[" * 30_000,
        b'{"a":1e999}',
        b"\xff" * 100,
        b'{"kind":"withdrawal","kind":"alert"}',
    ],
    ids=["nothing", "no_json", "half", "unknown_kind", "deep", "huge_number", "no_utf8", "twice"],
)
def test_a_payload_that_is_not_a_record(federation: Federation, payload: bytes) -> None:
    in_quarantine(federation, payload, "not-understood")


def test_a_payload_that_is_not_canonical(federation: Federation) -> None:
    payload = payload_of(federation, parties.alert())
    in_quarantine(federation, payload.replace(b'{"article"', b'{ "article"', 1), "not-understood")


def test_a_withdrawal_by_somebody_who_is_not_the_author(federation: Federation) -> None:
    code = _ours_at_gao(federation)
    payload = payload_of(federation, parties.withdrawal(about=code))
    in_quarantine(federation, payload, "not-the-author", row=WITHDRAWAL)
    assert federation.tillaberi.dossier(code).state == "new"


def test_an_answer_with_another_purpose_than_its_target(federation: Federation) -> None:
    code = _ours_at_gao(federation)
    payload = payload_of(
        federation, parties.message(code="GAO-7K3QX"), about=code, purpose="mobility", step="closed"
    )
    in_quarantine(federation, payload, "answer-does-not-fit", row=DIALOGUE)
    assert federation.tillaberi.dossier(code).state == "new"


def test_an_answer_marked_lower_than_its_target(federation: Federation) -> None:
    code = _ours_at_gao(federation, tlp="AMBER")
    payload = payload_of(
        federation, parties.message(code="GAO-7K3QX", tlp="GREEN"), about=code, step="closed"
    )
    in_quarantine(federation, payload, "answer-does-not-fit", row=DIALOGUE)
    assert federation.tillaberi.dossier(code).state == "new"


def test_an_answer_marked_lower_than_what_the_article_made_of_its_target(federation: Federation) -> None:
    # At home the alert is GREEN; article A5 made it AMBER, and that is what Gao has seen.
    code = _ours_at_gao(federation, purpose="security", tlp="GREEN", service="securite")
    answer = parties.message(code="GAO-7K3QX", purpose="security", tlp="GREEN", service="securite")
    in_quarantine(federation, payload_of(federation, answer, about=code), "answer-does-not-fit", row=DIALOGUE)


def test_an_answer_about_a_record_that_never_went_to_the_one_who_answers(federation: Federation) -> None:
    code = _ours_at_gao(federation, tlp="RED")
    payload = payload_of(
        federation, parties.message(code="GAO-7K3QX", tlp="AMBER"), about=code, step="closed"
    )
    in_quarantine(federation, payload, "target-not-shared", row=DIALOGUE)
    assert federation.tillaberi.dossier(code).state == "new"


def test_a_revision_of_a_record_that_never_went_to_the_one_who_revises(federation: Federation) -> None:
    code = _ours_at_gao(federation, tlp="RED")
    in_quarantine(federation, payload_of(federation, parties.alert(), revises=code), "target-not-shared")


def test_a_third_partys_code_gets_no_answer(federation: Federation) -> None:
    payload = payload_of(federation, parties.message(code="GAO-7K3QX"), about=code_of("KAY"))
    in_quarantine(federation, payload, "target-not-shared", row=DIALOGUE)


def _ours_at_gao(federation: Federation, **changes: object) -> str:
    """An alert of Tillabéri's; what the agreement allows of it has gone to Gao."""
    record: Record = parties.alert(code=None, **changes)
    code = federation.tillaberi.file([record], confirmed=True)[0].record.code
    federation.exchange()
    assert code is not None
    return code
