"""The exchange itself: an alert there and back, a stick, what stays, who gets nothing, the proof."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx

from entente_node.cli.words import _
from entente_node.demo.cast import PROTECTION, Cast, alert, cap

_SOON = 15.0


def alert_there_and_back(cast: Cast) -> None:
    """One alert, there and back."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    stage.act(_("7. An alert in Gao is on the desk in Tillabéri"))
    stage.tell(
        _(
            "A warning comes in the format that the world's warning systems write (CAP 1.2). Gao keeps every field. "
            "What leaves is what article 7 names: the locality, not the point; the headline, not the description."
        )
    )
    answer = stage.run(
        gao, "import", "cap", str(cap(stage, "alert.xml", "alerte.xml")), "--service", PROTECTION,
        "--confirm-text", "--json",
    )  # fmt: skip
    cast.alert = code = str(json.loads(answer)["code"])
    desk = cast.desk(tillaberi)
    seconds = stage.wait_until(_("the alert travels to Tillabéri"), lambda: code in desk.page("/"))
    stage.check(
        _("{code} is on Tillabéri's desk {seconds} s later.", code=code, seconds=f"{seconds:.1f}"),
        true=seconds < _SOON,
    )
    explained = stage.ask(gao, "explain", code, show=True)[0]
    received = stage.run(tillaberi, "show", code, "--format", "json")
    stage.check(
        _("What Tillabéri received is, byte for byte, what `explain` says leaves."),
        true=received.strip() == explained["payload"].strip(),
    )
    stage.quote(received)
    stage.check(
        _("The exact point and the description stayed in Gao."),
        true="puits" not in received and "1497412" not in received and '"lat"' not in received,
    )
    original = stage.run(gao, "show", code, "--format", "cap", show=False)
    stage.check(
        _("Gao has kept every field of the warning."), true="puits" in original and "14.97412" in original
    )

    stage.tell(_("The duty officer in Tillabéri presses one button, and writes back."))
    desk.submit(f"/alerts/{code}/answer", step="acknowledged")
    text = _("EXERCISE: two trucks with water leave Ayorou at once.")
    stage.run(tillaberi, "answer", code, "--under-way", "--text", text, "--service", PROTECTION)
    steps = stage.wait_for(
        _("the answer travels to Gao"),
        lambda: stage.ask(gao, "show", code)["dossier"].get("steps", []),
        lambda found: len(found) == 2,  # noqa: PLR2004  acknowledged, and under way
    )
    stage.check(
        _("Gao sees that Tillabéri acknowledged, that it acts, and its message."),
        true=[step["step"] for step in steps] == ["acknowledged", "under_way"]
        and {step["party"] for step in steps} == {tillaberi.party}
        and stage.as_html(text) in cast.desk(gao).page(f"/alerts/{code}"),
    )


