"""The story of the demonstration, act by act; each checks what it says.

One alert goes from Gao to Tillabéri and its answer comes back; the network is cut and a
stick bridges it; an alert is withheld, with its reason; a third authority gets nothing;
both journals verify. The authorities, the agreement and the alerts are fictional.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import httpx

from entente.errors import EntenteError
from entente_node.cli.words import LANGUAGE, _
from entente_node.demo.stage import Authority, Desk, Stage
from entente_node.speech import say_error

_DATA: Final = files("entente_node.demo")
_SERVICE: Final = "protection-civile"


class Story:
    """What the acts hand on to one another."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.gao: Authority
        self.tillaberi: Authority
        self.kayes: Authority
        self.gao_desk: Desk
        self.tillaberi_desk: Desk
        self.agreement = stage.root / "entente.json"
        self.stick = stage.root / "stick"
        self.carried: list[Path] = []

    def authorities(self) -> None:
        """Three authorities, each with its own keys."""
        stage = self.stage
        stage.act(_("1. Three authorities, no centre"))
        stage.tell(
            _(
                "Gao (Mali) and Tillabéri (Niger) answer to different states. Each runs its own node: its own machine, "
                "database and keys. Kayes is a third authority, which has no agreement with them."
            )
        )
        self.gao = stage.found("gao.ml", "Région de Gao", "GAO", "ML")
        self.tillaberi = stage.found("tillaberi.ne", "Région de Tillabéri", "TIL", "NE")
        self.kayes = stage.found("kayes.ml", "Région de Kayes", "KAY", "ML")
        secret = self.gao.folder / "keys" / "authority.age"
        stage.check(
            _("Gao's authority key is locked with a passphrase, and readable by its owner only."),
            true=secret.stat().st_mode & 0o077 == 0 and secret.read_bytes().startswith(b"age-encryption.org"),
        )

    def agree(self) -> None:
        """A small agreement, signed by both."""
        stage = self.stage
        stage.act(_("2. An agreement that both sign: by default, nothing leaves"))
        draft = json.loads((_DATA / "agreement.json").read_text("utf-8"))
        draft["effective"] = datetime.now(UTC).date().isoformat()
        draft["parties"] = [self._party(authority) for authority in (self.gao, self.tillaberi)]
        self.agreement.write_text(json.dumps(draft, ensure_ascii=False, indent=2), "utf-8")
        stage.tell(
            _(
                "The text says, article by article, what may leave, for whom, how exact, and for how long it is kept. "
                "People sign it; the nodes carry it out. No official text has been published: this one is a model."
            )
        )
        stage.quote(draft["watermark"])
        stage.run(None, "agreement", "check", str(self.agreement))
        stage.run(self.gao, "agreement", "sign", str(self.agreement), "--yes")
        alone = stage.run(self.gao, "agreement", "adopt", str(self.agreement), "--yes", refused=True)
        stage.check(_("With one signature only, it cannot be adopted."), true=bool(alone))
        stage.run(self.tillaberi, "agreement", "sign", str(self.agreement), "--yes")
        stage.run(self.gao, "agreement", "adopt", str(self.agreement), "--yes")
        status = stage.ask(self.gao, "status")["agreements"][0]
        stage.check(_("Both have signed, and in Gao the agreement is in force."), true=status["in_force"])

    def _party(self, authority: Authority) -> dict[str, Any]:
        services = json.loads((_DATA / "services.json").read_text("utf-8"))
        party: dict[str, Any] = self.stage.ask(authority, "key", "show")
        return party | {"services": services[authority.party]}

    def open_desks(self) -> None:
        """Two nodes serve, each with an account at its desk."""
        stage = self.stage
        stage.act(_("3. Two nodes, one line"))
        stage.run(self.gao, "partner", "add", self.tillaberi.party, self.tillaberi.url)
        stage.run(self.tillaberi, "partner", "add", self.gao.party, self.gao.url)
        for authority in (self.gao, self.tillaberi):
            stage.run(authority, "user", "add", _account(authority), "--service", _SERVICE)
            stage.serve(authority)
        stage.wait_until(
            _("Tillabéri learns that the agreement was adopted"),
            lambda: any(a["in_force"] for a in stage.ask(self.tillaberi, "status")["agreements"]),
        )
        stage.check(
            _("Tillabéri heard of the adoption over the line, signed: there too the agreement is in force."),
            true=True,
        )
        self.gao_desk = stage.sign_in(self.gao, _account(self.gao))
        self.tillaberi_desk = stage.sign_in(self.tillaberi, _account(self.tillaberi))

    def alert(self) -> None:
        """One alert, there and back."""
        stage = self.stage
        stage.act(_("4. An alert in Gao is on the desk in Tillabéri"))
        stage.tell(
            _(
                "A warning comes in the format that the world's warning systems write (CAP 1.2). Gao keeps every field. "
                "What leaves is what article A4 names: the locality, not the point; the headline, not the description."
            )
        )
        file = self._cap("alert.xml", "alerte.xml")
        code = self._import(file)
        seconds = stage.wait_until(
            _("the alert travels to Tillabéri"), lambda: code in self.tillaberi_desk.page("/")
        )
        stage.check(
            _(
                "{code} is on Tillabéri's desk {seconds} s later.",
                code=code,
                seconds=f"{seconds:.1f}",
            ),
            true=seconds < 15,  # noqa: PLR2004  a statement for people, far from a measurement
        )
        explained = stage.ask(self.gao, "explain", code, show=True)[0]
        received = stage.run(self.tillaberi, "show", code, "--format", "json")
        stage.check(
            _("What Tillabéri received is, byte for byte, what `explain` says leaves."),
            true=received.strip() == explained["payload"].strip(),
        )
        stage.quote(received)
        stage.check(
            _("The exact point and the description stayed in Gao."),
            true="puits" not in received and "1497412" not in received and '"lat"' not in received,
        )
        original = stage.run(self.gao, "show", code, "--format", "cap", show=False)
        stage.check(
            _("Gao has kept every field of the warning."), true="puits" in original and "14.97412" in original
        )

        stage.tell(_("The duty officer in Tillabéri presses one button, and writes back."))
        self.tillaberi_desk.submit(f"/alerts/{code}/answer", step="acknowledged")
        text = _("EXERCISE: two trucks with water leave Ayorou at once.")
        stage.run(self.tillaberi, "answer", code, "--under-way", "--text", text, "--service", _SERVICE)
        seconds = stage.wait_until(
            _("the answer travels to Gao"),
            lambda: text in self.gao_desk.page(f"/alerts/{code}").replace("&#x27;", "'"),
        )
        dossier = stage.ask(self.gao, "show", code)["dossier"]
        stage.check(
            _("Gao sees that Tillabéri acknowledged, that it acts, and its message."),
            true=[step["step"] for step in dossier["steps"]] == ["acknowledged", "under_way"]
            and {step["party"] for step in dossier["steps"]} == {self.tillaberi.party},
        )

    def cut(self) -> None:
        """The network is cut; a stick bridges it."""
        stage = self.stage
        stage.act(_("5. The network is cut: a stick carries the pouch"))
        stage.cut(self.tillaberi)
        code = self._file(_alert("EXERCICE : le bac ne passe plus", "GREEN"))
        stage.tell(
            _(
                "Tillabéri does not answer any more. {code} is filed in Gao, and waits: nothing is lost.",
                code=code,
            )
        )
        waiting = stage.run(self.gao, "exchange", refused=True)
        stage.quote(waiting)
        stage.check(_("Gao's node says plainly that the line is down."), true=bool(waiting.strip()))
        stage.run(self.gao, "pouch", "write", str(self.stick))
        self.carried = sorted(self.stick.glob("*.pouch"))
        content = b"".join(file.read_bytes() for file in self.carried)
        stage.check(
            _(
                "The stick holds {count} sealed pouch(es), and not one readable word of the alert.",
                count=len(self.carried),
            ),
            true=bool(self.carried) and b"EXERCICE" not in content and code.encode() not in content,
        )
        for file in self.carried:
            (stage.root / f"copy-{file.name}").write_bytes(file.read_bytes())
        stage.run(self.tillaberi, "pouch", "read", str(self.stick))
        stage.check(
            _("In Tillabéri the stick is read: {code} is there.", code=code),
            true=code in [record["code"] for record in stage.ask(self.tillaberi, "list")],
        )
        stage.run(self.tillaberi, "answer", code, "--ack", "--service", _SERVICE)
        stage.run(self.tillaberi, "pouch", "write", str(self.stick))
        stage.run(self.gao, "pouch", "read", str(self.stick))
        stage.check(
            _("The stick comes back, and Gao knows that Tillabéri acknowledged {code}.", code=code),
            true=stage.ask(self.gao, "show", code)["dossier"]["state"] == "acknowledged",
        )
        stage.serve(self.tillaberi)

    def withhold(self) -> None:
        """An alert that the agreement does not let leave, with its reason."""
        stage = self.stage
        stage.act(_("6. What does not leave says so, and why"))
        code = self._file(_alert("EXERCICE : confié sous le sceau", "RED"))
        explained = stage.ask(self.gao, "explain", code, show=True)[0]
        stage.quote(explained["reason"]["text"])
        stage.check(
            _("{code} is marked RED: article A2 withholds it, and Gao's desk says so.", code=code),
            true=explained["outcome"] == "withhold"
            and "A2" in explained["reason"]["text"]
            and "A2" in self.gao_desk.page(f"/alerts/{code}"),
        )
        # The line is open and has carried something later: whatever was to come has come.
        later = self._file(_alert("EXERCICE : le bac passe de nouveau", "GREEN"))
        stage.wait_until(_("a later alert arrives"), lambda: later in self.tillaberi_desk_page())
        codes = [record["code"] for record in stage.ask(self.tillaberi, "list")]
        stage.check(
            _("A later alert, {later}, has arrived in Tillabéri; {code} has not.", later=later, code=code),
            true=later in codes and code not in codes,
        )

    def tillaberi_desk_page(self) -> str:
        """The situation in Tillabéri; after a restart its sessions still hold."""
        return self.tillaberi_desk.page("/")

    def third(self) -> None:
        """The third authority, at every door."""
        stage = self.stage
        stage.act(_("7. The third authority gets nothing"))
        copies = stage.root / "kayes-found-this"
        copies.mkdir()
        for file in stage.root.glob("copy-*.pouch"):
            file.rename(copies / file.name.removeprefix("copy-"))
        refused = self._kayes_reads(copies)
        stage.check(_("Kayes finds a copy of the stick, and its node cannot open one pouch."), true=refused)
        knock = httpx.post(
            f"{self.gao.url}/pouch",
            content=next(copies.glob("*.pouch")).read_bytes(),
            headers={"Content-Type": "application/vnd.entente.pouch"},
            trust_env=False,
        )
        stage.check(
            _("Whoever knocks at Gao's door with a pouch that is not for Gao gets a bare 400."),
            true=knock.status_code == httpx.codes.BAD_REQUEST and len(knock.content) < 64,  # noqa: PLR2004
        )
        recipients = {
            row["recipient"] for code in self._codes() for row in stage.ask(self.gao, "explain", code)
        }
        stage.check(
            _("For every alert of Gao, `explain` knows one recipient only: Tillabéri."),
            true=recipients == {self.tillaberi.party},
        )
        status = stage.ask(self.kayes, "status")
        stage.check(
            _("Kayes' ledger is empty: no record, no journal, no agreement."),
            true=not stage.ask(self.kayes, "list") and not status["agreements"] and not status["partners"],
        )

    def _kayes_reads(self, copies: Path) -> bool:
        # The files' names say nothing; read from a folder of its own, none is for Kayes.
        before = sorted(file.name for file in copies.iterdir())
        answer = json.loads(self.stage.run(self.kayes, "pouch", "read", str(copies), "--json"))
        return not answer["read"] and before == sorted(file.name for file in copies.iterdir())

    def prove(self) -> None:
        """Both journals verify, and an auditor checks them without us."""
        stage = self.stage
        stage.act(_("8. Both sides hold the same proof"))
        for authority in (self.gao, self.tillaberi):
            rows = stage.ask(authority, "verify", show=True)
            stage.check(
                _("{name}: {count} journals, recomputed from their entries, agree with every signature.",
                  name=authority.name, count=len(rows)),
                true=bool(rows) and all(row["problem"] is None for row in rows),
            )  # fmt: skip
        log = next(row["journal"] for row in stage.ask(self.gao, "verify") if row["ours"])
        out = stage.root / "export"
        stage.run(self.gao, "journal", "export", str(out), "--journal", log)
        key = stage.ask(self.gao, "key", "show")["keys"]["log"]
        checkpoint = next(out.rglob("checkpoint"))
        stage.run(None, "journal", "verify", str(checkpoint.parent), "--key", key)
        stage.check(
            _(
                "Gao's journal, exported in a public format (C2SP tlog-tiles), verifies with Gao's public key alone."
            ),
            true=True,
        )
        tile = next(out.rglob("tile/entries/000*/*"), None) or next(out.rglob("tile/entries/*"))
        data = bytearray(tile.read_bytes())
        data[10] ^= 1
        tile.write_bytes(bytes(data))
        stage.run(None, "journal", "verify", str(checkpoint.parent), "--key", key, refused=True)
        stage.check(_("With one bit of it changed, it is refused."), true=True)

    # Pieces of acts

    def _cap(self, source: str, name: str) -> Path:
        sent = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        file = self.stage.root / name
        file.write_text((_DATA / source).read_text("utf-8").replace("{sent}", sent), "utf-8")
        return file

    def _import(self, file: Path) -> str:
        answer = json.loads(
            self.stage.run(
                self.gao, "import", "cap", str(file), "--service", _SERVICE, "--confirm-text", "--json"
            )
        )
        return str(answer["code"])

    def _file(self, record: dict[str, Any]) -> str:
        line = self.stage.root / "alerte.jsonl"
        line.write_text(json.dumps(record, ensure_ascii=False) + "\n", "utf-8")
        answer = json.loads(self.stage.run(self.gao, "file", str(line), "--confirm-text", "--json"))
        return str(answer["filed"][0]["code"])

    def _codes(self) -> list[str]:
        return [record["code"] for record in self.stage.ask(self.gao, "list") if record["local"]]


