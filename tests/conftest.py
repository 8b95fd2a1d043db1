"""Django over real file databases, and three nodes that exchange over the real courier."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# In memory where there is room: a ledger waits for the disk at each commit, as it must, and tests commit thousands of times.
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
IS_OURS = "PYTEST_XDIST_WORKER" in os.environ or "ENTENTE_NODE" not in os.environ
"""Whether the folder with the ledgers is made for this process."""
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from collections.abc import Generator, Iterator

import django
import pytest

django.setup()

import hypothesis
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.cli.transcript import make_pair
from tests.federation import Federation
from tests.once import once

hypothesis.settings.register_profile("usual", max_examples=50)
hypothesis.settings.register_profile("thorough", max_examples=1_000)
hypothesis.settings.load_profile("usual")
"""Of tests that name no number; ``make test ARGS="--hypothesis-profile thorough"`` looks longer."""


@pytest.fixture(scope="session")
def blank_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file: copied for every test that needs one."""
    call_command("migrate", interactive=False, verbosity=0)
    with connections["default"].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    blank = tmp_path_factory.mktemp("ledger") / "blank.sqlite3"
    shutil.copy(settings.DATABASES["default"]["NAME"], blank)
    return blank


@pytest.fixture
def ledgers(blank_ledger: Path) -> Iterator[None]:
    """Every database empty: the default one and one for each authority."""
    connections.close_all()
    for database in settings.DATABASES.values():
        name = Path(database["NAME"])
        for beside in ("", "-wal", "-shm"):
            name.with_name(name.name + beside).unlink(missing_ok=True)
        shutil.copy(blank_ledger, name)
    yield
    connections.close_all()


@pytest.fixture(scope="session")
def pair_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes made by the command itself, once for all workers: it takes a quarter of a minute."""
    return once(tmp_path_factory, "pair", make_pair)


@pytest.fixture
def pair(pair_once: Path, tmp_path: Path) -> Path:
    """A folder with ``gao`` and ``til``, agreement in force; a copy for each test."""
    shutil.copytree(pair_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def federation(ledgers: None) -> Federation:
    """Gao and Tillabéri with an agreement in force, and Kayes, which has none with them."""
    return Federation.agreed()


def pytest_sessionfinish() -> None:
    """Leave nothing behind."""
    connections.close_all()
    if IS_OURS:
        shutil.rmtree(settings.NODE, ignore_errors=True)


NEEDED = {
    "browser": ("ENTENTE_REQUIRE_BROWSER", "a browser", "Chromium"),
    "gammu": ("ENTENTE_REQUIRE_GAMMU", "gammu-smsd", "gammu and gammu-smsd"),
    "slow_line": ("ENTENTE_REQUIRE_SLOW_LINE", "a slow line", "iproute2, and be root where /dev/net/tun is,"),
}
"""What some tests need: the variable that requires it, what it is called, what to install."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser or a slow line is required (ENTENTE_REQUIRE_…=1), a test skipped without it has failed."""
    report = yield
    for marker, (variable, name, _) in NEEDED.items():
        if report.skipped and item.get_closest_marker(marker) and os.environ.get(variable) == "1":
            report.outcome = "failed"
            report.longrepr = f"{name} is required here: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out: a run without a browser or a slow line is not a whole run."""
    skipped = terminalreporter.stats.get("skipped", [])
    for marker, (_, _, install) in NEEDED.items():
        if left_out := sum(marker in report.keywords for report in skipped):
            many = f"{left_out} {marker.replace('_', ' ')} test{'s were' if left_out > 1 else ' was'}"
            terminalreporter.write_line(f"{many} not run: install {install} to run them", yellow=True)
