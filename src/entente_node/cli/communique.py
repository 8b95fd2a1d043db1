"""``communique``: drafted on one side, agreed paragraph by paragraph, signed by both.

Everything here but signing is also possible with ``file``; these verbs know what follows from what.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from entente.dialogue import Negotiation
from entente.errors import AgreementError, RecordError, StoreError
from entente.records import Communique, from_json
from entente.records import Record as CoreRecord
from entente.records.base import Part, labels_of
from entente.records.codes import check_code
from entente.records.communique import Paragraph, Signatory
from entente.records.times import instant
from entente.signing import fingerprint
from entente_node.cli.identity import PassphraseFile
from entente_node.cli.options import Code, ServiceOption, default_service
from entente_node.cli.outcomes import show_filing
from entente_node.cli.shell import Panel, Shell, group, read_file, verb, write_file
from entente_node.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from entente.agreements.document import Agreement
    from entente.node import Node

_LARGEST: Final = 200_000

Yes = Annotated[bool, typer.Option("--yes", help=_("Do not ask."))]
CodeOrNone = Annotated[
    str | None,
    typer.Argument(metavar="[CODE]", show_default=False, help=_("Its code; without one, all of them.")),
]

verbs = typer.Typer()
communiques = group(
    verbs, "communique", _("Communiqués: drafted, agreed, signed by both."), panel=Panel.RECORDS
)


@verb(communiques, "draft")
def draft(
    shell: Shell,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("Where the draft is written, to be edited."))
    ],
    meeting: Annotated[
        str | None, typer.Option(metavar="CODE", show_default=False, help=_("The meeting that it is about."))
    ] = None,
    service: ServiceOption = None,
) -> None:
    """Write a draft in JSON, with the signatories that the agreement names."""
    node = shell.node
    if file.exists():
        raise StoreError("{file} is there already; nothing was written", file=file)
    record = Communique(
        at=instant(node.clock()),
        service=service or default_service(node, "administration"),
        purpose="administration",
        tlp="GREEN",
        about=check_code(meeting) if meeting else None,
        language="fr",
        subject="Communiqué conjoint",
        preamble=("…",),
        paragraphs=(Paragraph(text="…"),),
        done="Fait à …, le …",
        signatories=_signatories(node),
    )
    write_file(file, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    if shell.json:
        shell.emit(record)
    else:
        shell.tell(
            _("The draft is in {file}: write its words, then `entente communique propose {file}`.", file=file)
        )


@verb(communiques, "propose")
def propose(
    shell: Shell, file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The draft, edited."))]
) -> None:
    """Propose a draft to the other side; its words leave as they are."""
    record = from_json(read_file(file, limit=_LARGEST))
    if not isinstance(record, Communique):
        raise RecordError("{file} is no draft of a communiqué", file=file)
    if any(
        "…" in text
        for text in (*record.preamble, *(one.text for one in record.paragraphs), record.done or "")
    ):
        raise RecordError("{file} still has an ellipsis where words should be", file=file)
    file_written(shell, record)


@verb(communiques, "agree")
def agree(
    shell: Shell,
    *,
    code: Code,
    paragraph: Annotated[
        list[int] | None,
        typer.Option(metavar="N", show_default=False, help=_("Only this paragraph; may be repeated.")),
    ] = None,
    reserve: Annotated[
        list[int] | None,
        typer.Option(metavar="N", show_default=False, help=_("All but this paragraph; may be repeated.")),
    ] = None,
    service: ServiceOption = None,
) -> None:
    """Agree to the words that stand: as a whole, or paragraph by paragraph."""
    node = shell.node
    purpose = node.talks.of(code).current.communique.purpose
    record = node.talks.answer(
        code,
        service=service or default_service(node, purpose),
        agree=paragraph or (),
        reserve=reserve or (),
    )
    file_written(shell, record)


@verb(communiques, "sign")
def sign(shell: Shell, *, code: Code, passphrase_file: PassphraseFile = None, yes: Yes = False) -> None:
    """Sign the words that stand with the authority key; the signature travels with the next pouch."""
    node = shell.node
    negotiation = node.talks.of(code)
    ours = next((one for one in negotiation.signatories if one.party == node.keys.party), None)
    shell.note(negotiation.current.text.rstrip("\n"))
    shell.note("")
    if ours is not None:
        shell.note(_("You sign as: {signatory}", signatory=_signatory(ours)), "bold")
        shell.note(f"  {fingerprint(node.keys.authority)}")
    if not shell.ask(_("Do you sign these words?"), yes=yes):
        raise RecordError("nothing was signed")
    node.talks.sign(code, shell.folder.authority(shell.passphrase(passphrase_file)))
    done = node.talks.of(code)
    if shell.json:
        shell.emit(_plain(node, done))
    elif done.missing:
        shell.tell(_("Signed. Still to sign: {parties}.", parties=", ".join(done.missing)))
    else:
        shell.tell(_("Signed, and all signatures are there."), "green")


@verb(communiques, "show")
def show(
    shell: Shell,
    *,
    code: CodeOrNone = None,
    note: Annotated[
        bool, typer.Option("--note", help=_("The signed note as it is, to verify it elsewhere."))
    ] = False,
) -> None:
    """A communiqué with each side's consent and signature; without CODE all of them."""
    node = shell.node
    if code is None:
        found = node.talks.all()
        if shell.json:
            shell.emit([_plain(node, one) for one in found])
            return
        rows = [[one.code, _state(one), one.current.communique.subject or ""] for one in found]
        shell.table([_("Code"), _("State"), _("Title")], rows)
        return
    negotiation = node.talks.of(code)
    if note:
        signed = node.talks.note(negotiation)
        if signed is None:
            raise StoreError("nobody has signed {code} yet", code=negotiation.code)
        shell.raw(signed)
    elif shell.json:
        shell.emit(_plain(node, negotiation))
    else:
        _tell(shell, node, negotiation)


