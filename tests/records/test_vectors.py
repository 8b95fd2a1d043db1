"""The vectors of the records: what the code makes, and each comes out as it says."""

import json

import pytest

from entente import errors
from entente.records import decode, encode
from entente.records.codes import check_code, new_code
from entente.records.times import coarsen_at
from tests.vectors import records

VECTORS = json.loads(records.FILE.read_text(encoding="utf-8"))


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


def test_regenerating_gives_no_difference():
    assert records.FILE.read_text(encoding="utf-8") == records.contents()


@pytest.mark.parametrize("case", named(VECTORS["good"]))
def test_a_good_record_is_accepted_as_it_is(case):
    assert encode(decode(case["record"].encode())).decode() == case["record"]


@pytest.mark.parametrize("case", named(VECTORS["bad"]))
def test_a_bad_record_is_refused_for_its_one_failure(case):
    with pytest.raises(errors.EntenteError) as caught:
        decode(case["record"].encode())
    assert type(caught.value).__name__ == case["error"]
    assert str(caught.value)


@pytest.mark.parametrize("case", VECTORS["codes"]["made"])
def test_a_code_is_made_from_its_entropy(case):
    assert new_code(case["prefix"], bytes.fromhex(case["entropy"])) == case["code"]


@pytest.mark.parametrize("case", VECTORS["codes"]["typed"])
def test_a_code_is_read_or_refused(case):
    if "code" in case:
        assert check_code(case["typed"]) == case["code"]
    else:
        with pytest.raises(errors.RecordError):
            check_code(case["typed"])


@pytest.mark.parametrize("case", VECTORS["times"])
def test_a_time_is_made_coarser(case):
    assert coarsen_at(case["at"], case["precision"], case["zone"]) == case["coarser"]
