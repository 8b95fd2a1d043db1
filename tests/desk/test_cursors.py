"""Where a page ended: no number of the ledger leaves, and nobody goes on from what is not theirs."""

from __future__ import annotations

import re

import pytest

from entente.errors import RecordError
from entente_node.directory import cursors
from entente_node.ledger.models import Record
from tests import parties
from tests.desk.conftest import Desk
from tests.desk.test_search import codes


def test_only_its_reader_opens_it_and_only_as_it_was_written(desk: Desk) -> None:
    mine, other = desk.account(), desk.account(name="other")
    numbers = (1_641_795_300, -5)
    text = cursors.sealed(mine, *numbers)
    assert re.fullmatch(r"[\w-]{38}", text)
    assert cursors.opened(mine, text, 2) == numbers
    assert cursors.sealed(mine, *numbers) == text
    assert cursors.sealed(other, *numbers) != text
    changed = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text) - 1)]
    for bad in (*changed, "", "7", "12.7", text[:-4], text + "AAAA", "é", "=" * 5, "A" * 4_000):
        assert cursors.found(mine, bad, 2) is None, bad
        with pytest.raises(RecordError):
            cursors.opened(mine, bad, 2)
    assert cursors.found(other, text, 2) is None
    assert cursors.found(mine, text, 1) is None


@pytest.mark.parametrize(("path", "many"), [("/search?q=rumeur", 31), ("/timeline?what=alerts", 61)])
def test_an_old_or_foreign_end_gives_the_first_page(desk: Desk, path: str, many: int) -> None:
    desk.node.file([parties.alert(code=None, headline="Rumeur (synthétique)") for _ in range(many)])
    first = desk.page(path)
    (older,) = re.findall(r'before=([^"&]+)"', first)
    assert codes(desk.page(f"{path}&before={older}")) != codes(first) or path.startswith("/timeline")
    last = Record.objects.latest("pk")
    shown = set(re.findall(r"GAO-\w{5}", first))
    for bad in (str(last.pk - 3), f"{last.starts}.{last.pk - 3}", older[:-1], "x.y"):
        page = desk.page(f"{path}&before={bad}")
        assert set(re.findall(r"GAO-\w{5}", page)) == shown, bad
    assert str(last.pk) not in older
