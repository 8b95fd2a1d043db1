"""The settings of a node, with a ledger for each of the partners that one process plays."""

import copy
import os
from pathlib import Path

from entente_node.settings import *  # noqa: F403  settings are names
from entente_node.settings import DATABASES

PARTNERS = Path(os.environ["BENCH_PARTNERS"])
for _number in range(int(os.environ["BENCH_PARTNERS_MANY"])):
    _alias = f"partner{_number}"
    DATABASES[_alias] = copy.deepcopy(DATABASES["default"]) | {"NAME": PARTNERS / f"{_alias}.sqlite3"}
