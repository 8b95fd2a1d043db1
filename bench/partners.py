"""Partners that deliver pouches, all in one process: ``python -m bench.partners``, with its settings.

Each has keys, a ledger and an agreement of its own with the node in ``ENTENTE_NODE``, and does what its
own courier would: files an alert and some flows, releases them, and exchanges over HTTP, again and again.
Waits for a line on its input before it begins, so that all begin together; prints JSON for each partner:
how long its exchanges took, how many records the node took, how often it was told to wait, what went wrong.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import sys
import threading
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import django
import msgspec

from bench import workload
from bench.node import PASSPHRASE
from entente.agreements.document import Keys, Service, agreement_text, read_note
from entente.agreements.steps import sign
from entente.courier.keys import Keys as Held
from entente.errors import EntenteError, TransportError
from entente.node import Node
from entente.records import Record
from entente.records.base import PURPOSES
from entente.sealing import generate_identity, recipient_of
from entente.signing import COSIGNATURE, SigningKey
from entente_node.folder import Folder
from entente_node.transports.http import HttpTransport

FLOWS: Final = 40
"""Of one exchange, beside the alert."""
EVERY: Final = 2.0
"""Seconds between two exchanges of one partner; a courier that has nothing new waits for half a minute."""
_SHORT: Final = "ABCDEFGHIJKLMNOP"


class Partner:
    """One partner of the node, with its own agreement."""

    def __init__(self, number: int, node: Folder, signs: SigningKey, url: str) -> None:
        from entente_node.ledger.store import DjangoStore

        self.number = number
        self.agreement = f"{workload.AGREEMENT}-{number}"
        self.party = f"partner{number}.example"
        self.url = url
        seed = {role: secrets.token_bytes(32) for role in ("authority", "log", "receipts")}
        self.authority = SigningKey.from_seed(f"{self.party}/authority", seed["authority"])
        seal = generate_identity()[0]
        keys = Held(
            party=self.party,
            short=f"PA{_SHORT[number]}",
            log=SigningKey.from_seed(f"{self.party}/log", seed["log"]),
            receipts=SigningKey.from_seed(f"{self.party}/receipts", seed["receipts"], COSIGNATURE),
            seal=(seal,),
            authority=self.authority.verifier,
        )
        store = DjangoStore(f"partner{number}")
        self.node = Node(keys, store, clock=lambda: datetime.now(UTC), entropy=secrets.token_bytes)
        self._agree(node, signs)
        self.flows = workload.flows(1_000_000)
        self.said: dict[str, Any] = {"records": 0, "waits": 0, "seconds": [], "errors": []}

    def _agree(self, node: Folder, signs: SigningKey) -> None:
        """The partner proposes; the node's authority signs beside it, and hears of the rest with the first pouch."""
        config, keys = node.config, node.keys()
        both = (
            self._party(config.party, config.short, "ML", keys),
            self._party(self.party, self.node.keys.short, "NE", self.node.keys),
        )
        draft = msgspec.structs.replace(workload.agreement(both, datetime.now(UTC).date()), id=self.agreement)
        signed = self.node.sign(agreement_text(draft), self.authority)
        note = sign(read_note(signed), signs)
        self.node.adopt(note.to_bytes(), self.authority)

    def _party(self, id_: str, short: str, country: str, keys: Held) -> Any:
        public = Keys(
            authority=str(keys.authority),
            log=str(keys.log.verifier),
            receipts=str(keys.receipts.verifier),
            seal=recipient_of(keys.seal[0]),
        )
        services = (Service(id=workload.SERVICE, name="Monitoring (synthetic)", mandates=PURPOSES),)
        return msgspec.structs.replace(workload.party(id_, short, country, public), services=services)

    def work(self, until: float) -> None:
        """File, release and exchange until it is time; told to wait, wait, as a courier does."""
        chance = random.Random(self.number)
        for turn in count():
            if time.monotonic() >= until:
                return
            records: list[Record] = [next(self.flows) for _ in range(FLOWS)]
            records.append(workload.alert(turn, datetime.now(UTC)))
            pause = EVERY * (0.75 + chance.random() / 2)
            try:
                self.node.file(records, confirmed=True)
                self.node.release()
                started = time.monotonic()
                with HttpTransport(self.url) as transport:
                    done = self.node.exchange(self.agreement, workload.SENDER, transport)
                self.said["seconds"].append(time.monotonic() - started)
                self.said["records"] += done.sent
            except TransportError as error:
                wait = error.values.get("retry_after")
                if not isinstance(wait, int | float):
                    self.said["errors"].append(str(error))
                    continue
                self.said["waits"] += 1
                pause = float(wait)
            except EntenteError as error:
                self.said["errors"].append(str(error))
            time.sleep(max(0.0, min(pause, until - time.monotonic())))


def main() -> None:
    """Set everybody up, wait for a line, work, say how it went."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.partners_settings"
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    url, seconds = sys.argv[1], float(sys.argv[2])
    ledgers = [Path(one["NAME"]) for name, one in settings.DATABASES.items() if name != "default"]
    ledgers[0].parent.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0, database="partner0")
    from django.db import connections

    with connections["partner0"].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    for ledger in ledgers[1:]:
        shutil.copy(ledgers[0], ledger)
    node = Folder(Path(os.environ["ENTENTE_NODE"]))
    signs = node.authority(PASSPHRASE)  # unlocked once: it takes a second
    partners = [Partner(number, node, signs, url) for number in range(len(ledgers))]
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=partner.work, args=(until,)) for partner in partners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps([partner.said for partner in partners]))


if __name__ == "__main__":
    main()