def file_written(shell: Shell, record: CoreRecord) -> None:
    """File a record whose words were written to leave; say what becomes of it."""
    [filing] = shell.node.file([record], confirmed=True)
    shell.audit("record.filed", filing.record.code or "", kind=record.kind())
    show_filing(shell, filing, confirmed=True)


def _signatories(node: Node) -> tuple[Signatory, ...]:
    """Those that the agreement in force names, or one for each party."""
    for agreement in agreements_of(node):
        if agreement.signatories:
            return tuple(
                Signatory(
                    party=one.party, function=one.function, representing=one.acting_for, under=one.under
                )
                for one in agreement.signatories
            )
        return tuple(Signatory(party=party.id, function="…") for party in agreement.parties)
    raise AgreementError("no agreement is in force: there is nobody to sign with")


def _signatory(one: Signatory) -> str:
    text = one.function
    if one.representing:
        text += ", " + _("representing {function}", function=one.representing)
    return f"{text} ({one.under})" if one.under else text


def _tell(shell: Shell, node: Node, negotiation: Negotiation) -> None:
    words = negotiation.current.communique
    shell.tell(f"{negotiation.code}  {_state(negotiation)}", "bold")
    shell.tell(words.subject or "", "bold")
    for clause in words.preamble:
        shell.tell(clause)
    for paragraph in negotiation.paragraphs:
        shell.tell(f"{paragraph.number}. {paragraph.text}")
        for party, consent in paragraph.sides.items():
            word = word_of(Paragraph, "consent", consent) if consent else _("not yet")
            shell.tell(f"   {party}: {word}", "green" if consent == "agreed" else "")
    shell.tell(words.done or "")
    for line in node.talks.lines(negotiation):
        shell.tell(f"{line.signatory.party}: {_signatory(line.signatory)}", "bold")
        at = _day(line.held_at)
        signed = _("signed; held here since {when}", when=at) if at else _("not signed yet")
        shell.tell(f"  {signed}", "green" if at else "yellow")
        if line.fingerprint:
            shell.tell(f"  {line.fingerprint}")


def _plain(node: Node, negotiation: Negotiation) -> dict[str, object]:
    return {
        "code": negotiation.code,
        "codes": sorted(negotiation.codes),
        "state": negotiation.state,
        "party": negotiation.current.party,
        "title": negotiation.current.communique.subject,
        "text": negotiation.current.text,
        "paragraphs": [
            {"number": one.number, "text": one.text, "sides": dict(one.sides)}
            for one in negotiation.paragraphs
        ],
        "signatures": [
            {
                "party": line.signatory.party,
                "function": line.signatory.function,
                "representing": line.signatory.representing,
                "under": line.signatory.under,
                "fingerprint": line.fingerprint,
                "held_since": _day(line.held_at) or None,
            }
            for line in node.talks.lines(negotiation)
        ],
    }


def agreements_of(node: Node) -> list[Agreement]:
    """The agreements that are in force."""
    return [policy.standing.signed.agreement for policy in node.register.policies()]


def _state(negotiation: Negotiation) -> str:
    words = {
        "proposed": _("proposed"),
        "reserved": _("reserved"),
        "agreed": _("agreed"),
        "signed": _("signed"),
    }
    return words[negotiation.state]


def word_of(kind: type[CoreRecord | Part], field: str, value: object) -> str:
    """The word for a value of a closed list."""
    pair = labels_of(kind, field).get(str(value))
    return pair[LANGUAGE == "en"] if pair else str(value)


def _day(seconds: int | None) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}" if seconds else ""
