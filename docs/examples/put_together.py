"""Puts the keys of real nodes into the model agreement beside this file; prints the draft.

    python docs/examples/put_together.py gao.json tillaberi.json > entente.json

Each argument is a file with what `entente key show --json` printed on one node. The services and
their mandates come from the model; around a real table, people write them.
"""

import json
import sys
from pathlib import Path

agreement = json.loads(Path(__file__).with_name("agreement.json").read_text("utf-8"))
services = agreement.pop("services")
agreement["parties"] = []
for file in sys.argv[1:]:
    party = json.loads(Path(file).read_text("utf-8"))
    agreement["parties"].append(party | {"services": services[party["id"]]})
json.dump(agreement, sys.stdout, ensure_ascii=False, indent=2)
sys.stdout.write("\n")
