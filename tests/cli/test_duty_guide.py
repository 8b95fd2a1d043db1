"""What the guide to the duty rota prints does what it says, command after command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.cli.transcript import ROOT, entente

GUIDE = ROOT / "docs/how-to/duty-rota.md"


def test_every_command_of_the_guide_succeeds(pair: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 12
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "entente"
        done = entente(pair, "--node", "gao", *arguments)
        assert done.returncode == 0, (line, done.stderr.decode())
    now = entente(pair, "--node", "gao", "duty", "now").stdout.decode()
    assert "directeur" in now
