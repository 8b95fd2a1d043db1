"""The log of who saw and did what: every access is in it, and what was changed in it is found."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from entente_node.directory import auditing, keys
from entente_node.directory.models import AccessKey, AuditEntry, User
from tests.desk.conftest import Desk


def last() -> AuditEntry:
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry is not None
    return entry


def test_opening_an_alert_is_in_the_log_with_who_what_and_the_codes_shown(desk: Desk, raised: str) -> None:
    desk.page(f"/alerts/{raised}")
    entry = last()
    assert (entry.account, entry.service, entry.role) == (
        "of-protection-civile",
        "protection-civile",
        "officer",
    )
    assert (entry.deed, entry.subject) == ("saw", raised)
    detail = json.loads(entry.detail)
    assert (detail["route"], detail["status"], detail["method"]) == ("alert", 200, "GET")
    assert raised in detail["codes"].split()


def test_a_list_says_which_records_it_showed_and_its_filters(desk: Desk, raised: str) -> None:
    desk.page("/?state=all&q=Nom+de+quelqu%27un&side=gao.ml")
    detail = json.loads(last().detail)
    assert detail["query"] == "q=*&side=gao.ml&state=all"
    assert detail["codes"] == raised
    desk.page("/", service="securite")
    assert "codes" not in json.loads(last().detail)


def test_a_record_behind_the_wall_is_a_refusal_under_its_code(desk: Desk, raised: str) -> None:
    assert desk.client("securite").get(f"/alerts/{raised}").status_code == 404
    assert (last().deed, last().subject) == ("refused", raised)


def test_what_was_typed_that_is_no_code_is_not_kept(desk: Desk) -> None:
    desk.client().get("/alerts/Nom-de-quelquun")
    assert (last().deed, last().subject) == ("refused", "")


def test_a_post_is_in_the_log_as_done(desk: Desk, raised: str) -> None:
    desk.client().post(f"/alerts/{raised}/answer", {"step": "acknowledged"})
    done = AuditEntry.objects.filter(deed="did").get()
    assert (done.subject, json.loads(done.detail)["route"]) == (raised, "answer")


@pytest.fixture
def chain(desk: Desk) -> Desk:
    """A desk whose log has six entries."""
    for number in range(6):
        auditing.write(None, "tested", f"subject-{number}", number=number)
    assert auditing.verify() is None
    return desk


@pytest.mark.usefixtures("chain")
class TestTheChain:
    @pytest.mark.parametrize(
        "change",
        [
            {"account": "somebody"},
            {"at": "2022-02-01T08:00:01Z"},
            {"deed": "slept"},
            {"detail": "{}"},
            {"role": "observer"},
            {"service": "securite"},
            {"subject": "subject-9"},
            {"hash": "0" * 64},
            {"previous": "0" * 64},
        ],
    )
    def test_a_changed_entry_is_found(self, change: dict[str, str]) -> None:
        AuditEntry.objects.filter(seq=3).update(**change)
        found = auditing.verify()
        assert found is not None
        assert found.seq in {3, 4}

    def test_an_entry_taken_out_is_found(self) -> None:
        AuditEntry.objects.filter(seq=3).delete()
        assert auditing.verify() == auditing.Broken(3, "it is missing")

    def test_an_entry_changed_together_with_its_hash_is_found_by_the_next(self) -> None:
        entry = AuditEntry.objects.get(seq=3)
        entry.subject = "subject-9"
        entry.hash = json_hash(entry)
        entry.save()
        assert auditing.verify() == auditing.Broken(4, "it does not follow from the entry before it")

    def test_an_end_cut_off_is_found_only_with_a_head_that_was_written_down(self) -> None:
        head = auditing.head()
        AuditEntry.objects.filter(seq__gt=4).delete()
        assert auditing.verify() is None
        assert auditing.verify(head) == auditing.Broken(
            5, "the chain ends before the head that was written down"
        )

    def test_a_chain_computed_anew_is_found_only_with_a_head_that_was_written_down(self) -> None:
        head = auditing.head()
        AuditEntry.objects.all().delete()
        for number in range(6):
            auditing.write(None, "tested", f"subject-{number}", number=number + 1)
        assert auditing.verify() is None
        assert auditing.verify(head) == auditing.Broken(6, "it is not the entry whose hash was written down")

    def test_the_chain_of_another_node_is_found(self) -> None:
        AuditEntry.objects.filter(seq=1).update(previous=auditing.beginning("kayes.ml"))
        assert auditing.verify() is not None

    def test_it_is_exported_as_lines_that_anybody_can_verify(self) -> None:
        previous = sha256(b"entente.v1/audit\ntillaberi.ne\n").hexdigest()
        for line in auditing.export():
            entry = json.loads(line)
            stated = entry.pop("hash")
            assert entry["previous"] == previous
            bytes_ = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            assert sha256(bytes_).hexdigest() == stated
            previous = stated
        assert previous == auditing.head().hash


def json_hash(entry: AuditEntry) -> str:
    fields = {name: getattr(entry, name) for name in auditing.FIELDS}
    return sha256(
        json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


class TestKeys:
    def test_a_key_reads_for_its_account_and_its_use_alone(self, desk: Desk) -> None:
        user = desk.account()
        token = keys.make(user, "calendar", "agenda")
        assert keys.holder(token, "calendar") == user
        assert keys.holder(token, "api") is None
        assert keys.holder(token[:-1], "calendar") is None

    def test_only_its_hash_is_kept(self, desk: Desk) -> None:
        token = keys.make(desk.account(), "api", "tableur")
        kept = AccessKey.objects.get()
        assert token not in json.dumps([str(value) for value in vars(kept).values()])
        assert kept.hash == sha256(token.encode()).hexdigest()

    def test_it_ends_when_it_is_revoked_and_with_its_account(self, desk: Desk) -> None:
        user = desk.account()
        token, other = keys.make(user, "api", "a"), keys.make(user, "api", "b")
        stranger = desk.account("zara", "securite")
        assert not keys.revoke(stranger, AccessKey.objects.get(label="a").pk)
        assert keys.holder(token, "api") == user
        assert keys.revoke(user, AccessKey.objects.get(label="a").pk)
        assert keys.holder(token, "api") is None
        assert keys.holder(other, "api") == user
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert keys.holder(other, "api") is None

    def test_an_account_has_only_so_many(self, desk: Desk) -> None:
        user = desk.account()
        for number in range(keys.MOST):
            keys.make(user, "api", str(number))
        with pytest.raises(keys.TooManyKeysError):
            keys.make(user, "api", "one more")
