"""The pictures of the READMEs, made from the demonstration: ``docs/images/*.png``.

``make screenshots`` plays ``entente demo`` in a folder that is thrown away, signs in with the links
that it prints, opens each page in the system's Chromium and takes a picture of a fixed size. Nobody
draws, cuts or retouches: what a picture shows is what the demonstration shows. The last thing it
prints is what ``entente explain`` says of the story's alert, in both languages, for the READMEs.

Everything in the pictures is fictional, and they say so.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

OUT: Final = Path(__file__).resolve().parents[1] / "docs/images"
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--force-color-profile=srgb",
)
STORY: Final = "180 personnes"
"""Words of the title of the alert that the story is about."""
WAITING: Final = "le bac passe de nouveau"
"""Words of the title of one that waits for an answer in Tillabéri."""
NIGHT: Final = "crue soudaine"
"""Words of the title of the one that the backup acknowledged at night."""
RELEASED: Final = "puits empoisonné"
"""Words of the title of the one that two functions released together."""
PHONE: Final = 360
LIMIT: Final = 1_400_000
"""Bytes of all pictures together: whoever clones this may be on a slow line."""


@dataclass(frozen=True)
class Stage:
    """What the demonstration says once it has played: an address and a link for each side."""

    folder: Path
    gao: str
    tillaberi: str
    both: str


def main() -> None:
    """Make every picture again."""
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as stage:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            code = take(browser, stage)
            browser.close()
        for language in ("fr_FR.UTF-8", "en_GB.UTF-8"):
            say(f"\n$ entente --node gao explain {code}\n{explain(stage, code, language)}")
    size = sum(file.stat().st_size for file in OUT.glob("*.png"))
    say(f"{size:,} bytes of pictures in {OUT}")
    if size > LIMIT:
        raise SystemExit(f"that is more than {LIMIT:,}: cut a picture, or make it smaller")


def say(text: str) -> None:
    """A line for whoever runs this."""
    sys.stdout.write(text + "\n")


@contextmanager
def demonstration(folder: Path) -> Iterator[Stage]:
    """The demonstration, played to its end and serving; stopped afterwards."""
    playing = subprocess.Popen(
        [sys.executable, "-m", "entente_node.cli", "demo"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ
        | {"LANG": "fr_FR.UTF-8", "LC_ALL": "", "LANGUAGE": "", "PYTHONUNBUFFERED": "1", "COLUMNS": "100"},
    )
    try:
        yield listen(playing, folder / "demo")
    finally:
        playing.terminate()
        playing.wait(60)


def listen(playing: subprocess.Popen[str], folder: Path) -> Stage:
    """Read what the demonstration prints until it has printed its links."""
    links: list[str] = []
    lines: list[str] = []
    for line in playing.stdout or ():
        lines.append(line)
        links += re.findall(r"(http://\S+/sign-in/\S+)", line)
        both = re.search(r"(http://127\.0\.0\.1:\d+/)\s*$", line)
        if links and both:
            # For each service, Gao's link and Tillabéri's; civil protection comes first.
            return Stage(folder, links[0], links[1], both[1])
    raise SystemExit("the demonstration ended before its links:\n" + "".join(lines[-12:]))


def take(browser: Browser, stage: Stage) -> str:
    """Take each picture; the code of the alert that the story is about."""
    desk = browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR", color_scheme="light")
    page = desk.new_page()
    gao, tillaberi = sign_in(page, stage.gao), sign_in(page, stage.tillaberi)
    settle(page, f"{gao}/")

    picture(page, "situation", f"{gao}/", 1000)
    page.get_by_role("link", name=STORY).first.click()
    code = page.url.rsplit("/", 1)[-1]
    picture(page, "flows", f"{gao}/flows", 1000)
    picture(page, "exchange", f"{gao}/exchange", 660)
    picture(page, "agreement", f"{gao}/agreement/gao-tillaberi", 900, top="article:has(.badge.closed)")
    picture(page, "commitments", f"{gao}/dialogue", 700, top="section[aria-labelledby=commitments]")
    page.goto(f"{gao}/dialogue")
    communique = page.locator("a[href*='/dialogue/communiques/']").first.get_attribute("href")
    picture(page, "communique", f"{gao}{communique}", 740)
    picture(page, "services", f"{gao}/agreement/gao-tillaberi", 560, top="section[aria-labelledby=parties]")
    picture(page, "measures", f"{gao}/measures?state=all", 560)
    picture(page, "public", f"{gao}/public", 560)
    picture(page, "both-desks", stage.both, 900)
    picture(page, "duty", f"{tillaberi}/duty", 760)
    for name, title, height in (("response", NIGHT, 900), ("cannot-leave", RELEASED, 620)):
        page.goto(f"{gao}/?state=all")
        page.get_by_role("link", name=title).first.click()
        picture(page, name, page.url, height)
    page.goto(f"{tillaberi}/")
    page.get_by_role("link", name=WAITING).first.click()
    waiting, cookies = page.url, desk.cookies()
    desk.close()

    guarded = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="fr-FR", color_scheme="light"
    )
    page = guarded.new_page()
    sign_in(page, link_of(stage, "gao-securite"))
    picture(page, "incident", f"{gao}/records?kind=incident", 430)
    guarded.close()

    phone = browser.new_context(
        viewport={"width": PHONE, "height": 780}, locale="fr-FR", color_scheme="dark", has_touch=True
    )
    phone.add_cookies(cookies)  # type: ignore[arg-type]  # what cookies() gives is what add_cookies() takes
    picture(phone.new_page(), "alert-phone", waiting, 860)
    phone.close()
    return code


def link_of(stage: Stage, account: str) -> str:
    """A one-time link for an account of Gao's."""
    words = ["--node", str(stage.folder / "gao"), "user", "link", account, "--json"]
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "entente_node.cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return str(json.loads(done.stdout)["url"])


