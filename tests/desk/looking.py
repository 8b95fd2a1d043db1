"""What axe-core finds on a page that is open in a browser."""

from __future__ import annotations

from typing import Any, Final

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

OPTIONS: Final = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS: Final = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""What alone can be otherwise in the dark."""


def faults(page: Any, options: dict[str, Any] = OPTIONS) -> list[str]:
    """Each fault with its element."""
    engine = axe.Axe()
    if not page.evaluate("'axe' in window"):
        page.evaluate(engine.axe_script)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def looked_at(page: Any, path: str, language: str, width: int) -> list[tuple[str, str]]:
    """The faults of a page, light and dark, with its folds open; it is in the language and fits the screen."""
    assert page.evaluate("document.documentElement.lang") == language, path
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    page.emulate_media(color_scheme="light")
    found = [(f"{path} light", fault) for fault in faults(page)]
    page.emulate_media(color_scheme="dark")
    return found + [(f"{path} dark", fault) for fault in faults(page, COLOURS)]
