"""Where the CAP files are: our own synthetic ones here, real ones and the schema beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from entente.interop.cap import parse

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
REAL = [SHARED / "cap-australia.xml", SHARED / "cap-canada.xml"]
XSD = SHARED / "cap12.xsd"
OURS = sorted(HERE.glob("*.xml"))

if os.environ.get("ENTENTE_REQUIRE_VECTORS") == "1":
    missing = [path.name for path in (*REAL, XSD) if not path.exists()]
    assert not missing, f"required beside the checkout: {missing}"
needs_real = pytest.mark.skipif(
    not all(path.exists() for path in REAL), reason="no real CAP files beside the checkout"
)
needs_xsd = pytest.mark.skipif(not XSD.exists(), reason="the schema of CAP 1.2 is not beside the checkout")

FLOOD, ROBBERY, ACK = (HERE / f"{name}.xml" for name in ("labbezanga-crue", "ayorou-vol", "gao-accuse"))
ALL_FILES = [*OURS, *(path for path in REAL if path.exists())]


def schema() -> etree.XMLSchema | None:
    return etree.XMLSchema(etree.parse(XSD)) if XSD.exists() else None


SCHEMA = schema()


def assert_valid(xml: bytes) -> None:
    assert parse(xml)
    if SCHEMA is not None:
        SCHEMA.assertValid(etree.fromstring(xml))
