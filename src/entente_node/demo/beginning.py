"""The beginning: the meeting that the source describes, three authorities, an agreement, two desks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from entente_node.cli.words import _
from entente_node.demo.cast import CABINET, PROTECTION, Cast, account_of, data
from entente_node.demo.stage import Authority

_OFFICES = (PROTECTION, CABINET, "elevage", "securite")
"""The services that have an account in the demonstration."""


def meeting_of_gao(cast: Cast) -> None:
    """What happened, as its source says it; nothing here is ours."""
    stage = cast.stage
    stage.act(_("1. Gao, 1 and 2 December 2021: what this is for"))
    stage.tell(
        _(
            "The authorities of two neighbouring regions met in Gao: governors or those who represent them, border "
            "services, prefects of the border districts, women's and youth organisations. They face together "
            "emergencies, flows of people, goods and herds, and armed groups. In a joint communiqué they committed to "
            "exchange information, to coordinate their services, to formalise an agreement, and to meet again in "
            "Tillabéri. The International Organization for Migration facilitated, Germany funded."
        )
    )
    stage.quote(
        "mali.iom.int/news/rencontre-bilaterale-entre-les-autorites-des-regions-de-gao-au-mali-et-de-tillaberi-au-niger-sur-la-cooperation-transfrontaliere"
    )
    stage.tell(_("That meeting is real. Everything that follows is fictional, and says so."))


def authorities(cast: Cast) -> None:
    """Three authorities, each with its own keys."""
    stage = cast.stage
    stage.act(_("2. Three authorities, no centre"))
    stage.tell(
        _(
            "Gao (Mali) and Tillabéri (Niger) answer to different states. Each runs its own node: its own machine, "
            "database and keys. Kayes is a third authority, which has no agreement with them."
        )
    )
    cast.gao = stage.found("gao.ml", "Région de Gao", "GAO", "ML")
    cast.tillaberi = stage.found("tillaberi.ne", "Région de Tillabéri", "TIL", "NE")
    cast.kayes = stage.found("kayes.ml", "Région de Kayes", "KAY", "ML")
    secret = cast.gao.folder / "keys" / "authority.age"
    stage.check(
        _("Gao's authority key is locked with a passphrase, and readable by its owner only."),
        true=secret.stat().st_mode & 0o077 == 0 and secret.read_bytes().startswith(b"age-encryption.org"),
    )


def agree(cast: Cast) -> None:
    """The model agreement, signed by both."""
    stage = cast.stage
    stage.act(_("3. An agreement that both sign: by default, nothing leaves"))
    stage.tell(
        _(
            "The text says, article by article, what may leave, for whom, how exact, and for how long it is kept. "
            "People sign it; the nodes carry it out. No official text has been published: this one is a model."
        )
    )
    draft = data("agreement.json")
    draft["effective"] = datetime.now(UTC).date().replace(day=1).isoformat()
    draft["parties"] = [_party(cast, authority) for authority in cast.both]
    file = stage.root / "entente.json"
    file.write_text(json.dumps(draft, ensure_ascii=False, indent=2), "utf-8")
    stage.quote(draft["watermark"])
    stage.run(None, "agreement", "check", str(file))
    stage.run(cast.gao, "agreement", "sign", str(file), "--yes")
    alone = stage.run(cast.gao, "agreement", "adopt", str(file), "--yes", refused=True)
    stage.check(_("With one signature only, it cannot be adopted."), true=bool(alone))
    stage.run(cast.tillaberi, "agreement", "sign", str(file), "--yes")
    stage.run(cast.gao, "agreement", "adopt", str(file), "--yes")
    status = stage.ask(cast.gao, "status")["agreements"][0]
    stage.check(_("Both have signed, and in Gao the agreement is in force."), true=status["in_force"])


def _party(cast: Cast, authority: Authority) -> dict[str, Any]:
    party: dict[str, Any] = cast.stage.ask(authority, "key", "show")
    return party | {"services": data("services.json")[authority.party]}


def open_desks(cast: Cast) -> None:
    """Two nodes serve, with an account for each of some services."""
    stage = cast.stage
    stage.act(_("4. Two nodes, one line"))
    stage.run(cast.gao, "partner", "add", cast.tillaberi.party, cast.tillaberi.url)
    stage.run(cast.tillaberi, "partner", "add", cast.gao.party, cast.gao.url)
    for authority in cast.both:
        for service in _OFFICES:
            stage.run(
                authority, "user", "add", account_of(authority, service), "--service", service,
                "--role", "coordinator" if service in {PROTECTION, CABINET} else "officer",
                show=service == PROTECTION,
            )  # fmt: skip
    stage.serve(*cast.both)
    stage.wait_until(
        _("Tillabéri learns that the agreement was adopted"),
        lambda: any(a["in_force"] for a in stage.ask(cast.tillaberi, "status")["agreements"]),
    )
    stage.check(
        _("Tillabéri heard of the adoption over the line, signed: there too the agreement is in force."),
        true=stage.ask(cast.tillaberi, "status")["agreements"][0]["signed_by"]
        == [cast.gao.party, cast.tillaberi.party],
    )
