"""One node in a process of its own: ``python -m bench.node FOLDER``, one JSON request a line.

It does what the command does, in a process that is warm: starting Python and Django is not
what the figures are about.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import workload
from entente.agreements.document import Agreement, Keys, agreement_text
from entente.errors import StoreError
from entente.sealing import recipient_of
from entente_node.cli import run
from entente_node.folder import Config, Folder
from entente_node.local import open_node, prepare
from entente_node.transports.http import HttpTransport

PASSPHRASE: Final = "synthetic passphrase of a measurement"


class Requests:
    """What the measuring process asks of a node."""

    def __init__(self, folder: Path) -> None:
        self.folder = Folder(folder)

    def open(self) -> dict[str, Any]:
        """Open a node that is there."""
        self.node = open_node(self.folder.path)
        return {}

    def create(self, party: str, short: str, country: str) -> dict[str, Any]:
        """Make the node; gives what the agreement says of it."""
        config = Config(party=party, name=party, short=short, country=country)
        self.folder.create(config, PASSPHRASE)
        prepare(self.folder.path)
        self.node = open_node(self.folder.path)
        self.authority = self.folder.authority(PASSPHRASE)
        keys = self.folder.keys()
        public = Keys(
            authority=str(keys.authority),
            log=str(keys.log.verifier),
            receipts=str(keys.receipts.verifier),
            seal=recipient_of(keys.seal[0]),
        )
        described = workload.party(party, short, country, public)
        return {"party": msgspec.to_builtins(described)}

    def sign(self, agreement: dict[str, Any] | None = None, note: str = "") -> dict[str, Any]:
        """Sign a draft or a note."""
        document: str | bytes = note.encode()
        if agreement is not None:
            document = agreement_text(msgspec.convert(agreement, Agreement))
        return {"note": self.node.sign(document, self.authority).decode()}

    def adopt(self, note: str) -> dict[str, Any]:
        """Bring the agreement into force."""
        self.node.adopt(note.encode(), self.authority)
        return {}

    def command(self, arguments: list[str]) -> dict[str, Any]:
        """Run a verb of the command ``entente``, all but the start of its process."""
        out = io.TextIOWrapper(io.BytesIO(), "utf-8")
        with redirect_stdout(out), redirect_stderr(out):
            code = run(["--node", str(self.folder.path), *arguments])
        if code:
            out.seek(0)
            raise StoreError("the command failed: {said}", said=out.read())
        return {}

    def exchange(self, url: str, partner: str) -> dict[str, Any]:
        """One exchange with the partner, until both sides are quiet."""
        with HttpTransport(url) as transport:
            done = self.node.exchange(workload.AGREEMENT, partner, transport)
        return {"sent": done.sent, "received": done.received, "pouches": done.pouches}

    def alert(self, number: int) -> dict[str, Any]:
        """File an alert."""
        [filing] = self.node.file([workload.alert(number, datetime.now(UTC))], confirmed=True)
        return {"code": filing.record.code}


def main() -> None:
    """Answer until the input ends."""
    requests = Requests(Path(sys.argv[1]))
    # Whatever is printed by what is measured must not disturb the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line)
        do: Callable[..., dict[str, Any]] = getattr(requests, asked.pop("do"))
        started = time.perf_counter()
        answer = do(**asked)
        answers.write(msgspec.json.encode(answer | {"seconds": time.perf_counter() - started}) + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
