"""``duty``: who is on duty, the rota, hand-over, and how fast both sides answer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from entente.errors import StoreError
from entente.records.base import Purpose, Tlp
from entente_node.cli.figures import figures_heads, figures_plain, figures_row
from entente_node.cli.rota import Contents, clock_of, moment_of, rota_of, services_of
from entente_node.cli.shell import Panel, Shell, group, read_text, verb
from entente_node.cli.words import _

Row = Literal["shift", "turn", "holiday"]
_USUAL: Final = 30

Service = Annotated[str, typer.Argument(metavar="SERVICE", help=_("One of our services."))]
Function = Annotated[
    str, typer.Argument(metavar="FUNCTION", help=_("A function of it, such as permanence; never a person."))
]
Backup = Annotated[str, typer.Option(help=_("The function that is called when this one does not answer."))]

verbs = typer.Typer()
noun = group(verbs, "duty", _("Who is on duty, hand-over, and how fast both sides answer."), panel=Panel.NODE)


@verb(noun, "now")
def now(shell: Shell) -> None:
    """Who is on duty now in each service that has a rota, and who is next."""
    rota = rota_of(shell)
    at = shell.node.clock()
    found = []
    for service in rota.services():
        duty, span = rota.on_duty(service, at), rota.span_at(service, at)
        following = rota.span_at(service, span.until) if span else None
        found.append((service, duty, span.until if span else at, following.function if following else ""))
    if shell.json:
        shell.emit(
            [
                {
                    "service": service,
                    "function": duty.function if duty else None,
                    "backup": duty.backup or None if duty else None,
                    "escalation": list(duty.escalation) if duty else list(rota.escalation(service)),
                    "above": rota.above(service) or None,
                    "until": until.isoformat(),
                    "then": then or None,
                }
                for service, duty, until, then in found
            ]
        )
        return
    if not found:
        shell.note(_("There is no rota yet: `entente duty function` and `entente duty add` begin one."))
        return
    shell.table(
        [_("Service"), _("On duty"), _("Backup"), _("Until"), _("Then")],
        [
            [
                service,
                duty.function if duty else _("nobody"),
                duty.backup if duty else "",
                clock_of(rota, until),
                then or _("nobody"),
            ]
            for service, duty, until, then in found
        ],
    )


@verb(noun, "list")
def list_(shell: Shell, service: Service) -> None:
    """What the rota of a service is made of, with the numbers that `duty remove` takes."""
    rota = rota_of(shell)
    contents = Contents(rota, service, shell.node.clock())
    if shell.json:
        shell.emit(contents.plain())
        return
    shell.table([_("Number"), _("Function"), "", "", ""], contents.rows())


@verb(noun, "function")
def function_(
    shell: Shell,
    *,
    service: Service,
    function: Function,
    name: Annotated[str, typer.Option(help=_("What people call it."))] = "",
    telephone: Annotated[str, typer.Option(help=_("The duty telephone: +223 and the number."))] = "",
    rank: Annotated[
        int, typer.Option(min=0, help=_("Its place when nobody answers; 0: it is not called then."))
    ] = 0,
) -> None:
    """Name a function, or change its name, telephone and place in the escalation."""
    rota = rota_of(shell, service)
    from entente_node.duty import writing

    row = writing.put_function(rota, service, function, name=name, telephone=telephone, rank=rank or None)
    _changed(shell, service, "function")
    _done(
        shell,
        {"service": service, "function": row.function, "name": row.name},
        _("{function} is a function of {service}.", function=row.function, service=service),
    )


@verb(noun, "above")
def above_(
    shell: Shell,
    *,
    service: Service,
    above: Annotated[
        str, typer.Argument(metavar="ABOVE", help=_("The service above; without it, none."))
    ] = "",
) -> None:
    """Say whose duty is called when a whole service does not answer: the prefect's, the governor's."""
    rota = rota_of(shell, service)
    from entente_node.duty import writing

    writing.put_above(rota, service, above, known=services_of(shell))
    _changed(shell, service, "above")
    _done(
        shell,
        {"service": service, "above": above or None},
        _("When {service} does not answer, {above} is called.", service=service, above=above)
        if above
        else _("When {service} does not answer, no other service is called.", service=service),
    )


@verb(noun, "add")
def add(
    shell: Shell,
    *,
    service: Service,
    function: Function,
    begins: Annotated[str, typer.Option("--from", metavar="HH:MM", help=_("When it begins."))],
    ends: Annotated[
        str,
        typer.Option(
            "--until", metavar="HH:MM", help=_("When it ends; earlier than it began: the next day.")
        ),
    ],
    days: Annotated[str, typer.Option(help=_("Days on which it begins, 1 for Monday."))] = "1234567",
    backup: Backup = "",
    holidays: Annotated[
        Literal["too", "not", "only"], typer.Option(help=_("Whether it holds on holidays."))
    ] = "too",
) -> None:
    """Add a weekly shift, in hours of the agreement's time zone."""
    rota = rota_of(shell, service)
    from entente_node.duty import writing

    row = writing.add_shift(
        rota,
        service,
        function,
        weekdays=days,
        begins=writing.hour_of(begins),
        ends=writing.hour_of(ends),
        backup=backup,
        holidays=holidays,
    )
    _changed(shell, service, "shift")
    _done(shell, {"number": row.pk}, _("Shift {number} is in the rota.", number=row.pk))