def _account(authority: Authority) -> str:
    return f"demo-{authority.short.lower()}"


def _alert(headline: str, tlp: str) -> dict[str, Any]:
    return {
        "kind": "alert",
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "place": {
            "code": "labbezanga",
            "scheme": "gao-tillaberi",
            "version": "1",
            "name": "Labbezanga",
            "level": "locality",
        },
        "service": _SERVICE,
        "purpose": "humanitarian",
        "tlp": tlp,
        "status": "Exercise",
        "category": ["Transport"],
        "urgency": "Expected",
        "severity": "Moderate",
        "certainty": "Observed",
        "headline": headline,
    }


def play(*, once: bool, root: Path | None = None) -> int:
    """Play the story; then serve until Ctrl-C, unless ``once``. The exit code: 0 when all was true."""
    stage = Stage((root or Path("demo")).resolve())
    try:
        with stage:
            _tell_title(stage)
            story = Story(stage)
            story.authorities()
            story.agree()
            story.open_desks()
            story.alert()
            story.cut()
            story.withhold()
            story.third()
            story.prove()
            stage.act(_("{count} statements, all checked through public doors.", count=stage.statements))
            if not once:
                _keep_open(stage, story)
    except EntenteError as error:
        stage.console.print(f"   [red]✗ {say_error(error, language=LANGUAGE)}[/]")
        return 1
    except KeyboardInterrupt:
        stage.console.print()
    return 0


def _tell_title(stage: Stage) -> None:
    stage.console.print(f"[bold]{_('Entente: one alert, there and back')}[/]")
    stage.tell(
        _(
            "Two border authorities share what their signed agreement lets them share, and nothing else, with proof. "
            "Everything here is fictional; every line marked ✓ was checked."
        )
    )


def _keep_open(stage: Stage, story: Story) -> None:
    for authority in (story.gao, story.tillaberi):
        link = stage.ask(authority, "user", "link", _account(authority), "--minutes", "720")["url"]
        stage.console.print(f"   {authority.name}: [link={link}]{link}[/link]", soft_wrap=True)
    stage.tell(_("Each link signs in once. Open both side by side; Ctrl-C ends."))
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.pause()
