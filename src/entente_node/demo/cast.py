"""Who plays in the demonstration, and the small things that several acts do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from entente_node.demo.stage import Authority, Desk, Stage

DATA: Final = files("entente_node.demo")
PROTECTION: Final = "protection-civile"
CABINET: Final = "gouvernorat"
LABBEZANGA: Final = {
    "code": "labbezanga",
    "scheme": "gao-tillaberi",
    "version": "1",
    "name": "Labbezanga",
    "level": "locality",
}


@dataclass
class Cast:
    """The authorities, their desks, and what the acts hand on to one another."""

    stage: Stage
    gao: Authority = field(init=False)
    tillaberi: Authority = field(init=False)
    kayes: Authority = field(init=False)
    desks: dict[tuple[str, str], Desk] = field(default_factory=dict)
    """An open desk by (party, service)."""
    communique: str = ""
    alert: str = ""
    before: int | None = None
    """What the indicator of records exchanged a week said when it was promised."""

    @property
    def both(self) -> tuple[Authority, Authority]:
        """The two that have an agreement."""
        return self.gao, self.tillaberi

    def desk(self, authority: Authority, service: str = PROTECTION) -> Desk:
        """The desk of a service, signed in by a one-time link the first time."""
        key = (authority.party, service)
        if key not in self.desks:
            self.desks[key] = self.stage.sign_in(authority, account_of(authority, service))
        return self.desks[key]

    def file(self, authority: Authority, *records: dict[str, Any], show: bool = True) -> list[str]:
        """File records with `entente file`; their codes ("" for those that have none)."""
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        name = self.stage.root / f"{records[0]['kind']}.jsonl"
        name.write_text(lines, "utf-8")
        answer = json.loads(
            self.stage.run(authority, "file", str(name), "--confirm-text", "--json", show=show)
        )
        return [row["code"] or "" for row in answer["filed"]]

    def codes(self, authority: Authority) -> list[str]:
        """The codes of everything that a node holds."""
        return [row["code"] for row in self.stage.ask(authority, "list") if row["code"]]

    def arrives(self, what: str, authority: Authority, code: str) -> float:
        """Wait until a record is on a node; the seconds that it took."""
        return self.stage.wait_until(what, lambda: code in self.codes(authority))


def account_of(authority: Authority, service: str) -> str:
    """The fictional account of a service: a function, never a person."""
    return f"{authority.short.lower()}-{service}"


def now() -> str:
    """This second, as records say it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def alert(headline: str, tlp: str, **more: Any) -> dict[str, Any]:
    """A fictional alert from Labbezanga."""
    return {
        "kind": "alert",
        "at": now(),
        "place": LABBEZANGA,
        "service": PROTECTION,
        "purpose": "humanitarian",
        "tlp": tlp,
        "status": "Exercise",
        "category": ["Transport"],
        "urgency": "Expected",
        "severity": "Moderate",
        "certainty": "Observed",
        "headline": headline,
    } | more


def data(name: str) -> Any:
    """One of the files beside this module."""
    return json.loads((DATA / name).read_text("utf-8"))


def cap(stage: Stage, source: str, name: str) -> Path:
    """A CAP file of the demonstration with today's instants."""
    file = stage.root / name
    sent = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    file.write_text((DATA / source).read_text("utf-8").replace("{sent}", sent), "utf-8")
    return file
