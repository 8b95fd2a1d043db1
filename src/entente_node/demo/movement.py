"""What moves along the corridor: a month of flows, herds that come early, families, an incident."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Final

from entente_node.cli.words import _
from entente_node.demo.cast import LABBEZANGA, PROTECTION, Cast, alert, now

_DAYS: Final = 35
_MIN_CELL: Final = 5


def flows(cast: Cast) -> None:
    """A month, counted by both sides, reduced before it leaves."""
    stage = cast.stage
    stage.act(_("8. A month of flows, counted by both sides, added up before anything leaves"))
    stage.tell(
        _(
            "Posts on both sides count people, herds and goods: synthetic numbers of one corridor, seen from each side "
            "with its own gaps and errors. No single count leaves: article 11 adds up a week and a district, and does "
            "not say a number of persons below five."
        )
    )
    first = (datetime.now(UTC).date() - timedelta(days=_DAYS)).isoformat()
    table = stage.root / "flux.csv"
    period = ("--from", first, "--days", str(_DAYS), "--seed", "2021")
    stage.run(cast.gao, "simulate", *period, "--kind", "flow-of-people", "--out", str(table))
    imported = stage.ask(cast.gao, "import", "flows", str(table), "--service", "police-frontieres", show=True)
    again = stage.ask(cast.gao, "import", "flows", str(table), "--service", "police-frontieres")
    stage.check(
        _(
            "{count} rows of a table are filed in Gao; the same table again adds nothing.",
            count=imported["filed"],
        ),
        true=imported["filed"] > 0 and again["filed"] == 0,
    )
    stage.run(
        cast.tillaberi,
        "simulate",
        *period,
        "--kind",
        "flow-of-people",
        "--service",
        "police-frontieres",
        "--file",
    )
    for authority in cast.both:
        stage.run(
            authority,
            "simulate",
            *period,
            "--kind",
            "flow-of-livestock",
            "--service",
            "elevage",
            "--file",
            show=False,
        )
    stage.wait_until(_("the closed weeks travel to Tillabéri"), lambda: len(_received(cast)) > 1)
    received = _received(cast)
    cells = [int(value) for row in received for tag, value in row.items() if _tells_persons(tag) and value]
    stage.check(
        _("Tillabéri holds {count} weekly sums of Gao instead, not one number of persons from 1 to 4 among them.",
          count=len(received)),
        true=all(cell == 0 or cell >= _MIN_CELL for cell in cells) and len(received) < imported["filed"],
    )  # fmt: skip
    stage.check(
        _("Not one of them names a post or a place finer than a district."),
        true=all(not value for row in received for tag, value in row.items() if tag.startswith("#loc+post"))
        and not any("labbezanga" in value for row in received for value in row.values()),
    )
    page = cast.desk(cast.gao).page("/flows")
    stage.check(
        _("On the desk both sides' counts stand beside each other, with their difference."),
        true="<svg" in page,
    )


def _tells_persons(tag: str) -> bool:
    return tag.startswith(("#affected", "#population"))


def _received(cast: Cast) -> list[dict[str, str]]:
    """What Tillabéri holds of Gao's flows, as the table that anybody can export: tags to values."""
    table = cast.stage.run(cast.tillaberi, "export", "flows", "--from", cast.gao.party, show=False)
    rows = list(csv.reader(io.StringIO(table)))
    tags = next((row for row in rows if row and row[0].startswith("#")), [])
    return [dict(zip(tags, row, strict=True)) for row in rows[rows.index(tags) + 1 :]] if tags else []


def corridor(cast: Cast) -> None:
    """Each side says how its post stands; a difference is shown, not merged."""
    stage = cast.stage
    report = {
        "kind": "corridor-status",
        "at": now(),
        "place": LABBEZANGA,
        "service": "police-frontieres",
        "purpose": "mobility",
        "tlp": "GREEN",
        "post": "SYN-LABBEZANGA",
        "road": "passable",
    }
    (open_,) = cast.file(cast.gao, report | {"side": cast.gao.party, "status": "open"})
    limited = {"side": cast.tillaberi.party, "status": "restricted", "restriction": ["health_check"]}
    (restricted,) = cast.file(cast.tillaberi, report | limited)
    cast.arrives(_("the state of the corridor travels to Tillabéri"), cast.tillaberi, open_)
    cast.arrives(_("the state of the corridor travels to Gao"), cast.gao, restricted)
    stage.check(
        _("Both sides report on the corridor; they differ, and the map in Gao shows both reports."),
        true={open_, restricted} <= set(cast.codes(cast.gao)) and "<svg" in cast.desk(cast.gao).page("/"),
    )