def sign_in(page: Page, link: str) -> str:
    """Open a one-time link and press its button, as a person does; the address of the desk."""
    base = link.split("/sign-in/", maxsplit=1)[0]
    page.goto(link)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{base}/")
    return base


def settle(page: Page, url: str) -> None:
    """Wait until the partner holds everything: pictures taken twice show the same."""
    wait(page, url, lambda: expect(page.get_by_text("a tout reçu").first).to_be_visible(timeout=500))


def wait(page: Page, url: str, holds: Callable[[], None], tries: int = 40) -> None:
    """Open a page again until something holds on it."""
    for _ in range(tries):
        page.goto(url)
        try:
            return holds()
        except AssertionError:
            page.wait_for_timeout(1000)
    raise SystemExit(f"{url} did not settle")


def picture(page: Page, name: str, url: str, height: int, *, top: str = "") -> None:
    """A picture of the page, ``height`` pixels from its top or from an element, unfolded: as wide as the viewport."""
    width = (page.viewport_size or ViewportSize(width=1280, height=800))["width"]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(url, wait_until="networkidle")
    if top:
        for fold in page.locator(top).first.locator("details").all():
            fold.locator("summary").click()
        page.locator(top).first.evaluate(
            "one => window.scrollTo(0, window.scrollY + one.getBoundingClientRect().top - 16)"
        )
    file = OUT / f"{name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    with Image.open(file) as taken:
        # 256 colours show all that a page has, in a third of the bytes.
        taken.convert("RGB").quantize(256).save(file, optimize=True)
    say(f"{name}.png {width} x {height}")


def explain(stage: Stage, code: str, language: str) -> str:
    """What the command says of the alert, in a language."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "entente_node.cli", "--node", str(stage.folder / "gao"), "explain", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env=os.environ | {"LANG": language, "LC_ALL": "", "LANGUAGE": "", "COLUMNS": "100"},
    )
    return done.stdout


if __name__ == "__main__":
    main()