@verb(noun, "turn")
def turn(
    shell: Shell,
    *,
    service: Service,
    function: Function,
    begins: Annotated[str, typer.Option("--from", metavar="MOMENT", help=_("Such as 2022-02-01T18:00."))],
    ends: Annotated[str, typer.Option("--until", metavar="MOMENT", help=_("Such as 2022-02-02T06:00."))],
    backup: Backup = "",
    absent: Annotated[
        bool, typer.Option(help=_("The function is absent then: each of its duties goes to its backup."))
    ] = False,
) -> None:
    """Give the duty to a function once, or declare it absent: this wins over the weekly shifts."""
    rota = rota_of(shell, service)
    from entente_node.duty import writing

    start, until = moment_of(rota, begins), moment_of(rota, ends)
    if absent:
        rows = writing.declare_absent(rota, service, function, start=start, until=until)
    else:
        rows = [writing.add_turn(rota, service, function, start=start, until=until, backup=backup)]
    _changed(shell, service, "absent" if absent else "turn")
    for row in rows:
        span = f"{clock_of(rota, row.start)} – {clock_of(rota, row.until)}"
        if not shell.json:
            shell.tell(f"{span}: {row.function or _('nobody')}")
    if shell.json:
        shell.emit([{"number": row.pk, "function": row.function or None} for row in rows])


@verb(noun, "holiday")
def holiday(
    shell: Shell,
    *,
    day: Annotated[str, typer.Argument(metavar="DATE", help=_("Such as 2022-09-22."))],
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("What people call it."))],
    service: Annotated[str, typer.Option(help=_("Of one service only."))] = "",
) -> None:
    """Add a holiday."""
    rota = rota_of(shell, service)
    from entente_node.duty import writing

    on = writing.day_of(day)
    row = writing.add_holiday(rota, on, name=name, service=service)
    _changed(shell, service, "holiday")
    _done(shell, {"number": row.pk}, f"{on.isoformat()}: {row.name}")


@verb(noun, "remove")
def remove(
    shell: Shell,
    *,
    what: Annotated[Row, typer.Argument(metavar="WHAT", help=_("shift, turn or holiday"))],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help=_("As `entente duty list` gives it."))],
) -> None:
    """Take a shift, a turn or a holiday out of the rota."""
    rota = rota_of(shell)
    from entente_node.duty.models import Holiday, Shift, Turn

    model = {"shift": Shift, "turn": Turn, "holiday": Holiday}[what]
    row = rota.rows(model).filter(pk=number)
    services = list(row.values_list("service", flat=True))
    if not row.delete()[0]:
        raise StoreError("there is no {what} {number} in the rota", what=what, number=number)
    _changed(shell, services[0], f"drop-{what}")
    _done(shell, {"removed": number}, _("Taken out of the rota."))


