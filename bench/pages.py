"""Every page of a node's desk, asked for in one process: ``python -m bench.pages FOLDER LOOKS``.

The addresses are the ones that the desk has, with the newest records for those that need one; what a
page answers with is measured from the request to the last byte of the gzipped answer, without a network.
The first look is that of a process that has just begun and has shown its sign-in page; then as many more.
Prints JSON: for each page ``{first_ms, ms, bytes}``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench import workload
from entente_node.local import open_node, prepare

SERVICE: Final = workload.SERVICE
"""It has every mandate: nobody has more to be shown."""
_MORE: Final = (
    "/?state=all", "/?state=closed", "/?state=all&page=20", "/flows?what=goods", "/flows?weeks=26",
    "/flows?what=litres&weeks=26", "/records?kind=situation", "/records?page=20", "/search?q=ferry",
    "/search?q=synthetic+exercise+123", "/timeline?page=5",
)  # fmt: skip
"""Addresses with a question in them: where a page has more to do."""


def account(name: str, service: str, role: str) -> Any:
    """An account of the desk that measures; the same one again."""
    from entente_node.directory.models import User

    found = User.objects.filter(name=name).first()
    return found or User.objects.create_user(name, service=service, role=role, language="en")


def addresses() -> Iterator[str]:
    """Every address that a page can have here, and a few with questions."""
    from django.urls import get_resolver

    known = _known()
    for route in _routes(get_resolver().url_patterns):
        address = route
        for hole, values in known.items():
            if hole in route and any(route.startswith(begin) for begin in values):
                begin = max((one for one in values if route.startswith(one)), key=len)
                address = address.replace(hole, values[begin])
        if "<" not in address:
            yield address
    yield from _MORE


def _known() -> dict[str, dict[str, str]]:
    """What stands in an address, by how it begins."""
    from entente_node.ledger.models import Record

    def newest(kind: str) -> str:
        return (
            Record.objects.filter(kind=kind, code__isnull=False)
            .order_by("-pk")
            .values_list("code", flat=True)
            .first()
            or "-"
        )

    return {
        "<str:code>": {
            "/alerts/": newest("alert"),
            "/records/": newest("situation"),
            "/measures/": newest("action"),
        },
        "<code>": {"/api/": newest("alert")},
        "<slug:agreement>": {"/agreement/": workload.AGREEMENT},
        "<slug:kind>": {"/records/new/": "alert"},
        "<slug:service>": {"/duty/": SERVICE},
    }


def _routes(patterns: list[Any], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def main() -> None:
    """Ask for every page and print how long each took."""
    prepare(Path(sys.argv[1]))  # a ledger that was kept may be older than what reads it
    node = open_node(Path(sys.argv[1]))
    import logging

    from django.test import Client

    from entente_node.ledger import tallying

    logging.disable(logging.WARNING)  # pages that are not there are said so in the answer
    while tallying.fold(node):
        pass
    Client().get("/sign-in")
    found: dict[str, dict[str, float]] = {}
    for role in sys.argv[3:] or ["coordinator", "administrator"]:
        client = Client(headers={"accept-encoding": "gzip"})
        client.force_login(
            account(f"bench-{role}", SERVICE, role), "django.contrib.auth.backends.ModelBackend"
        )
        for address in dict.fromkeys(addresses()):
            looks = [_look(client, address) for _ in range(1 + int(sys.argv[2]))]
            is_page, size = looks[0][1:]
            if is_page and found.get(address, {}).get("ms", 0) < median(one[0] for one in looks[1:]):
                found[address] = {
                    "first_ms": round(looks[0][0], 1),
                    "ms": round(median(one[0] for one in looks[1:]), 1),
                    "bytes": size,
                }
    print(json.dumps(found))


def _look(client: Any, address: str) -> tuple[float, bool, int]:
    """Milliseconds, whether it is a page (and no table, calendar or interface), bytes."""
    started = time.perf_counter()
    answer = client.get(address)
    is_page = answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/html")
    # A table of ten million rows is begun, and not taken.
    size = len(b"".join(answer) if answer.streaming else answer.content) if is_page else 0
    answer.close()
    seconds = time.perf_counter() - started
    return 1_000 * seconds, is_page, size


if __name__ == "__main__":
    main()
