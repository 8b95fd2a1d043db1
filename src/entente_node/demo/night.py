"""The desk at night: from alert to response, and what cannot leave."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from entente_node.cli.words import _
from entente_node.demo.cast import PROTECTION, Cast, alert

_DUTY: Final = "permanence"
_BACKUP: Final = "suppleance"
_TELEPHONE: Final = "+22700000001"
_ZONE: Final = ZoneInfo("Africa/Niamey")
"""The rota's clocks are those of the agreement."""


def response(cast: Cast) -> None:
    """An alert at night goes past an absent officer to the backup, who acknowledges from the message."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    stage.act(_("12. Two in the morning: from alert to response"))
    stage.tell(
        _(
            "In Tillabéri the rota says who is on duty: functions, never persons. Tonight the officer on duty is "
            "declared absent. Messages go through a gateway; the one of the demonstration only keeps what it gets."
        )
    )
    now = datetime.now(_ZONE)
    begin, end = ((now + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M") for h in (-1, 23))
    for function, name, telephone in (
        (_DUTY, "Permanence", _TELEPHONE),
        (_BACKUP, "Suppléance", "+22700000002"),
    ):
        stage.run(
            tillaberi,
            "duty",
            "function",
            PROTECTION,
            function,
            "--name",
            name,
            "--telephone",
            telephone,
            show=False,
        )
    stage.run(
        tillaberi,
        "duty",
        "add",
        PROTECTION,
        _DUTY,
        "--from",
        "00:00",
        "--until",
        "00:00",
        "--backup",
        _BACKUP,
    )
    number = stage.ask(tillaberi, "duty", "publish", PROTECTION)["code"]
    cast.arrives(_("the duty telephone travels to Gao"), gao, number)
    stage.run(tillaberi, "duty", "turn", PROTECTION, _DUTY, "--from", begin, "--until", end, "--absent")
    with _gateway() as (address, messages):
        stage.run(
            tillaberi, "channel", "add", address, "--service", PROTECTION, "--function", _BACKUP,
            "--telephone", "+22700000002", "--label", "Téléphone de la suppléance",
        )  # fmt: skip
        (code,) = cast.file(
            gao,
            alert(
                "EXERCICE : crue soudaine à Labbezanga, familles isolées",
                "GREEN",
                category=["Met"],
                urgency="Immediate",
                severity="Extreme",
            ),
        )
        stage.wait_until(_("the gateway is handed a message"), lambda: any(code in one for one in messages))
        text = next(one for one in messages if code in one)
    stage.quote(text)
    stage.check(
        _("The text alone says what, where, how severe, its code and the deadline; it went to the backup."),
        true="Labbezanga" in text and code in text,
    )
    link = re.search(r"https?://\S+/a/[\w-]+", text)
    stage.check(_("It has a link that acknowledges."), true=link is not None)
    _press(cast, code, link[0] if link else "")


def _press(cast: Cast, code: str, link: str) -> None:
    """The link: opened, it changes nothing; its button acknowledges, once."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    with httpx.Client(trust_env=False, timeout=20) as telephone:
        opened = telephone.get(link)
        before = stage.ask(tillaberi, "show", code)["dossier"]["state"]
        pressed = telephone.post(link)
        again = telephone.post(link)
    size = len(opened.content) + len(pressed.content)
    stage.check(
        _("Opening the link changes nothing; its one button acknowledges, once. Both pages: {size} bytes.",
          size=size),
        true=before == "new" and pressed.is_success and not again.is_success,
    )  # fmt: skip
    steps = stage.wait_for(
        _("the answer travels to Gao"),
        lambda: stage.ask(gao, "show", code)["dossier"].get("steps", []),
        lambda found: any(step["step"] == "acknowledged" for step in found),
    )
    answered = next(step for step in steps if step["step"] == "acknowledged")
    stage.check(
        _("Gao sees that Tillabéri's backup acknowledged, and that it was called: {steps}.",
          steps=", ".join(step["step"] for step in steps)),
        true=answered.get("function") == _BACKUP and len(steps) > 1,
    )  # fmt: skip
    figures = [stage.ask(authority, "duty", "figures") for authority in cast.both]
    stage.run(gao, "duty", "figures")
    stage.check(
        _("Both nodes count the same: how long each side took to acknowledge, against the agreement."),
        true=figures[0] == figures[1],
    )


