"""The tutorial happens as it is written: its console blocks are one transcript."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli import transcript

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs/tutorial.md"


def blocks() -> str:
    """What the reader types and sees, in order."""
    return "\n".join(
        re.findall(r"^```console\n(.*?)^```", TUTORIAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )


def test_the_tutorial_happens_as_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / "try").mkdir(parents=True)
    # The reader stands in the repository; the commands read from this folder of it.
    (folder / "docs").symlink_to(ROOT / "docs", target_is_directory=True)
    script = tmp_path / "tutorial.txt"
    script.write_text(blocks(), "utf-8")
    assert blocks().count("$ entente") > 15
    transcript.run(script, folder, tmp_path)
