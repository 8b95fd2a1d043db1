"""Numbers that others write."""

from __future__ import annotations

import pytest

from entente_node.digits import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_ascii_digits_are_a_number(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1_000", " 1", "1\n", "²", "٣", "一", "9" * 19, "9" * 5_000, "0x1"]
)
def test_any_other_text_is_none(text: str) -> None:
    assert whole(text) is None


def test_how_many_digits_may_be_limited() -> None:
    assert whole("100", most=3) == 100
    assert whole("1000", most=3) is None
