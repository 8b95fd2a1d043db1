"""``explain``: recipient by recipient, article by article, why a record would or would not leave, and as what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from entente.errors import RecordError
from entente.policy import Outcome
from entente.records import Record, decode
from entente.records.base import Role, fields_of
from entente.records.codes import check_code
from entente_node.cli.exceptions import call_lines, call_plain, calls_for
from entente_node.cli.lines import read_records
from entente_node.cli.prose import form_line
from entente_node.cli.shell import Panel, Shell, verb
from entente_node.cli.words import LANGUAGE, _, number_of

if TYPE_CHECKING:
    from entente.contacts import ToCall
    from entente.policy import Decision, Reason
    from entente.rulings import Explained


verbs = typer.Typer()


@verb(verbs, "explain", panel=Panel.RECORDS)
def explain(
    shell: Shell,
    *,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|CODE]",
            show_default=False,
            help=_("The code of a record, or JSON lines that are not filed (- for standard input)."),
        ),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help=_("A filed record without a code, such as a flow: its number on this node."),
        ),
    ] = None,
    confirm_text: Annotated[
        bool, typer.Option("--confirm-text", help=_("As if a person had confirmed the free text."))
    ] = False,
) -> None:
    """Why a record would or would not leave: for each recipient, each article."""
    if (what is None) == (number is None):
        raise typer.BadParameter(_("name one record: by a file, a code or --number"))
    found: list[dict[str, object]] = []
    told = _of_number(shell, number) if number else _explained(shell, what or "", confirmed=confirm_text)
    for title, record, explained in told:
        if shell.json:
            found.extend(_plain(title, one, calls_for(shell.node, one, record)) for one in explained)
        else:
            _say(shell, title, record, explained)
    if shell.json:
        shell.emit(found)


def _of_number(shell: Shell, number: int) -> Iterator[tuple[str, Record | None, Sequence[Explained]]]:
    explained = shell.node.explain_filed(number)
    filed = shell.node.store.filed(number)
    record = decode(filed.body) if filed else None
    yield (record.code if record else None) or str(number), record, explained


def _explained(
    shell: Shell, what: str, *, confirmed: bool
) -> Iterator[tuple[str, Record | None, Sequence[Explained]]]:
    if what != "-" and not Path(what).exists():
        try:
            code = check_code(what)
        except RecordError:
            raise RecordError(
                "{what} is neither a file nor the code of a record: a code looks like GAO-7K3QX",
                what=what[:100],
            ) from None
        explained = shell.node.explain(code)
        shown = shell.node.show(code)
        yield code, decode(shown.body) if shown else None, explained
        return
    for line in read_records(Path(what)):
        if line.error is not None:
            raise RecordError("line {line}: {reason}", line=line.number, reason=line.error)
        record = line.record
        if record is not None:
            title = record.code or _("line {line}", line=line.number)
            yield title, record, shell.node.explain_record(record, confirmed=confirmed)


def outcome_title(decision: Decision) -> str:
    """The outcome in the reader's words."""
    return {
        "release": _("leaves"),
        "later": _("waits"),
        "withhold": _("stays here"),
    }[decision.outcome.value]


STYLES = {"release": "green", "later": "yellow", "withhold": "red"}
"""The colour of each outcome."""


def reason_plain(reason: Reason) -> dict[str, object]:
    """A reason for programs."""
    values = {
        name: value if isinstance(value, int | str) else str(value) for name, value in reason.values.items()
    }
    return {
        "slug": reason.slug,
        "text": _(reason.message, **reason.values),
        "message": reason.message,
        "values": values,
    }


def decision_plain(decision: Decision) -> dict[str, object]:
    """A decision for programs."""
    return {
        "outcome": decision.outcome.value,
        "reason": reason_plain(decision.reason),
        "article": decision.article,
        "services": list(decision.services),
        "retention_days": decision.retention_days,
        "not_before": decision.not_before.isoformat() if decision.not_before else None,
    }