def herds(cast: Cast) -> None:
    """An early and massive movement of herds raises an alert."""
    stage = cast.stage
    stage.act(_("9. Herds come early, and many: an alert before the conflict"))
    (code,) = cast.file(
        cast.gao,
        alert(
            "EXERCICE : passage massif et précoce de troupeaux vers le sud",
            "GREEN",
            service="elevage",
            purpose="pastoral",
            category=["Env"],
            severity="Severe",
            ttt_kind="prevention",
            ttt_event="massive_movement",
        ),
    )
    cast.arrives(_("the alert travels to Tillabéri"), cast.tillaberi, code)
    livestock, protection = cast.desk(cast.tillaberi, "elevage"), cast.desk(cast.tillaberi)
    stage.check(
        _("{code} is on the desk of Tillabéri's livestock service, which has the mandate; not on civil protection's.",
          code=code),
        true=code in livestock.page("/") and code not in protection.page("/"),
    )  # fmt: skip
    livestock.submit(f"/alerts/{code}/answer", step="acknowledged")
    dossier = stage.wait_for(
        _("the answer travels to Gao"),
        lambda: stage.ask(cast.gao, "show", code)["dossier"],
        lambda found: found["state"] == "acknowledged",
    )
    step = dossier["steps"][0]
    stage.check(
        _(
            "Gao knows that it was seen, by whom, and when: {party}, {at}.",
            party=step["party"],
            at=step["at"],
        ),
        true=step["party"] == cast.tillaberi.party,
    )


def emergency(cast: Cast) -> None:
    """An emergency, and a measure taken together."""
    stage = cast.stage
    stage.act(_("10. An emergency, and one measure of both"))
    (situation,) = cast.file(
        cast.gao,
        {
            "kind": "situation",
            "at": now(),
            "place": LABBEZANGA,
            "service": PROTECTION,
            "purpose": "humanitarian",
            "tlp": "AMBER",
            "about": cast.alert,
            "group": "displaced",
            "cause": "natural_disaster",
            "households": 32,
            "total": 180,
            "women": 60,
            "men": 45,
            "shelter": None,
        },
    )
    cast.arrives(_("the situation travels to Tillabéri"), cast.tillaberi, situation)
    stage.check(
        _(
            "Tillabéri sees 180 displaced people, tied to the alert; girls were not counted: that is not zero."
        ),
        true=(record := stage.ask(cast.tillaberi, "show", situation)["record"])["total"] == 180  # noqa: PLR2004
        and record["about"] == cast.alert
        and "girls" not in record,
    )
    measure = {
        "kind": "action",
        "at": now(),
        "place": LABBEZANGA,
        "service": PROTECTION,
        "purpose": "humanitarian",
        "tlp": "AMBER",
        "about": cast.alert,
        "what": "EXERCICE : distribution d’eau en commun à Labbezanga",
        "services": [f"{authority.party}/{PROTECTION}" for authority in cast.both],
    }
    (proposed,) = cast.file(cast.gao, measure | {"state": "proposed"})
    cast.arrives(_("the proposal travels to Tillabéri"), cast.tillaberi, proposed)
    (accepted,) = cast.file(cast.tillaberi, measure | {"state": "accepted", "about": proposed, "at": now()})
    cast.arrives(_("the consent travels to Gao"), cast.gao, accepted)
    stage.check(
        _(
            "The measure {code} was proposed in Gao and accepted in Tillabéri; both desks say so.",
            code=proposed,
        ),
        true={proposed, accepted} <= set(cast.codes(cast.gao)) & set(cast.codes(cast.tillaberi)),
    )


def incident(cast: Cast) -> None:
    """Behind the wall: only those with the mandate see it."""
    stage = cast.stage
    stage.act(_("11. An incident, behind the wall"))
    (code,) = cast.file(
        cast.gao,
        {
            "kind": "incident",
            "at": now(),
            "place": LABBEZANGA,
            "service": "securite",
            "purpose": "security",
            "tlp": "GREEN",
            "type": "robbery",
            "injured": 0,
            "livestock_lost": 12,
            "description": "EXERCICE. Ce récit reste à Gao.",
        },
    )
    cast.arrives(_("the incident travels to Tillabéri"), cast.tillaberi, code)
    record = stage.ask(cast.tillaberi, "show", code)["record"]
    stage.check(
        _("Tillabéri holds it by district and by day, without a word of the story."),
        true=record["place"]["level"] == "district"
        and len(record["at"]) == len("2021-12-01")
        and "description" not in record,
    )
    wall = cast.desk(cast.tillaberi).status(f"/records/{code}")
    door = cast.desk(cast.tillaberi, "securite").status(f"/records/{code}")
    stage.check(
        _(
            "The security service opens it; civil protection, with the right address, is told that there is nothing."
        ),
        true=(wall, door) == (404, 200),
    )