@verb(noun, "handover")
def handover(
    shell: Shell,
    *,
    service: Service,
    to: Annotated[
        str,
        typer.Argument(
            metavar="TO", help=_("The function that is to have the duty; without it, it is taken.")
        ),
    ] = "",
    note: Annotated[
        Path | None,
        typer.Option("--note", metavar="FILE", help=_("What it has to know; - for standard input.")),
    ] = None,
) -> None:
    """Hand a duty over with a note; without TO, take the one that was handed over."""
    rota = rota_of(shell, service)
    from entente_node.duty import writing
    from entente_node.duty.models import Handover

    if to:
        row = writing.hand_over(rota, service, to, note=read_text(note) if note else "")
        shell.audit("duty.handed-over", row.service, function=row.from_function, to=row.to_function)
        _done(
            shell,
            {"from": row.from_function, "to": row.to_function},
            _(
                "{one} hands the duty over to {other}: it changes hands when it is taken.",
                one=row.from_function,
                other=row.to_function,
            ),
        )
        return
    offered = rota.rows(Handover).filter(service=service, taken_at=None).first()
    if offered is None:
        raise StoreError("no duty of {service} was handed over", service=service)
    writing.take_over(rota, offered)
    shell.audit("duty.taken-over", offered.service, function=offered.to_function)
    _done(
        shell,
        {"function": offered.to_function, "note": offered.note},
        _("{function} has the duty.", function=offered.to_function)
        + (f"\n{offered.note}" if offered.note else ""),
    )


@verb(noun, "calls")
def calls(shell: Shell) -> None:
    """The calls that are open: which function is to be told of what."""
    rota = rota_of(shell)
    from entente_node.duty.models import Call

    found = list(rota.rows(Call).filter(ended_at=None))
    if shell.json:
        shell.emit(
            [
                {
                    "code": one.code,
                    "service": one.service,
                    "function": one.function,
                    "level": one.level,
                    "reason": one.reason,
                    "at": one.at.isoformat(),
                    "deadline": one.deadline.isoformat() if one.deadline else None,
                }
                for one in found
            ]
        )
        return
    if not found:
        shell.tell(_("Nobody has to be called."))
        return
    shell.table(
        [_("Code"), _("Service"), _("Function"), _("Reason"), _("Deadline")],
        [
            [
                one.code,
                one.service,
                one.function,
                f"{one.level}, {one.reason}",
                clock_of(rota, one.deadline) if one.deadline else "",
            ]
            for one in found
        ],
    )


@verb(noun, "figures")
def figures(
    shell: Shell,
    *,
    days: Annotated[int, typer.Option(min=0, help=_("How many days back; 0: from the beginning."))] = _USUAL,
) -> None:
    """How fast each side answered what the other sent it, against the times of the agreement."""
    node = shell.node
    from entente.response import figures as figures_of
    from entente_node.duty.cases import cases
    from entente_node.ledger.models import Record

    at = node.clock()
    since = at - timedelta(days=days) if days else None
    found = figures_of(cases(node, Record.objects.all(), since=since, until=at), at)
    if shell.json:
        shell.emit([figures_plain(one) for one in found])
        return
    if not found:
        shell.tell(_("Nothing had to be answered in this time."))
        return
    shell.table(figures_heads(), [figures_row(one) for one in found])


@verb(noun, "publish")
def publish(
    shell: Shell,
    *,
    service: Service,
    tlp: Annotated[Tlp, typer.Option(help=_("Its marking."))] = "AMBER",
    purpose: Annotated[Purpose | None, typer.Option(help=_("Its purpose."), show_default=False)] = None,
) -> None:
    """File a contact with the telephone of the function on duty; it leaves where an article grants it."""
    node = shell.node
    from entente_node.duty.publishing import publish as published

    filing = published(node, service, tlp=tlp, purpose=purpose)
    if filing is None:
        _done(shell, {"code": None}, _("The contact that was filed last says the same."))
        return
    code = filing.record.code or ""
    shell.audit("record.filed", code, kind=filing.record.kind())
    _done(shell, {"code": code}, _("Filed as {code}.", code=code))


def _changed(shell: Shell, service: str, what: str) -> None:
    """``what`` as the desk's forms call it."""
    shell.audit("duty.rota-changed", service, what=what)


def _done(shell: Shell, plain: object, text: str) -> None:
    if shell.json:
        shell.emit(plain)
    else:
        shell.tell(text)