def photo(cast: Cast) -> None:
    """A photo of the ford: small, stripped, confirmed by a person, in parts after what is urgent."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    file, small = stage.root / "gue.jpg", stage.root / "gue-reduit.jpg"
    _draw(file)
    stage.run(gao, "attach", cast.alert, str(file), "--preview", str(small), show=False)
    caption = "EXERCICE : le gué, dessiné"
    stage.run(gao, "attach", cast.alert, str(file), "--caption", caption, "--confirm")
    desk = cast.desk(tillaberi)
    stage.wait_until(
        _("the photo travels to Tillabéri"),
        lambda: f'alt="{stage.as_html(caption)}"' in desk.page(f"/alerts/{cast.alert}"),
    )
    stage.check(
        _("A photo of {before} bytes with a position in it leaves as {after} bytes without; Tillabéri sees it.",
          before=file.stat().st_size, after=small.stat().st_size),
        true=b"Exif" in file.read_bytes() and b"Exif" not in small.read_bytes(),
    )  # fmt: skip


def _draw(file: Path) -> None:
    """A picture that nobody took: sand, water, sky; with the metadata that a telephone would add."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (2400, 1600), "#9cc4dc")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 700, 2400, 1600), fill="#d8c48e")
    draw.polygon([(0, 1100), (900, 950), (1500, 1050), (2400, 900), (2400, 1250), (0, 1350)], fill="#4f7fa3")
    draw.text((60, 60), "EXERCICE : image synthétique", fill="#14212a", font_size=90)
    exif = Image.Exif()
    exif[0x010F] = "synthetic"  # the maker
    exif.get_ifd(0x8825)[1] = "N"  # a position: what must not travel
    image.save(file, "JPEG", quality=95, exif=exif)


def exceptional(cast: Cast) -> None:
    """What cannot leave says whom to call; two functions together release it."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    stage.act(_("13. When it cannot leave: whom to call, and two who decide together"))
    (code,) = cast.file(
        gao, alert("EXERCICE : puits empoisonné près de Labbezanga", "AMBER+STRICT", severity="Extreme")
    )
    page = stage.wait_for(
        _("Gao's desk says why"),
        lambda: cast.desk(gao).page(f"/alerts/{code}"),
        lambda text: f"tel:{_TELEPHONE}" in text,
    )
    stage.check(
        _("{code} stays in Gao. Its page says so at once, why, and gives the duty telephone of Tillabéri.",
          code=code),
        true=code in page and code not in cast.codes(tillaberi),
    )  # fmt: skip
    why = _("Lives are in danger (exercise).")
    deciders = (("prefecture-ansongo", "prefet"), (PROTECTION, "directeur"))
    for service, function in deciders:
        stage.run(gao, "user", "add", f"gao-{function}", "--service", service, "--duty", function, show=False)
    to = ("--article", "E1", "--to", tillaberi.party, "--why", why)
    for at, (service, function) in enumerate(deciders):
        stage.run(gao, "exception", "approve", code, *to, "--service", service, "--function", function)
        if at == 0:
            (later,) = cast.file(gao, alert("EXERCICE : la ligne est ouverte", "GREEN"))
            cast.arrives(_("a later alert arrives"), tillaberi, later)
            stage.check(
                _(
                    "One function decides: it stays. An alert filed later has arrived, {code} has not.",
                    code=code,
                ),
                true=code not in cast.codes(tillaberi),
            )
    cast.arrives(_("the alert travels to Tillabéri"), tillaberi, code)
    record = stage.ask(tillaberi, "show", code)["record"]
    stage.check(
        _("Two decide together, and it leaves. Tillabéri sees under which article, and which functions: {who}.",
          who=", ".join(record["released_by"])),
        true=len(record["released_by"]) == len(deciders) and record["article"].endswith("#E1"),
    )  # fmt: skip
    cast.desk(tillaberi).submit(f"/alerts/{code}/answer", step="acknowledged")
    stage.wait_until(
        _("the answer travels to Gao"),
        lambda: stage.ask(gao, "show", code)["dossier"]["state"] == "acknowledged",
    )
    stage.check(
        _("What was released so is answered like anything else: Gao knows that it was acknowledged."),
        true=stage.ask(gao, "show", code)["dossier"]["state"] == "acknowledged",
    )
    log = stage.ask(gao, "audit", "verify", show=True)
    stage.check(
        _(
            "Who saw and did what is in a log whose every entry holds the one before: {count} in Gao.",
            count=log["size"],
        ),
        true=log["size"] > 0 and log["verified"],
    )


@contextmanager
def _gateway() -> Iterator[tuple[str, list[str]]]:
    """A gateway on this machine that takes messages and keeps them: its address as apprise has it, and its list."""
    messages: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            messages.append(str(body.get("message", "")))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing: the story is on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"json://127.0.0.1:{server.server_port}/", messages
        server.shutdown()
        thread.join()