def _plain(title: str, one: Explained, calls: Sequence[ToCall]) -> dict[str, object]:
    explanation = one.explanation
    decision = explanation.decision
    payload = one.payload
    return {
        "record": title,
        "agreement": one.agreement,
        "recipient": one.recipient,
        **decision_plain(decision),
        "form": msgspec.to_builtins(decision.form) if decision.form else None,
        "articles": [
            {
                "article": verdict.article,
                "fits": verdict.fits,
                "reasons": [reason_plain(r) for r in verdict.reasons],
            }
            for verdict in explanation.verdicts
        ],
        "recourses": [
            {
                "article": recourse.article.id,
                "functions": [function.title for function in recourse.functions],
                "decided": list(recourse.decided),
            }
            for recourse in explanation.recourses
        ],
        "calls": [call_plain(call) for call in calls],
        "payload": payload.decode("utf-8") if payload is not None else None,
        "sent": {"journal": one.sent.origin, "index": one.sent.index, "released_at": _when(one)}
        if one.sent
        else None,
    }


def _say(shell: Shell, title: str, record: Record | None, explained: Sequence[Explained]) -> None:
    if not explained:
        shell.tell(_("{record}: no agreement is in force, so nothing leaves.", record=title), "red")
    for one in explained:
        decision = one.explanation.decision
        shell.tell(
            f"{title} → {one.recipient} ({one.agreement}): {outcome_title(decision)}",
            f"bold {STYLES[decision.outcome.value]}",
        )
        shell.tell(f"  {_(decision.reason.message, **decision.reason.values)}")
        _say_form(shell, decision, record)
        for verdict in one.explanation.verdicts:
            mark = "✓" if verdict.fits else "·"
            reasons = _("; ").join(_(reason.message, **reason.values) for reason in verdict.reasons)
            shell.tell(f"  {mark} {verdict.article}  {reasons}".rstrip())
        for line in call_lines(calls_for(shell.node, one, record)):
            shell.tell(f"  {line}")
        _say_payload(shell, one)
        shell.tell("")


def _say_form(shell: Shell, decision: Decision, record: Record | None) -> None:
    if decision.form is not None:
        shell.tell(f"  {form_line(decision.form, [record.kind()] if record else [], LANGUAGE)}")
    if decision.services:
        shell.tell("  " + _("seen there by: {services}", services=", ".join(decision.services)))
    if decision.retention_days:
        shell.tell(
            "  " + number_of("kept there {count} day", "kept there {count} days", decision.retention_days)
        )


def _say_payload(shell: Shell, one: Explained) -> None:
    payload = one.payload
    if payload is None:
        return
    if one.sent is not None:
        said = _(
            "left on {when} as entry {index} of {journal}: {size} bytes, SHA-256 {digest}",
            when=_when(one),
            index=one.sent.index,
            journal=one.sent.origin,
            size=len(payload),
            digest=sha256(payload).hexdigest(),
        )
    elif one.explanation.decision.outcome is Outcome.LATER:
        said = _(
            "this is what would leave then: {size} bytes, SHA-256 {digest}",
            size=len(payload),
            digest=sha256(payload).hexdigest(),
        )
    else:
        said = _(
            "this is what would leave now: {size} bytes, SHA-256 {digest}",
            size=len(payload),
            digest=sha256(payload).hexdigest(),
        )
    shell.tell(f"  {said}")
    shell.tell(f"  {_readable(payload)}", "cyan")


def _readable(payload: bytes) -> str:
    """The payload as text, byte for byte but for a picture, of which only the size is said."""
    record = decode(payload)
    pictures = [name for name, field in fields_of(type(record)).items() if field.role is Role.IMAGE]
    if not pictures:
        return payload.decode("utf-8")
    plain = json.loads(payload)
    for name in pictures:
        plain[name] = number_of("({count} byte)", "({count} bytes)", len(getattr(record, name)))
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _when(one: Explained) -> str:
    """When it left, in the record's own words."""
    return decode(one.sent.payload).released_at or "" if one.sent else ""
