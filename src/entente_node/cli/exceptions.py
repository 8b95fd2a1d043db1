"""``exception``: what two functions release together under an exceptional article; and whom to call meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from entente.agreements.document import Exceptional
from entente.contacts import ToCall, whom_to_call
from entente.errors import RecordError, StoreError
from entente.policy import Outcome
from entente.records import Attachment, Contact, Record, decode
from entente.records.codes import check_code
from entente.records.times import instant
from entente.recourse import Decided, Matter
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import _

if TYPE_CHECKING:
    from entente.node import Node
    from entente.rulings import Explained
    from entente_node.directory.models import User

Code = Annotated[
    str, typer.Argument(metavar="CODE", help=_("The code of a record, as it was said: GAO-7K3QX"))
]
Article = Annotated[str, typer.Option("--article", metavar="ID", help=_("The exceptional article."))]
Party = Annotated[str, typer.Option("--to", metavar="PARTY", help=_("The party that it leaves for."))]
Service = Annotated[str, typer.Option("--service", help=_("The service of the function that decides."))]
Function = Annotated[str, typer.Option("--function", help=_("The function, as the article names it."))]
Agreement = Annotated[
    str | None,
    typer.Option(
        "--agreement", metavar="ID", show_default=False, help=_("The agreement, where several would fit.")
    ),
]
Account = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="NAME",
        show_default=False,
        help=_("The account that decides; else the one that holds the function."),
    ),
]
_SHORTEST, _NAMED = 6, 12
"""Characters of a picture's name: at least as many as are typed, and as many as are told."""
Pictures = Annotated[
    list[str] | None,
    typer.Option(
        "--picture",
        metavar="NAME",
        show_default=False,
        help=_(
            "A photo of the record that was looked at on the desk and goes along, by the first characters of its "
            "SHA-256; may stand several times."
        ),
    ),
]

verbs = typer.Typer()
noun = group(
    verbs, "exception", _("What two functions release together in an emergency."), panel=Panel.RECORDS
)


@verb(noun, "approve")
def approve(
    shell: Shell,
    *,
    code: Code,
    article: Article,
    to: Party,
    service: Service,
    function: Function,
    why: Annotated[str, typer.Option("--why", help=_("Why; it stays on this node."))],
    pictures: Pictures = None,
    account: Account = None,
    agreement: Agreement = None,
) -> None:
    """Decide, for one function, that a record leaves, with these photos; a second function's decision makes it so."""
    node = shell.node
    matter = _matter(node, code, article, to, agreement)
    user = _holder(service, function, account)
    names = _names(node, matter, pictures or ())
    done = node.recourses.approve(
        matter, service=service, function=function, by=user.name, why=why, pictures=names
    )
    _log(user, "release.approved", matter, function, len(names))
    _tell(shell, matter, done)


@verb(noun, "retract")
def retract(
    shell: Shell,
    *,
    code: Code,
    article: Article,
    to: Party,
    service: Service,
    function: Function,
    pictures: Pictures = None,
    account: Account = None,
    agreement: Agreement = None,
) -> None:
    """Take a function's decision back, on a record and its photos or on these photos alone, before they have left."""
    node = shell.node
    matter = _matter(node, code, article, to, agreement)
    user = _holder(service, function, account)
    names = _names(node, matter, pictures or ())
    done = node.recourses.retract(matter, service=service, function=function, pictures=names)
    _log(user, "release.retracted", matter, function, len(names))
    _tell(shell, matter, done)


@verb(noun, "list")
def list_(shell: Shell) -> None:
    """Every decision of a function of ours, newest first; and whether the record has left."""
    node = shell.node
    from entente_node.ledger.models import Approval

    rows = []
    for one in Approval.objects.select_related("record").order_by("-pk"):
        body = decode(bytes(one.record.body or b""))
        picture = body if isinstance(body, Attachment) else None
        if picture is not None and picture.part > 1:
            continue  # one picture is one decision
        gone = any(
            (sent.agreement, sent.recipient) == (one.agreement, one.recipient)
            for sent in node.store.sent(one.record_id)
        )
        rows.append(
            {
                "code": one.record.code if picture is None else picture.about,
                "picture": None if picture is None else picture.sha256,
                "agreement": one.agreement,
                "recipient": one.recipient,
                "article": one.article,
                "function": f"{one.service}/{one.function}",
                "account": one.by,
                "at": instant(datetime.fromtimestamp(one.at, UTC)),
                "why": one.why,
                "left": gone,
            }
        )
    if shell.json:
        shell.emit(rows)
        return
    if not rows:
        shell.note(_("No function has decided anything."))
        return
    names = [_("Code"), _("Recipient"), _("Article"), _("Function"), _("Decided"), _("Left"), _("Why")]
    keys = ("recipient", "article", "function", "at")
    shell.table(
        names,
        [
            [
                _coded(row),
                *(str(row[key]) for key in keys),
                _("yes") if row["left"] else _("no"),
                str(row["why"]),
            ]
            for row in rows
        ],
    )


def _coded(row: Mapping[str, object]) -> str:
    """What was decided on: a record, or a picture of it."""
    picture = row["picture"]
    if picture is None:
        return str(row["code"])
    return _("{code}, photo {name}", code=row["code"], name=str(picture)[:_NAMED])


def calls_for(node: Node, one: Explained, record: Record | None) -> tuple[ToCall, ...]:
    """Whom to call on the other side about an urgent record that has not left for this recipient."""
    decision = one.explanation.decision
    stays = one.sent is None and decision.outcome is not Outcome.RELEASE
    if record is None or record.lane != "urgent" or not stays:
        return ()
    for policy in node.register.policies():
        agreement = policy.standing.signed.agreement
        party = agreement.party(one.recipient)
        if agreement.id == one.agreement and party is not None:
            mandated = tuple(service.id for service in party.services if record.purpose in service.mandates)
            came = [
                (shown.party, body)
                for shown in node.store.records_of({"contact"})
                if not shown.local and isinstance(body := decode(shown.body), Contact)
            ]
            return whom_to_call(
                came,
                party=party.id,
                services=decision.services or mandated,
                now=node.clock(),
                agreement=agreement,
            )
    return ()


