"""Puts the keys of real nodes into the model agreement of the demonstration; prints the draft.

    python docs/examples/put_together.py gao.json tillaberi.json > entente.json

Each file is what `entente key show --json` printed on one node. The services and their mandates
come from the model; around a real table, people write them.
"""

import json
import sys
from pathlib import Path

MODEL = Path(__file__).parents[2] / "src/entente_node/demo"

agreement = json.loads((MODEL / "agreement.json").read_text("utf-8"))
services = json.loads((MODEL / "services.json").read_text("utf-8"))
agreement["parties"] = []
for file in sys.argv[1:]:
    party = json.loads(Path(file).read_text("utf-8"))
    agreement["parties"].append(party | {"services": services[party["id"]]})
json.dump(agreement, sys.stdout, ensure_ascii=False, indent=2)
sys.stdout.write("\n")
