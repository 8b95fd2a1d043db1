"""The desk: how long a page takes with years of records stored, what it weighs, how long a phone waits.

Two ledgers, both made by :mod:`bench.stored`. The large one, ten million flows and fifty thousand
alerts, is made once and kept (``--data``): its pages are asked for in a process that has just begun. The
small one is made anew in every run, and each group has a copy, because what is measured on it changes it:
a browser on a slow phone, and an alert that is acknowledged from its link over a line of 2G
(:mod:`tools.slowline`, where there can be one).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tools.slowline import SlowLine, obstacle, slow_line

from bench.figures import Figure, middle
from bench.sides import Process, clean, free_port, listens, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VERSION: Final = 1
"""Of the large ledger's content: another one is made where it changes."""
PAGE_MS: Final = 200
FIRST_KB: Final = 60
REPEAT_KB: Final = 10
PHONE_S: Final = 2
ACKNOWLEDGE_S: Final = 15
ACKNOWLEDGE_KB: Final = 14
SMALL: Final = (50_000, 2_000)
"""Flows and alerts of the small ledger: every list of the situation is full."""

_CHROMIUM: Final = Path("/usr/bin/chromium")
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)
_PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 360, "height": 740}, "locale": "fr-FR", "has_touch": True, "is_mobile": True,
}  # fmt: skip
_STATIC: Final = (
    b"<!doctype html><meta name=viewport content='width=device-width'>"
    b"<p id=first><a href='/alerts/'>Static</a>"
)


def budget(name: str, value: float, unit: str, most: float, more: str = "") -> Figure:
    """A figure beside what DESIGN allows."""
    return Figure(name, round(value, 4), unit, f"{value / most:.2f} x the budget of {most:g} {unit}{more}")


def ledger(folder: Path, flows: int, alerts: int) -> Path:
    """A ledger of this size; made, and added up, where it is not there yet."""
    if not (folder / "made").exists():
        shutil.rmtree(folder / "node", ignore_errors=True)  # one that was not finished
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "bench.stored", str(folder / "node"), str(flows), str(alerts)]
        subprocess.run(command, check=True, env=clean())
        (folder / "made").touch()
    return folder / "node"


def pages(node: Path, runs: int) -> list[Figure]:
    """Server time of every page, from the request to the last byte of the answer."""
    command = [sys.executable, "-m", "bench.pages", str(node), str(runs)]
    asked = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=clean())
    looks: dict[str, dict[str, float]] = json.loads(asked.stdout)
    slowest = max(looks, key=lambda page: looks[page]["ms"])
    first = max(looks, key=lambda page: looks[page]["first_ms"])
    there, began = looks["/"], f"; the first look {looks['/']['first_ms']:.0f} ms"
    return [
        budget("desk.situation_ms", there["ms"], "ms", PAGE_MS, began),
        budget("desk.slowest_page_ms", looks[slowest]["ms"], "ms", PAGE_MS, f": {slowest}, of {len(looks)}"),
        budget("desk.slowest_first_look_ms", looks[first]["first_ms"], "ms", PAGE_MS, f": {first}"),
    ]


def phone(node: Path, runs: int) -> list[Figure]:
    """A slow phone: what the situation weighs, first and again, and when it can be used. Nothing without Chromium."""
    if not _CHROMIUM.exists():
        return []
    guest = visit(node, 1, 0)
    port = free_port()
    with _web(node, port), _static() as static, _browser(_CHROMIUM) as browser:
        wait_for(lambda: listens(port))
        address = f"http://127.0.0.1:{port}"
        looks = [_look(browser, address, guest) for _ in range(runs)]
        floors = [_slowed(browser, static, None)[0] for _ in range(runs)]
    first, again, seconds = ([look[i] for look in looks] for i in range(3))
    floor = middle("floor.static_page_slow_phone_s", floors, "s")
    beside = f"; {median(seconds) / floor.value:.1f} x {floor.name}"
    return [
        budget("desk.first_visit_kb", median(first), "kB", FIRST_KB),
        budget("desk.repeat_visit_kb", median(again), "kB", REPEAT_KB),
        budget("desk.slow_phone_s", median(seconds), "s", PHONE_S, beside),
        floor,
    ]


