"""The reference of the records is what the kinds declare of themselves."""

import importlib.util
from pathlib import Path

from entente.records import KINDS
from entente.records.base import fields_of

GENERATE = Path(__file__).parents[2] / "docs" / "reference" / "generate.py"


def page() -> str:
    spec = importlib.util.spec_from_file_location("reference_generate", GENERATE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.page()


def test_the_page_is_up_to_date():
    assert GENERATE.with_name("records.md").read_text(encoding="utf-8") == page(), (
        "run: python docs/reference/generate.py"
    )


def test_the_page_names_every_kind_and_every_field():
    text = page()
    for tag, kind in KINDS.items():
        assert f"`{tag}`" in text
        assert all(f"| `{name}` |" in text for name in fields_of(kind))
