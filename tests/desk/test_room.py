"""A disk that is nearly full is said at the desk, and one that is full where something could not be written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, RequestFactory, override_settings

from entente_node.directory import room, views
from tests.cli.transcript import entente
from tests.desk.conftest import Desk, text_of

NEARLY = "The disk of this machine is nearly full"
ALERT = (
    b'{"kind":"alert","at":"2022-01-10T06:15:00Z","service":"protection-civile","purpose":"humanitarian",'
    b'"tlp":"GREEN","place":{"code":"labbezanga","scheme":"gao-tillaberi","version":"1"},"status":"Exercise",'
    b'"category":["Met"],"event":"flood","urgency":"Immediate","severity":"Severe","certainty":"Observed"}\n'
)


def test_with_room_nothing_is_said(desk: Desk) -> None:
    assert NEARLY not in desk.page("/account")
    assert not room.is_gone()


@override_settings(LEAST_ROOM=1 << 60)
def test_who_may_act_is_told_that_little_is_left_and_who_only_reads_is_not(desk: Desk) -> None:
    for role in ("agent", "officer", "administrator"):
        assert NEARLY in text_of(desk.client(role=role).get("/account")), role
    assert NEARLY not in text_of(desk.client(role="observer").get("/account"))
    assert NEARLY not in text_of(Client().get("/sign-in"))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.getuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("no file system can be mounted here: not root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def test_a_node_on_a_full_disk_says_so_loses_nothing_and_goes_on_by_itself(pair: Path, small: Path) -> None:
    subprocess.run(["cp", "-r", pair / "gao", small], check=True)
    ballast = fill(small)
    full = entente(small, "--node", "gao", "file", "-", stdin=ALERT * 300)
    assert full.returncode == 1
    assert b"disk is full" in full.stderr
    assert b"Traceback" not in full.stderr
    with override_settings(NODE=small / "gao"):
        page = text_of(views.server_error(RequestFactory().get("/")))
        assert "Le disque de cette machine est plein" in page
        ballast.unlink()
        assert not room.is_gone()
    assert entente(small, "--node", "gao", "file", "-", stdin=ALERT).returncode == 0
    assert entente(small, "--node", "gao", "verify").returncode == 0
