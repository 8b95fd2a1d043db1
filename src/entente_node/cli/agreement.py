"""``agreement``: check, sign, adopt, show, explain. The texts are the core's, the questions are ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entente.agreements.checks import Problem, check_agreement
from entente.agreements.document import (
    MAX_TEXT,
    TYPE_LINE,
    Agreement,
    Signed,
    agreement_text,
    authority_key,
    digest,
    parse_agreement,
    parse_draft,
    read_note,
)
from entente.errors import AgreementError, MalformedError
from entente.signing import fingerprint
from entente_node.cli.explain import explain
from entente_node.cli.identity import PassphraseFile
from entente_node.cli.prose import lines_of
from entente_node.cli.shell import Panel, Shell, group, message_of, read_file, verb, write_file
from entente_node.cli.words import LANGUAGE, _, number_of

if TYPE_CHECKING:
    from entente.store import VersionState

_LARGEST: Final = MAX_TEXT + 100_000
"""Bytes of a file with an agreement: the text at its limit and a hundred signatures."""

File = Annotated[Path, typer.Argument(metavar="FILE", help=_("The agreement: a draft in JSON, or signed."))]
Yes = Annotated[bool, typer.Option("--yes", help=_("Do not ask."))]


verbs = typer.Typer()
noun = group(
    verbs, "agreement", _("The agreement: what may leave, for whom, in which form."), panel=Panel.BEGIN
)


@verb(noun, "check", node=False)
def check(shell: Shell, file: File) -> None:
    """Say all that is wrong with an agreement, and where."""
    agreement, _signed = read_agreement(file)
    problems = check_agreement(agreement)
    errors = sum(problem.severity == "error" for problem in problems)
    if shell.json:
        shell.emit(
            {
                "agreement": agreement.id,
                "version": agreement.version,
                "sound": errors == 0,
                "problems": [_problem(problem) for problem in problems],
            }
        )
    else:
        words = {"error": _("error"), "warning": _("warning")}
        for problem in problems:
            text = f"{problem.where}: {_(problem.message, **problem.values)}"
            shell.tell(
                f"{words[problem.severity]}  {text}", "red" if problem.severity == "error" else "yellow"
            )
        if not errors:
            shell.tell(_("{title}: it can be signed.", title=agreement.title), "green")
    if errors:
        shell.note(
            number_of(
                "{count} error: correct it before anybody signs.",
                "{count} errors: correct them before anybody signs.",
                errors,
            )
        )
        raise typer.Exit(1)


@verb(noun, "sign")
def sign(shell: Shell, file: File, *, passphrase_file: PassphraseFile = None, yes: Yes = False) -> None:
    """Sign an agreement with the authority key; FILE gets the signature."""
    agreement, signed = read_agreement(file)
    _refuse_unsound(shell, agreement)
    ours = shell.folder.keys().authority
    if ours not in [authority_key(party) for party in agreement.parties]:
        raise AgreementError(
            "the agreement {agreement} does not name this node's authority key: compare with `entente key show`",
            agreement=agreement.id,
        )
    _present(shell, agreement, signed)
    if not shell.ask(_("Does every fingerprint match what was read aloud, and do you sign?"), yes=yes):
        raise AgreementError("nothing was signed")
    authority = shell.folder.authority(shell.passphrase(passphrase_file))
    note = shell.node.sign(signed.note.to_bytes() if signed else agreement_text(agreement), authority)
    write_file(file, note)
    done = read_note(note)
    if shell.json:
        shell.emit(_standing(done, adopted=False))
    elif done.missing:
        shell.tell(
            _(
                "Signed. Still to sign: {parties}. Give them {file}.",
                parties=", ".join(done.missing),
                file=file,
            )
        )
    else:
        shell.tell(
            _(
                "Signed, and all signatures are there: one party now adopts it "
                "(`entente agreement adopt {file}`).",
                file=file,
            )
        )


@verb(noun, "adopt")
def adopt(shell: Shell, file: File, *, passphrase_file: PassphraseFile = None, yes: Yes = False) -> None:
    """Bring an agreement that all have signed into force, as its proposer."""
    data = read_file(file, limit=_LARGEST)
    signed = read_note(data)
    if signed.missing:
        raise AgreementError(
            "the agreement cannot be adopted before all have signed: {parties} did not",
            parties=", ".join(signed.missing),
        )
    _present(shell, signed.agreement, signed)
    if not shell.ask(_("Bring it into force now?"), yes=yes):
        raise AgreementError("nothing was adopted")
    authority = shell.folder.authority(shell.passphrase(passphrase_file))
    state = shell.node.adopt(data, authority)
    if shell.json:
        shell.emit(_standing(signed, adopted=state.adopted_at is not None))
    else:
        shell.tell(
            _(
                "{title} is adopted: the others learn it with the next pouch.",
                title=signed.agreement.title,
            )
        )


@verb(noun, "show")
def show(
    shell: Shell,
    *,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", show_default=False, help=_("The agreement; else those held here.")),
    ] = None,
) -> None:
    """An agreement as people read it; without FILE those that this node holds."""
    if file is not None:
        agreement, signed = read_agreement(file)
        _show(shell, agreement, signed, None)
        return
    held = shell.node.store.versions()
    if shell.json:
        shell.emit([_held(version) for version in held])
        return
    if not held:
        shell.note(_("This node holds no agreement yet: `entente agreement sign FILE`."))
    for version in held:
        signed = read_note(version.note)
        _show(shell, signed.agreement, signed, version)


verb(noun, "explain")(explain)


def read_agreement(file: Path) -> tuple[Agreement, Signed | None]:
    """An agreement from a file: signed, a bare text, or a draft in JSON. Raises MalformedError, AgreementError."""
    data = read_file(file, limit=_LARGEST)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("{file} is not an agreement: it is not text in UTF-8", file=file) from None
    if not text.startswith(TYPE_LINE):
        return parse_draft(text), None
    if "\n\n" in text:
        signed = read_note(data)
        return signed.agreement, signed
    return parse_agreement(text), None


def _refuse_unsound(shell: Shell, agreement: Agreement) -> None:
    errors = [problem for problem in check_agreement(agreement) if problem.severity == "error"]
    for problem in errors:
        shell.note(f"{problem.where}: {_(problem.message, **problem.values)}", "red")
    if errors:
        raise AgreementError("this agreement cannot be signed as it is: see `entente agreement check`")


def _present(shell: Shell, agreement: Agreement, signed: Signed | None) -> None:
    """What is about to be signed, and whose keys it names: always on standard error, it precedes a question."""
    shell.note(agreement.title, "bold")
    shell.note(
        _(
            "{agreement}, version {version}; SHA-256 of the text {digest}",
            agreement=agreement.id,
            version=agreement.version,
            digest=digest(agreement_text(agreement)).hex(),
        )
    )
    if agreement.watermark:
        shell.note(agreement.watermark, "yellow")
    for party in agreement.parties:
        has = _("has signed") if signed and party.id in signed.signed_by else _("has not signed")
        shell.note(f"{party.name} ({party.id}), {has}", "bold")
        shell.note(f"  {fingerprint(authority_key(party))}")


def _show(shell: Shell, agreement: Agreement, signed: Signed | None, version: VersionState | None) -> None:
    if shell.json:
        shell.emit(_standing(signed, adopted=False) if signed else _outline(agreement))
        return
    for style, line in lines_of(agreement, LANGUAGE):
        shell.tell(line, style)
    shell.tell("")
    for party in agreement.parties:
        has = _("has signed") if signed and party.id in signed.signed_by else _("has not signed")
        shell.tell(f"{party.name}: {has}")
        shell.tell(f"  {fingerprint(authority_key(party))}")
    if version is not None:
        adopted = version.adopted_at
        shell.tell(
            _("adopted here on {when}", when=f"{adopted:%Y-%m-%d %H:%M} UTC") if adopted else _("not adopted")
        )
    shell.tell("")


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "where": problem.where,
        "severity": problem.severity,
        **message_of(problem.message, problem.values),
    }


def _outline(agreement: Agreement) -> dict[str, object]:
    return {
        "agreement": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "sha256": digest(agreement_text(agreement)).hex(),
        "parties": [
            {"id": party.id, "name": party.name, "fingerprint": fingerprint(authority_key(party))}
            for party in agreement.parties
        ],
        "effective": agreement.effective.isoformat(),
        "expires": agreement.expires.isoformat() if agreement.expires else None,
    }


def _standing(signed: Signed, *, adopted: bool) -> dict[str, object]:
    return {
        **_outline(signed.agreement),
        "signed_by": sorted(signed.signed_by),
        "missing": list(signed.missing),
        "adopted": adopted,
    }


def _held(version: VersionState) -> dict[str, object]:
    return _standing(read_note(version.note), adopted=version.adopted_at is not None)