def acknowledge(node: Path, seeds: Sequence[int]) -> list[Figure]:
    """From the link in the message to "acknowledged": 30 kbit/s, 600 ms, 5 % lost. Nothing where no line can be."""
    if not _CHROMIUM.exists() or (missing := obstacle()) is not None:
        sys.stderr.write(
            f"desk.acknowledge_2g is left out: {missing if _CHROMIUM.exists() else 'no Chromium'}\n"
        )
        return []
    links = visit(node, 1, len(seeds))["links"]
    took, sizes, floors = [], [], []
    for seed, link in zip(seeds, links, strict=True):
        with slow_line(30_000, 0.3, 0.05, seed) as line:
            seconds, size = _acknowledged(line, node, link["path"])
        took.append(seconds)
        sizes.append(size / 1_000)
        with slow_line(30_000, 0.3, 0.05, seed) as line, _static(line.listen(line.far)) as static:
            floors.append(_opened(line, static))
    floor = middle("floor.static_page_2g_s", floors, "s")
    worst = f"; the worst of {len(took)} {max(took):.1f} s; {median(took) / floor.value:.1f} x {floor.name}"
    return [
        budget("desk.acknowledge_2g_s", median(took), "s", ACKNOWLEDGE_S, worst),
        budget(
            "desk.acknowledge_2g_kb",
            median(sizes),
            "kB",
            ACKNOWLEDGE_KB,
            f"; the largest {max(sizes):.1f} kB",
        ),
        floor,
    ]


def visit(node: Path, people: int, links: int) -> Any:
    """Sessions of people who have signed in, and links that acknowledge: see :mod:`bench.visit`."""
    command = [sys.executable, "-m", "bench.visit", str(node), str(people), str(links)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=clean()).stdout)


def _web(node: Path, port: int, host: str = "127.0.0.1", before: Sequence[str] = ()) -> Process:
    return Process(*before, sys.executable, "-m", "entente_node.serve", "web", str(node), host, str(port))


@contextmanager
def _browser(program: Path) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=list(_FLAGS))
        yield browser
        browser.close()


def _look(browser: Browser, address: str, visit: Any) -> tuple[float, float, float]:
    """Kilobytes of the first visit and of one more, and seconds until the first could be used."""
    seconds, page, received = _slowed(browser, address, visit)
    page.wait_for_load_state("networkidle")
    first = sum(received) / 1_000
    received.clear()
    page.goto(f"{address}/", wait_until="networkidle")
    again = sum(received) / 1_000
    page.context.close()
    return first, again, seconds


def _slowed(browser: Browser, address: str, visit: Any) -> tuple[float, Page, list[int]]:
    """The page on a phone with 400 kbit/s, 400 ms and a sixth of this processor; until a link can be tapped."""
    context = browser.new_context(**_PHONE)
    if visit is not None:
        context.add_cookies([{"name": visit["cookie"], "value": visit["sessions"][0], "url": address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    tools = context.new_cdp_session(page)
    received: list[int] = []
    tools.on("Network.loadingFinished", lambda one: received.append(int(one["encodedDataLength"])))
    tools.send("Network.enable")
    bytes_a_second = 400_000 / 8
    tools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 400,
            "downloadThroughput": bytes_a_second,
            "uploadThroughput": bytes_a_second,
        },
    )
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    started = time.monotonic()
    page.goto(f"{address}/", wait_until="commit")
    waiting = page.locator("#first a[href^='/alerts/']").first
    waiting.wait_for()
    waiting.tap(trial=True)
    return time.monotonic() - started, page, received


def _acknowledged(line: SlowLine, node: Path, path: str) -> tuple[float, int]:
    port = 8_000  # the namespace is ours alone
    with _web(node, port, line.far.address, line.command(line.far)) as serving, _page_at(line) as page:
        _wait_in(line, port, serving)
        before = line.traffic().bytes
        started = time.monotonic()
        page.goto(f"http://{line.far.address}:{port}{path}")
        page.get_by_role("button").tap()
        page.get_by_role("button").wait_for(state="detached")
        page.get_by_role("heading").wait_for()
        return time.monotonic() - started, line.traffic().bytes - before


def _wait_in(line: SlowLine, port: int, serving: Process) -> None:
    """Until the node listens, asked at its own end: nothing of it crosses the line."""
    ask = f"import socket; socket.create_connection(('{line.far.address}', {port}), 1)"
    command = line.command(line.far, sys.executable, "-c", ask)
    wait_for(lambda: not subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode, 0.2)
    assert serving.child.poll() is None


def _opened(line: SlowLine, static: str) -> float:
    with _page_at(line) as page:
        started = time.monotonic()
        page.goto(f"{static}/")
        page.get_by_role("link").wait_for()
        return time.monotonic() - started


@contextmanager
def _page_at(line: SlowLine) -> Iterator[Page]:
    """A phone at the near end."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        program = line.program(line.near, _CHROMIUM, Path(folder))
        with _browser(program) as browser:
            page = browser.new_context(**_PHONE).new_page()
            page.set_default_timeout(120_000)
            yield page


class _Static(BaseHTTPRequestHandler):
    """One small page."""

    def do_GET(self) -> None:
        """Answer with it, whatever is asked."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(_STATIC)))
        self.end_headers()
        self.wfile.write(_STATIC)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def _static(listening: socket | None = None) -> Iterator[str]:
    """A plain page, served by nothing but Python: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Static, bind_and_activate=listening is None)
    if listening is not None:
        server.socket.close()
        server.socket = listening
    host, port = server.socket.getsockname()[:2]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{host}:{port}"
    server.shutdown()
    server.server_close()
