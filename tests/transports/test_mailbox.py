"""Pouches in a folder or a store: whole or absent, found by their recipient, taken away only when told."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from entente.errors import LimitError, TransportError
from entente_node.transports.mailbox import Mailbox

GAO, TILLABERI, MENAKA = "gao.ml", "tillaberi.ne", "menaka.ml"


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "stick") if request.param == "folder" else f"memory://{uuid4().hex}"


def at(place: object, me: str, partner: str, **limits: int) -> Mailbox:
    return Mailbox(str(place), me, partner, **limits)


def test_a_pouch_is_found_by_its_recipient_only(place: str) -> None:
    name = at(place, GAO, TILLABERI).write(b"sealed")
    assert list(at(place, TILLABERI, GAO).read()) == [(name, b"sealed")]
    assert list(at(place, GAO, TILLABERI).read()) == []
    assert list(at(place, MENAKA, GAO).read()) == []


def test_a_name_tells_neither_sender_nor_recipient(place: str) -> None:
    first, second = (at(place, GAO, TILLABERI).write(b"sealed") for _ in range(2))
    assert first != second
    assert not any(word in first for word in ("gao", "tillaberi", "ml", "ne"))


def test_a_pouch_stays_until_it_is_taken(place: str) -> None:
    at(place, GAO, TILLABERI).write(b"sealed")
    mailbox = at(place, TILLABERI, GAO)
    for _ in range(2):
        [(name, _data)] = mailbox.read()
    mailbox.taken(name)
    mailbox.taken(name)
    assert list(mailbox.read()) == []


def test_sending_leaves_the_pouch_and_brings_no_reply(place: str) -> None:
    assert at(place, GAO, TILLABERI).send(b"sealed") is None
    assert len(list(at(place, TILLABERI, GAO).read())) == 1


def test_nothing_is_left_behind_under_another_name(tmp_path: Path) -> None:
    name = at(tmp_path, GAO, TILLABERI).write(b"sealed")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_pouch_that_is_being_written_is_not_read(tmp_path: Path) -> None:
    name = at(tmp_path, GAO, TILLABERI).write(b"sealed")
    (tmp_path / name).rename(tmp_path / f"{name}.part")
    assert list(at(tmp_path, TILLABERI, GAO).read()) == []


def test_a_full_stick_leaves_no_half_pouch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TransportError, match="No space left on device"):
        at(tmp_path, GAO, TILLABERI).write(b"sealed")
    assert list(tmp_path.iterdir()) == []


def test_a_stick_that_is_not_plugged_in_is_said(tmp_path: Path) -> None:
    away = tmp_path / "media" / "stick"
    with pytest.raises(TransportError, match="plugged in"):
        at(away, GAO, TILLABERI).write(b"sealed")
    with pytest.raises(TransportError, match="plugged in"):
        list(at(away, TILLABERI, GAO).read())
    assert not away.parent.exists()


def test_a_file_that_people_renamed_is_offered(tmp_path: Path) -> None:
    (tmp_path / "from Gao, Monday.pouch").write_bytes(b"sealed")
    (tmp_path / "photo.jpg").write_bytes(b"private")
    assert list(at(tmp_path, TILLABERI, GAO).read()) == [("from Gao, Monday.pouch", b"sealed")]


def test_pouches_are_read_in_the_order_of_writing(tmp_path: Path) -> None:
    for age, text in ((30, b"first"), (20, b"second"), (10, b"third")):
        name = at(tmp_path, GAO, TILLABERI).write(text)
        os.utime(tmp_path / name, (1_638_000_000 - age, 1_638_000_000 - age))
    assert [data for _, data in at(tmp_path, TILLABERI, GAO).read()] == [b"first", b"second", b"third"]


def test_one_file_too_large_does_not_hide_the_others(place: str) -> None:
    sender = at(place, GAO, TILLABERI)
    sender.write(b"x" * 11)
    good = sender.write(b"x" * 10)
    mailbox = at(place, TILLABERI, GAO, limit=10)
    assert list(mailbox.read()) == [(good, b"x" * 10)]
    assert [type(skipped.error) for skipped in mailbox.skipped] == [LimitError]


def test_too_many_files_are_refused_before_any_is_read(place: str) -> None:
    for _ in range(3):
        at(place, GAO, TILLABERI).write(b"sealed")
    with pytest.raises(LimitError, match="holds 3 pouches, over 2"):
        list(at(place, TILLABERI, GAO, most=2).read())


def test_a_link_on_a_stick_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "log.key"
    secret.write_bytes(b"PRIVATE")
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "a.pouch").symlink_to(secret)
    (stick / "b.pouch").mkdir()
    os.mkfifo(stick / "c.pouch")
    assert list(at(stick, TILLABERI, GAO).read()) == []


@pytest.mark.parametrize("name", ["../ledger.pouch", "/etc/x.pouch", "..\\x.pouch", "ledger.sqlite3"])
def test_only_pouches_of_this_place_are_taken_away(tmp_path: Path, name: str) -> None:
    with pytest.raises(TransportError, match="is not a pouch of this place"):
        at(tmp_path, TILLABERI, GAO).taken(name)


def test_a_place_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(TransportError, match="cannot be used"):
        Mailbox("carrierpigeon://gao", GAO, TILLABERI)


def test_credentials_of_a_place_are_never_shown() -> None:
    with pytest.raises(TransportError) as caught:
        Mailbox("carrierpigeon://gao:hunter2@host/box", GAO, TILLABERI)
    assert "hunter2" not in str(caught.value)


def test_a_pouch_can_be_read_again_by_its_name(place: str) -> None:
    name = at(place, GAO, TILLABERI).write(b"sealed")
    assert at(place, TILLABERI, GAO).get(name) == b"sealed"
    with pytest.raises(LimitError):
        at(place, TILLABERI, GAO, limit=5).get(name)


def test_a_pouch_says_to_its_recipient_that_it_is_addressed(place: str) -> None:
    name = at(place, GAO, TILLABERI).write(b"sealed")
    assert at(place, TILLABERI, GAO).is_addressed(name)
    assert not at(place, MENAKA, GAO).is_addressed(name)
    assert not at(place, TILLABERI, GAO).is_addressed("renamed.pouch")