def cut(cast: Cast) -> None:
    """The network is cut; a stick bridges it."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    stage.act(_("14. The network is cut: a stick carries the pouch"))
    stick = stage.root / "stick"
    stage.cut(tillaberi)
    (code,) = cast.file(gao, alert("EXERCICE : le bac ne passe plus", "GREEN"))
    stage.tell(
        _(
            "Tillabéri does not answer any more. {code} is filed in Gao, and waits: nothing is lost.",
            code=code,
        )
    )
    waiting = stage.run(gao, "exchange", refused=True)
    stage.quote(waiting)
    stage.check(_("Gao's node says plainly that the line is down."), true=bool(waiting.strip()))
    stage.run(gao, "pouch", "write", str(stick))
    carried = sorted(stick.glob("*.pouch"))
    content = b"".join(file.read_bytes() for file in carried)
    stage.check(
        _(
            "The stick holds {count} sealed pouch(es), and not one readable word of the alert.",
            count=len(carried),
        ),
        true=bool(carried) and b"EXERCICE" not in content and code.encode() not in content,
    )
    copies = stage.root / "kayes-found-this"
    copies.mkdir()
    for file in carried:
        (copies / file.name).write_bytes(file.read_bytes())
    stage.run(tillaberi, "pouch", "read", str(stick))
    stage.check(
        _("In Tillabéri the stick is read: {code} is there.", code=code), true=code in cast.codes(tillaberi)
    )
    stage.run(tillaberi, "answer", code, "--ack", "--service", PROTECTION)
    stage.run(tillaberi, "pouch", "write", str(stick))
    stage.run(gao, "pouch", "read", str(stick))
    stage.check(
        _("The stick comes back, and Gao knows that Tillabéri acknowledged {code}.", code=code),
        true=stage.ask(gao, "show", code)["dossier"]["state"] == "acknowledged",
    )
    stage.serve(tillaberi)


def withhold(cast: Cast) -> None:
    """An alert that the agreement does not let leave; a third authority, at every door."""
    stage, gao, tillaberi = cast.stage, cast.gao, cast.tillaberi
    stage.act(_("15. What does not leave says why, and the third authority gets nothing"))
    (code,) = cast.file(gao, alert("EXERCICE : confié sous le sceau", "RED"))
    explained = stage.ask(gao, "explain", code, show=True)[0]
    stage.quote(explained["reason"]["text"])
    page = stage.wait_for(
        _("Gao's desk says why"),
        lambda: cast.desk(gao).page(f"/alerts/{code}"),
        lambda text: re.search(r"article\s5\b", text, re.IGNORECASE) is not None,
    )
    stage.check(
        _("{code} is marked RED: article 5 withholds it, and Gao's desk says so.", code=code),
        true=explained["outcome"] == "withhold" and code in page,
    )
    # The line is open and has carried something later: whatever was to come has come.
    (later,) = cast.file(gao, alert("EXERCICE : le bac passe de nouveau", "GREEN"))
    cast.arrives(_("a later alert arrives"), tillaberi, later)
    stage.check(
        _("A later alert, {later}, has arrived in Tillabéri; {code} has not.", later=later, code=code),
        true=code not in cast.codes(tillaberi),
    )
    _third(cast, stage.root / "kayes-found-this")


def _third(cast: Cast, copies: Path) -> None:
    stage = cast.stage
    before = sorted(file.name for file in copies.iterdir())
    answer = json.loads(stage.run(cast.kayes, "pouch", "read", str(copies), "--json"))
    stage.check(
        _("Kayes finds a copy of the stick, and its node cannot open one pouch."),
        true=not answer["read"] and before == sorted(file.name for file in copies.iterdir()),
    )
    knock = httpx.post(
        f"{cast.gao.url}/pouch",
        content=next(copies.glob("*.pouch")).read_bytes(),
        headers={"Content-Type": "application/vnd.entente.pouch"},
        trust_env=False,
    )
    stage.check(
        _("Whoever knocks at Gao's door with a pouch that is not for Gao gets a bare 400."),
        true=knock.status_code == httpx.codes.BAD_REQUEST and len(knock.content) < 64,  # noqa: PLR2004
    )
    recipients = {row["recipient"] for row in stage.ask(cast.gao, "explain", cast.alert)}
    status = stage.ask(cast.kayes, "status")
    stage.check(
        _("`explain` knows one recipient only, Tillabéri; Kayes' ledger holds no record and no journal."),
        true=recipients == {cast.tillaberi.party}
        and not stage.ask(cast.kayes, "list")
        and not status["agreements"]
        and not status["partners"],
    )


def prove(cast: Cast) -> None:
    """Both journals verify, and an auditor checks them without us."""
    stage = cast.stage
    stage.act(_("18. Both sides hold the same proof"))
    for authority in cast.both:
        rows = stage.ask(authority, "verify", show=True)
        stage.check(
            _("{name}: {count} journals, recomputed from their entries, agree with every signature.",
              name=authority.name, count=len(rows)),
            true=bool(rows) and all(row["problem"] is None for row in rows),
        )  # fmt: skip
    log = next(row["journal"] for row in stage.ask(cast.gao, "verify") if row["ours"])
    out = stage.root / "export"
    stage.run(cast.gao, "journal", "export", str(out), "--journal", log)
    key = stage.ask(cast.gao, "key", "show")["keys"]["log"]
    folder = next(out.rglob("checkpoint")).parent
    told = stage.run(None, "journal", "verify", str(folder), "--key", key)
    stage.check(
        _(
            "Gao's journal, exported in a public format (C2SP tlog-tiles), verifies with Gao's public key alone."
        ),
        true=log in told,
    )
    tile = max(folder.glob("tile/entries/**/*"))
    data = bytearray(tile.read_bytes())
    data[10] ^= 1
    tile.write_bytes(bytes(data))
    told = stage.run(None, "journal", "verify", str(folder), "--key", key, refused=True, show=False)
    stage.check(_("With one bit of it changed, it is refused."), true=log in told or bool(told))
