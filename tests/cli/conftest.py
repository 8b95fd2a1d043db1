"""The catalogue compiled, and two nodes made once by the command itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from tools.messages import CATALOGUE

from tests.cli.transcript import make_pair
from tests.once import once


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """The .mo is made at set-up; here again if the catalogue was edited since."""
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < CATALOGUE.stat().st_mtime:
        with CATALOGUE.open("rb") as source, compiled.open("wb") as target:
            write_mo(target, read_po(source, locale="fr", domain="entente"))


@pytest.fixture(scope="session")
def pair_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "pair", make_pair)


@pytest.fixture
def pair(pair_once: Path, tmp_path: Path) -> Path:
    """A folder with ``gao`` and ``til``, agreement in force; a copy for each test."""
    shutil.copytree(pair_once, tmp_path, dirs_exist_ok=True)
    return tmp_path
