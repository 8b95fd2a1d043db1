"""The settings of a node, with a ledger for each of the partners that one process plays."""

import copy
import os
from pathlib import Path

from entente_node.settings import *  # noqa: F403  a settings module is its names: all of a node's
from entente_node.settings import DATABASES

PARTNERS = Path(os.environ["BENCH_PARTNERS"])
for _number in range(int(os.environ["BENCH_PARTNERS_MANY"])):
    _alias = f"partner{_number}"
    DATABASES[_alias] = copy.deepcopy(DATABASES["default"]) | {"NAME": PARTNERS / f"{_alias}.sqlite3"}
