"""``journal export`` and ``journal verify``: for auditors, who need neither this node nor this program."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from entente.errors import EntenteError, JournalError, MalformedError, StoreError
from entente.journal.checkpoint import Origin, verify_checkpoint
from entente.journal.proof import verify_tlog_proof
from entente.journal.tiles import read_log
from entente.signing import VerifierKey, parse_note
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import _, number_of

if TYPE_CHECKING:
    from entente.audit import Proof

_LARGEST_TILE: Final = 256 * (2 + 65_535)
"""Bytes of a full tile of entries."""


_PROOF: Final = ".tlog-proof"
_ENTRY: Final = ".entry"

verbs = typer.Typer()
noun = group(
    verbs, "journal", _("Journals for auditors: written as C2SP tlog-tiles, and verified."), panel=Panel.PROOF
)


@verb(noun, "export")
def export(
    shell: Shell,
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("Where the logs are written."))],
    only: Annotated[
        str | None,
        typer.Option("--journal", metavar="ORIGIN", show_default=False, help=_("Only this journal.")),
    ] = None,
    payloads: Annotated[
        bool,
        typer.Option(
            "--payloads", help=_("The records themselves beside the log: for those entitled to them.")
        ),
    ] = False,
) -> None:
    """Write journals as tlog-tiles logs, one folder each."""
    node = shell.node
    journals = [journal for journal in node.store.journals() if only in {None, journal.origin}]
    if not journals:
        raise StoreError("there is no journal {origin} here", origin=only or "")
    found: list[dict[str, Any]] = []
    for journal in journals:
        target = folder / journal.origin.replace("/", "_")
        head = b""
        for path, data in node.export(journal.origin):
            if payloads or not path.startswith("payload/"):
                _write(target / path, data)
            if path == "checkpoint":
                head = data
        found.append(
            {
                "journal": journal.origin,
                "size": journal.size,
                "folder": str(target),
                "verifier": _verifier(shell, Origin.parse(journal.origin), _signed_head(head)),
            }
        )
    if shell.json:
        shell.emit(found)
        return
    for one in found:
        shell.tell(
            number_of(
                "{journal}: {count} entry in {folder}",
                "{journal}: {count} entries in {folder}",
                one["size"],
                journal=one["journal"],
                folder=one["folder"],
            )
        )
        if one["verifier"]:
            shell.tell(f"  entente journal verify {one['folder']} --key '{one['verifier']}'", "cyan")


@verb(noun, "verify", node=False)
def verify(
    shell: Shell,
    *,
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help=_("One exported log, or one .tlog-proof with its .entry beside.")),
    ],
    key: Annotated[str, typer.Option(metavar="VKEY", help=_("The log key of its sender: name+keyID+base64"))],
) -> None:
    """Verify an exported log, or one proof, with the key of the party that signed it."""
    log = VerifierKey.parse(key)
    if folder.suffix == _PROOF:
        _verify_proof(shell, folder, log)
        return
    if not folder.is_dir():
        raise StoreError("{folder} is not a folder", folder=folder)
    entries = read_log(lambda path: _read(folder, path), log)
    checkpoint = verify_checkpoint(parse_note(_read(folder, "checkpoint") or b""), log)
    if shell.json:
        shell.emit(
            {
                "journal": checkpoint.origin,
                "size": len(entries),
                "root": checkpoint.root.hex(),
                "verified": True,
            }
        )
        return
    shell.tell(
        number_of(
            "{journal}: {count} entry, all as signed by {name}.",
            "{journal}: {count} entries, all as signed by {name}.",
            len(entries),
            journal=checkpoint.origin,
            name=log.name,
        ),
        "green",
    )


@verb(noun, "prove")
def prove(
    shell: Shell,
    *,
    code: Annotated[str, typer.Argument(metavar="CODE", help=_("The record's code."))],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("Where the proof is written."))],
) -> None:
    """Prove one record to a third party: a .tlog-proof (C2SP) and the entry that it proves."""
    node = shell.node
    found = []
    for proof in node.prove(code):
        name = f"{proof.origin.replace('/', '_')}-{proof.index}"
        _write(folder / f"{name}{_PROOF}", proof.text.encode("utf-8"))
        _write(folder / f"{name}{_ENTRY}", proof.entry)
        origin = Origin.parse(proof.origin)
        found.append(
            {
                "journal": proof.origin,
                "index": proof.index,
                "file": str(folder / f"{name}{_PROOF}"),
                "verifier": _verifier(shell, origin, _signed_entry(proof)),
            }
        )
    if not found:
        raise StoreError("{code} is in no journal: it has not left", code=code)
    if shell.json:
        shell.emit(found)
        return
    for one in found:
        shell.tell(_("{journal}, entry {index}: {file}", **one))
        shell.tell(f"  entente journal verify {one['file']} --key '{one['verifier']}'", "cyan")


def _verify_proof(shell: Shell, file: Path, log: VerifierKey) -> None:
    data = _read(file.parent, file.name)
    entry = _read(file.parent, file.with_suffix(_ENTRY).name)
    if data is None or entry is None:
        raise StoreError("{file} needs its {entry} beside it", file=file, entry=file.with_suffix(_ENTRY).name)
    checkpoint = verify_tlog_proof(data, entry, log)
    if shell.json:
        shell.emit({"journal": checkpoint.origin, "size": checkpoint.size, "verified": True})
        return
    shell.tell(
        _("{journal}: the entry is in it, as signed by {name}.", journal=checkpoint.origin, name=log.name),
        "green",
    )


def _signed_head(checkpoint: bytes) -> Callable[[VerifierKey], object]:
    """Whether a key signed a checkpoint: raises where it did not."""
    return lambda log: verify_checkpoint(parse_note(checkpoint), log)


def _signed_entry(proof: Proof) -> Callable[[VerifierKey], object]:
    """The same of the checkpoint in a proof."""
    return lambda log: verify_tlog_proof(proof.text.encode("utf-8"), proof.entry, log)


def _verifier(shell: Shell, origin: Origin, signed: Callable[[VerifierKey], object]) -> str | None:
    """The log key of the sender that signed: a key that was replaced since still verifies what it signed."""
    node = shell.node
    ours = [node.keys.log.verifier] if origin.sender == node.keys.party else []
    for log in (*ours, *(keys.log for keys in node.register.all_keys(origin.agreement, origin.sender))):
        with suppress(EntenteError):
            signed(log)
            return str(log)
    return None


def _write(path: Path, data: bytes) -> None:
    # Under another name and renamed: an auditor who reads meanwhile never sees half a tile (C2SP tlog-tiles).
    part = path.with_name(f"{path.name}.part")
    try:
        if path.name == "checkpoint":
            os.sync()  # once, for all tiles: the checkpoint promises them
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            if path.name == "checkpoint":
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StoreError(
            "{file} cannot be written: {reason}", file=path, reason=error.strerror or type(error).__name__
        ) from None


def _read(folder: Path, path: str) -> bytes | None:
    # The paths are computed from numbers, never taken from the files.
    try:
        with (folder / path).open("rb") as file:
            data = file.read(_LARGEST_TILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(
            "{file} cannot be read: {reason}",
            file=folder / path,
            reason=error.strerror or type(error).__name__,
        ) from None
    if len(data) > _LARGEST_TILE:
        raise MalformedError("the tile {path} is larger than a tile can be", path=path)
    return data