def call_lines(calls: Sequence[ToCall]) -> Iterator[str]:
    """One line for each function that can be called."""
    for call in calls:
        reached = ", ".join(
            part for part in (call.telephone, call.radio and _("radio {radio}", radio=call.radio)) if part
        )
        yield _(
            "whom to call: {function} of {service}, {reached}",
            function=call.name,
            service=f"{call.party}/{call.service}",
            reached=reached,
        )


def ways(one: Explained) -> Iterator[str]:
    """One line for each exceptional article by which two functions could release what stays."""
    for recourse in one.explanation.recourses:
        if recourse.decision.outcome is not Outcome.WITHHOLD:
            yield _(
                "article {article} lets it leave when two of these decide so together: {functions}",
                article=recourse.article.id,
                functions=", ".join(f"{function.name} ({function.title})" for function in recourse.functions),
            )


def call_plain(call: ToCall) -> dict[str, object]:
    """Somebody to call, for programs."""
    return {
        "party": call.party,
        "service": call.service,
        "function": call.function,
        "name": call.name,
        "telephone": call.telephone or None,
        "radio": call.radio or None,
        "languages": list(call.languages),
        "until": instant(call.until) if call.until is not None else None,
    }


def _matter(node: Node, code: str, article: str, to: str, agreement: str | None) -> Matter:
    """What is decided on, in the one agreement in force that fits. Raises StoreError."""
    found = [
        held.id
        for held in (policy.standing.signed.agreement for policy in node.register.policies())
        if agreement in {None, held.id}
        and any(isinstance(one, Exceptional) and one.id == article and to in one.to for one in held.articles)
    ]
    if len(found) != 1:
        raise StoreError(
            "{count} agreements in force have an exceptional article {article} for {party}",
            count=len(found),
            article=article,
            party=to,
        )
    return Matter(code=check_code(code), agreement=found[0], recipient=to, article=article)


def _holder(service: str, function: str, account: str | None) -> User:
    """The account that decides: one that holds the function and may release. Raises StoreError."""
    from entente_node.directory.models import User
    from entente_node.directory.roles import RIGHTS, May, Role

    found = [
        user
        for user in User.objects.filter(service=service, duty=function, is_active=True).order_by("name")
        if May.RELEASE in RIGHTS[Role(user.role)].may and account in {None, user.name}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise StoreError(
            "several accounts hold the function {function} of {service}: name the one that decides with --account "
            "({names})",
            function=function,
            service=service,
            names=", ".join(user.name for user in found),
        )
    raise StoreError(
        "no account holds the function {function} of {service} and may release: entente user add NAME --service "
        "{service} --duty {function}",
        function=function,
        service=service,
    )


def _names(node: Node, matter: Matter, typed: Sequence[str]) -> list[str]:
    """The pictures of the record that begin so, each in full. Raises RecordError where not exactly one does."""
    known = [one.name for one in node.recourses.pictures(matter)] if typed else []
    found = []
    for start in typed:
        meant = [name for name in known if len(start) >= _SHORTEST and name.startswith(start.lower())]
        if len(meant) != 1:
            raise RecordError(
                "{count} pictures of {code} begin with {name}: give more characters",
                count=len(meant),
                code=matter.code,
                name=start[:20],
            )
        found.append(meant[0])
    return list(dict.fromkeys(found))


def _picture_lines(node: Node, matter: Matter) -> Iterator[str]:
    """Which pictures of the record go along, and which stay and why."""
    for one in node.recourses.pictures(matter):
        if one.has_left:
            continue
        name = one.name[:_NAMED]
        if one.takes_two and one.functions:
            yield _(
                "photo {name}: decided by {functions}; another function has to name it with --picture",
                name=name,
                functions=", ".join(one.functions),
            )
        elif one.takes_two:
            yield _("photo {name} stays: two functions have to name it with --picture", name=name)
        elif one.leaves:
            yield _("photo {name} leaves with it or after it", name=name)
        else:
            yield _(
                "photo {name} stays: {reason}", name=name, reason=_(one.reason.message, **one.reason.values)
            )


def _log(user: User, deed: str, matter: Matter, function: str, pictures: int) -> None:
    from entente_node.directory import auditing

    more: dict[str, int] = {"pictures": pictures} if pictures else {}
    auditing.write(
        user,
        deed,
        matter.code,
        agreement=matter.agreement,
        recipient=matter.recipient,
        article=matter.article,
        function=function,
        by="command",
        **more,
    )


def _tell(shell: Shell, matter: Matter, done: Decided) -> None:
    if shell.json:
        shell.emit(
            {
                "code": matter.code,
                "agreement": matter.agreement,
                "recipient": done.recipient,
                "article": done.article,
                "functions": list(done.functions),
                "enough": done.enough,
            }
        )
        return
    functions = ", ".join(done.functions) or "–"
    shell.tell(
        _(
            "{code} → {party}, article {article}: decided by {functions}",
            code=matter.code,
            party=done.recipient,
            article=done.article,
            functions=functions,
        )
    )
    for line in _picture_lines(shell.node, matter):
        shell.tell(line)
    if done.enough:
        shell.tell(_("Two functions have decided: it leaves with the next release."), "green")
    else:
        shell.tell(_("It has not left: it takes two different functions, and its words confirmed."), "yellow")
