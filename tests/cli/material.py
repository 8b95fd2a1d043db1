"""What transcripts and tests hand to the command: drafts, records, a CAP file. All of it is synthetic."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import msgspec

from entente.agreements.document import Agreement, Party
from tests import parties
from tests.desk import photos
from tests.dialogue.material import DIALOGUE, meeting

CAP = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>synthetic-1</identifier><sender>exercise@example.invalid</sender>
  <sent>2026-01-10T06:15:00+00:00</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>
  <info><language>fr</language><category>Met</category><event>Crue (donnée synthétique)</event>
    <urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
    <headline>Exercice : crue du fleuve</headline>
    <area><areaDesc>Labbezanga</areaDesc><circle>14.97361,0.71028 5</circle></area></info>
</alert>
"""


def draft(*nodes: str) -> Agreement:
    """The tests' model agreement between real nodes, in force on the day that the test runs."""
    found = []
    for node, model in zip(nodes, parties.AGREEMENT.parties, strict=False):
        plain = json.loads(Path(node).read_text("utf-8"))
        plain["services"] = msgspec.to_builtins(model.services)
        found.append(msgspec.convert(plain, Party))
    return parties.agreement(
        parties=tuple(found),
        effective=date(2022, 1, 1),
        expires=date(2150, 12, 31),
        sign_by=date(2150, 1, 1),
        articles=(*parties.ARTICLES, DIALOGUE, parties.CONTACTS, photos.EXCEPTIONAL, photos.ARTICLE),
    )


def record(name: str) -> bytes:
    """One JSON line: of a record of this name, as its author would write it."""
    found = {
        "alert": parties.alert(code=None, description=None),
        "wordless": parties.alert(code=None, description=None, headline=None),
        "red": parties.alert(code=None, description=None, tlp="RED"),
        "strict": parties.alert(code=None, description=None, headline=None, tlp="AMBER+STRICT"),
        "contact": parties.contact(start=None, until=None, backup=None),
        "flow": parties.flow(),
        "message": parties.message(),
        "meeting": meeting(),
    }
    return msgspec.json.encode(found[name])


def main(arguments: list[str]) -> None:
    match arguments:
        case ["draft", *nodes]:
            sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(draft(*nodes)), indent=2) + b"\n")
        case ["cap"]:
            sys.stdout.write(CAP)
        case ["photo"]:
            sys.stdout.buffer.write(photos.jpeg())
        case ["records", *names]:
            sys.stdout.buffer.write(b"".join(record(name) + b"\n" for name in names))


if __name__ == "__main__":
    main(sys.argv[1:])
