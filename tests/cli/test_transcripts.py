"""Every transcript of this folder happens as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import transcript

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_transcript(path: Path, tmp_path: Path, pair_once: Path) -> None:
    transcript.run(path, tmp_path, pair_once)


def test_there_are_transcripts_in_both_languages() -> None:
    texts = [path.read_text("utf-8") for path in TRANSCRIPTS]
    assert any("@LANG=fr" in text for text in texts)
    assert any("@LANG=" not in text for text in texts)


def test_a_transcript_that_does_not_happen_fails(tmp_path: Path, pair_once: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("$ entente --version\n9.9.9\n")
    (tmp_path / "run").mkdir()
    with pytest.raises(AssertionError, match="--- printed"):
        transcript.run(wrong, tmp_path / "run", pair_once)
