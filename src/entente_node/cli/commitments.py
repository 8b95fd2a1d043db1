"""``commitment`` and ``meeting``: what was promised, what became of it, and when people meet again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import typer

from entente.dialogue import standing
from entente.errors import EntenteError, RecordError, StoreError
from entente.indicators import Measured, measure
from entente.records import Commitment, Meeting, decode
from entente.records import Record as CoreRecord
from entente.records.codes import check_code
from entente.records.commitment import Indicator
from entente.records.commitment import State as Progress
from entente.records.times import instant
from entente_node.cli.communique import CodeOrNone, agreements_of, file_written, word_of
from entente_node.cli.options import Code, ServiceOption, default_service
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from entente.node import Node

R = TypeVar("R", bound=CoreRecord)

verbs = typer.Typer()
commitments = group(
    verbs, "commitment", _("What a communiqué promises, and what became of it."), panel=Panel.RECORDS
)
meetings = group(verbs, "meeting", _("Meetings, and calendar files for the next."), panel=Panel.RECORDS)


@verb(commitments, "make")
def make(
    shell: Shell,
    *,
    code: Code,
    paragraph: Annotated[
        int, typer.Option(metavar="N", min=1, help=_("The paragraph of the communiqué that promises it."))
    ],
    responsible: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARTY/SERVICE", show_default=False, help=_("A responsible service; may be repeated.")
        ),
    ] = None,
    due: Annotated[
        str | None, typer.Option(metavar="DAY", show_default=False, help=_("By when: 2022-06, 2022-06-30"))
    ] = None,
    indicator: Annotated[
        Indicator | None, typer.Option(show_default=False, help=_("What the exchange measures."))
    ] = None,
    target: Annotated[
        int | None, typer.Option(min=0, show_default=False, help=_("The number to reach."))
    ] = None,
    text: Annotated[
        str | None, typer.Option(show_default=False, help=_("What is promised; else the paragraph's words."))
    ] = None,
    service: ServiceOption = None,
) -> None:
    """Make a commitment of a paragraph: who, by when, and what shows that it is kept."""
    node = shell.node
    negotiation = node.talks.of(code)
    if paragraph > len(negotiation.paragraphs):
        raise RecordError(
            "the communiqué {code} has no paragraph {number}", code=negotiation.code, number=paragraph
        )
    words = negotiation.current.communique
    record = Commitment(
        at=instant(node.clock()),
        service=service or default_service(node, words.purpose),
        purpose=words.purpose,
        tlp=words.tlp,
        about=negotiation.code,
        state="open",
        paragraph=paragraph,
        services=tuple(responsible or ()),
        due=due,
        indicator=indicator,
        target=target,
        text=text or negotiation.paragraphs[paragraph - 1].text,
    )
    file_written(shell, record)


@verb(commitments, "report")
def report(
    shell: Shell,
    *,
    code: Code,
    state: Annotated[Progress, typer.Option(help=_("How far it is."))],
    evidence: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", show_default=False, help=_("A record that shows it; may be repeated.")),
    ] = None,
    outcome: Annotated[str | None, typer.Option(show_default=False, help=_("What came of it."))] = None,
    service: ServiceOption = None,
) -> None:
    """Say how far a commitment is, with evidence."""
    node = shell.node
    _root, stands = _commitment(node, code)
    record = msgspec.structs.replace(
        stands,
        at=instant(node.clock()),
        service=service or default_service(node, stands.purpose),
        code=None,
        article=None,
        released_at=None,
        revises=stands.code,
        state=state,
        evidence=tuple(dict.fromkeys((*stands.evidence, *map(check_code, evidence or ())))),
        outcome=outcome or stands.outcome,
    )
    file_written(shell, record)


@verb(commitments, "show")
def show_commitments(shell: Shell, *, code: CodeOrNone = None) -> None:
    """Commitments with their state and what the exchange measures of them."""
    node = shell.node
    found = [_commitment(node, code)] if code else standing(_held(node, Commitment))
    rows = [(root, stands, *_measured(node, root, stands)) for root, stands in found]
    if shell.json:
        shell.emit([_commitment_plain(*row) for row in rows])
        return
    titles = [_("Code"), _("State"), _("Due"), _("Indicator"), _("Measured"), _("Commitment")]
    shell.table(
        titles,
        [
            [
                root.code or "",
                _("overdue") if overdue else word_of(Commitment, "state", stands.state),
                stands.due or "",
                word_of(Commitment, "indicator", stands.indicator) if measured else "",
                _number(measured),
                stands.text or "",
            ]
            for root, stands, measured, overdue in rows
        ],
    )


@verb(meetings, "show")
def show_meetings(shell: Shell) -> None:
    """Meetings, and when and where the next is."""
    found = standing(_held(shell.node, Meeting))
    if shell.json:
        shell.emit([{"code": root.code, "meeting": stands} for root, stands in found])
        return
    titles = [_("Code"), _("State"), _("When"), _("Place"), _("Subject"), _("Next meeting")]
    shell.table(
        titles,
        [
            [
                root.code or "",
                word_of(Meeting, "state", one.state),
                one.start or one.at,
                (one.place.name or "") if one.place else "",
                one.subject or "",
                " ".join(
                    part for part in (one.next_place.name if one.next_place else "", one.next_start) if part
                ),
            ]
            for root, one in found
        ],
    )


@verb(meetings, "calendar", json=False)
def meeting_calendar(
    shell: Shell,
    *,
    code: Code,
    next_: Annotated[bool, typer.Option("--next", help=_("The next meeting that it agreed on."))] = False,
) -> None:
    """A meeting as a calendar file (.ics) on standard output."""
    from entente.interop.ical import Happening, calendar

    node = shell.node
    wanted = check_code(code)
    found = next(
        (pair for pair in standing(_held(node, Meeting)) if wanted in {pair[0].code, pair[1].code}), None
    )
    if found is None:
        raise StoreError("there is no meeting {code} here", code=wanted)
    root, meeting = found
    start = meeting.next_start if next_ else meeting.start or meeting.at
    if start is None:
        raise StoreError("the meeting {code} says nothing of a next one", code=wanted)
    place = meeting.next_place if next_ else meeting.place
    title = meeting.subject or Meeting.title[LANGUAGE == "en"]
    happening = Happening(
        uid=f"{root.code}-next@{node.keys.party}" if next_ else f"{root.code}@{node.keys.party}",
        title=_("Next meeting: {title}", title=title) if next_ else title,
        start=start,
        end=meeting.next_until if next_ else meeting.until,
        place=(place.name or "") if place else "",
        description="" if next_ else "\n".join(meeting.agenda),
    )
    shell.raw(calendar(happening, stamp=node.clock(), time_zone=_zone(node)))


def _commitment_plain(
    root: Commitment,
    stands: Commitment,
    measured: Measured | None,
    overdue: bool,  # noqa: FBT001  one of a row
) -> dict[str, object]:
    return {
        "code": root.code,
        "about": stands.about,
        "state": "overdue" if overdue else stands.state,
        "due": stands.due,
        "services": stands.services,
        "text": stands.text,
        "evidence": stands.evidence,
        "indicator": measured.indicator if measured else None,
        "target": measured.target if measured else None,
        "value": measured.value if measured else None,
        "met": measured.is_met if measured else None,
    }


def _commitment(node: Node, code: str) -> tuple[Commitment, Commitment]:
    wanted = check_code(code)
    for root, stands in standing(_held(node, Commitment)):
        if wanted in {root.code, stands.code}:
            return root, stands
    raise StoreError("there is no commitment {code} here", code=wanted)


def _measured(node: Node, root: Commitment, stands: Commitment) -> tuple[Measured | None, bool]:
    from entente_node.ledger.folding import kept
    from entente_node.ledger.measures import Counts
    from entente_node.ledger.models import Record
    from entente_node.ledger.tallied import exchanged

    flows = partial(exchanged, node, lambda _gate: True)
    counts = Counts(Record.objects.all(), agreements_of(node), kept, flows)
    now, zone = node.clock(), _zone(node)
    overdue = not node.is_clock_held() and stands.is_overdue(now, zone)
    return measure(stands, counts, now=now, time_zone=zone, promised=root.at), overdue


def _held(node: Node, kind: type[R]) -> list[R]:
    """The records of a kind that this version can read."""
    found = []
    for shown in node.store.records_of([kind.kind()]):
        try:
            record = decode(shown.body)
        except EntenteError:
            continue
        if isinstance(record, kind):
            found.append(record)
    return found


def _zone(node: Node) -> str:
    return next((agreement.time_zone for agreement in agreements_of(node)), "UTC")


def _number(measured: Measured | None) -> str:
    if measured is None:
        return ""
    return f"{'–' if measured.value is None else measured.value} / {measured.target}"
