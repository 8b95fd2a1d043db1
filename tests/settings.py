"""The node's own settings, with one database for each authority of a test's federation."""

import copy
import os
import tempfile
from pathlib import Path

os.environ.setdefault("ENTENTE_NODE", tempfile.mkdtemp(prefix="entente-tests-"))

from entente_node.settings import *  # noqa: E402, F403
from entente_node.settings import DATABASES, NODE

for _alias in ("gao", "tillaberi", "kayes"):
    DATABASES[_alias] = copy.deepcopy(DATABASES["default"]) | {"NAME": Path(NODE) / f"{_alias}.sqlite3"}
SECRET_KEY = "for tests only"
