"""Django over real file databases, and three nodes that exchange over the real courier."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import django
import pytest

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.federation import Federation


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


@pytest.fixture
def federation(ledgers: None) -> Federation:
    """Gao and Tillabéri with an agreement in force, and Kayes, which has none with them."""
    return Federation.agreed()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser is required (ENTENTE_REQUIRE_BROWSER=1), a browser test that is skipped has failed."""
    report = yield
    if (
        report.skipped
        and item.get_closest_marker("browser")
        and os.environ.get("ENTENTE_REQUIRE_BROWSER") == "1"
    ):
        report.outcome = "failed"
        report.longrepr = f"a browser is required here: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out: a run without a browser is not a whole run."""
    left_out = [
        report for report in terminalreporter.stats.get("skipped", []) if "browser" in report.keywords
    ]
    if left_out:
        many = f"{len(left_out)} browser tests were" if len(left_out) > 1 else "1 browser test was"
        terminalreporter.write_line(f"{many} not run: install Chromium to run them", yellow=True)
