"""The dialogue: a meeting, a communiqué signed by both, what becomes of its promises."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from entente_node.cli.words import _
from entente_node.demo.cast import CABINET, Cast, data, now
from entente_node.demo.stage import Authority

_WEEKS_AHEAD = 26


def communique(cast: Cast) -> None:
    """Drafted in Gao, agreed and signed in Tillabéri, signed in Gao; then public."""
    stage = cast.stage
    stage.act(_("5. A communiqué, drafted on one side, agreed by the other, signed by both"))
    stage.tell(
        _(
            "The governor of Tillabéri was represented by a director general: who signs, signs for whom he represents."
        )
    )
    file = stage.root / "communique.json"
    stage.run(cast.gao, "communique", "draft", str(file), "--service", CABINET)
    draft = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(draft | data("communique.json"), ensure_ascii=False, indent=2), "utf-8")
    cast.communique = code = json.loads(stage.run(cast.gao, "communique", "propose", str(file), "--json"))[
        "code"
    ]
    cast.arrives(_("the draft travels to Tillabéri"), cast.tillaberi, code)
    early = stage.run(cast.gao, "communique", "sign", code, "--yes", refused=True)
    stage.check(_("Nobody can sign what the other side has not agreed to."), true=bool(early))
    stage.run(cast.tillaberi, "communique", "agree", code, "--service", CABINET)
    stage.run(cast.tillaberi, "communique", "sign", code, "--yes")
    stage.wait_until(
        _("Tillabéri's consent and signature travel to Gao"),
        lambda: cast.tillaberi.party in _signed(cast, cast.gao, code),
    )
    stage.run(cast.gao, "communique", "sign", code, "--yes")
    stage.wait_until(
        _("Gao's signature travels to Tillabéri"),
        lambda: len(_signed(cast, cast.tillaberi, code)) == len(cast.both),
    )
    note = stage.run(cast.tillaberi, "communique", "show", code, "--note", show=False)
    stage.check(
        _("Both authorities have signed the same words; the note carries both lines."),
        true=all(f"— {authority.party}/authority " in note for authority in cast.both),
    )
    public = stage.open_public(cast.tillaberi, "/public")
    stage.check(
        _("It is marked CLEAR: anybody can read it on the public page of either node, without signing in."),
        true=draft_words() in public,
    )


def _signed(cast: Cast, authority: Authority, code: str) -> list[str]:
    shown = cast.stage.ask(authority, "communique", "show", code)
    return [row["party"] for row in shown["signatures"] if row["held_since"]]


def draft_words() -> str:
    """Words that only the public communiqué has."""
    return str(data("communique.json")["subject"])


def promises(cast: Cast) -> None:
    """Its paragraphs become commitments, two of them measured by the exchange itself."""
    stage = cast.stage
    stage.act(_("6. Its promises become commitments that are followed"))
    due = (datetime.now(UTC).date() + timedelta(weeks=_WEEKS_AHEAD)).strftime("%Y-%m")
    for paragraph, indicator, target in (
        (1, "records_per_week", 10),
        (2, "alerts_acknowledged_in_time_percent", 90),
        (4, "meetings_held", 1),
    ):
        stage.run(
            cast.gao, "commitment", "make", cast.communique, "--paragraph", str(paragraph),
            "--responsible", f"gao.ml/{CABINET}", "--responsible", f"tillaberi.ne/{CABINET}", "--due", due,
            "--indicator", indicator, "--target", str(target), "--service", CABINET,
        )  # fmt: skip
    rows = stage.ask(cast.gao, "commitment", "show")
    cast.before = next(row["value"] for row in rows if row["indicator"] == "records_per_week")
    stage.check(
        _("Three commitments, each with responsible services on both sides, a date and an indicator."),
        true=len(rows) == 3 and all(row["indicator"] for row in rows),  # noqa: PLR2004  the three above
    )


def kept(cast: Cast) -> None:
    """What the nodes really exchanged moves the indicator."""
    stage = cast.stage
    stage.act(_("16. The commitment's indicator moves by what was really exchanged"))
    told = stage.run(cast.gao, "commitment", "show")
    rows = {row["indicator"]: row for row in stage.ask(cast.gao, "commitment", "show")}
    exchanged = rows["records_per_week"]
    if f"{exchanged['value']} / " not in told:  # the nodes exchanged something in between
        told = stage.run(cast.gao, "commitment", "show", show=False)
    stage.quote(told)
    stage.check(
        _("The nodes count what they exchanged: {measured} a week now, {before} before; {target} were promised.",
          measured=exchanged["value"], before=cast.before or 0, target=exchanged["target"]),
        true=(exchanged["value"] or 0) > (cast.before or 0),
    )  # fmt: skip


def invitation(cast: Cast) -> None:
    """The next meeting, in Tillabéri, with a calendar file."""
    stage = cast.stage
    stage.act(_("17. The invitation to Tillabéri"))
    today = datetime.now(UTC).date()
    meeting = data("meeting.json") | {
        "at": now(),
        "next_start": _month_after(today),
    }
    (code,) = cast.file(cast.gao, meeting)
    cast.arrives(_("the invitation travels to Tillabéri"), cast.tillaberi, code)
    calendar = stage.run(cast.tillaberi, "meeting", "calendar", code, "--next")
    stage.quote(
        "\n".join(
            line
            for line in calendar.replace("\r\n ", "").splitlines()  # RFC 5545 folds what is long
            if line.startswith(("SUMMARY", "LOCATION", "DTSTART"))
        )
    )
    stage.check(
        _("Tillabéri has the invitation, and a calendar file that any telephone opens."),
        true="BEGIN:VEVENT" in calendar and "Tillab" in calendar,
    )


def _month_after(today: date) -> str:
    return (today.replace(day=1) + timedelta(days=190)).strftime("%Y-%m")
