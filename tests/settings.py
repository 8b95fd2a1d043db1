"""The node's own settings, with one database for each authority of a test's federation."""

import copy
import os
import tempfile
from pathlib import Path

# Beside others: never the databases of the process that began it.
if "PYTEST_XDIST_WORKER" in os.environ or "ENTENTE_NODE" not in os.environ:
    os.environ["ENTENTE_NODE"] = tempfile.mkdtemp(prefix="entente-tests-")

from entente_node.settings import *  # noqa: F403  settings are names
from entente_node.settings import DATABASES, NODE

for _alias in ("gao", "tillaberi", "kayes"):
    DATABASES[_alias] = copy.deepcopy(DATABASES["default"]) | {"NAME": Path(NODE) / f"{_alias}.sqlite3"}
SECRET_KEY = "for tests only"
# Slow on purpose where people sign in; tests sign in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REFUSAL_SECONDS = 0.0
SECOND_FACTOR = "none"  # the tests of the second step say who must have one
