"""``attach``: a photo with a record, reduced and stripped; it leaves once a person has looked at it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from entente.errors import RecordError
from entente.records import decode
from entente.records.codes import check_code
from entente_node.cli.options import Code, ServiceOption, default_service
from entente_node.cli.shell import Panel, Shell, read_file, verb, write_file
from entente_node.cli.words import _, number_of

verbs = typer.Typer()


@verb(verbs, "attach", panel=Panel.RECORDS)
def attach(
    shell: Shell,
    *,
    code: Code,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A photo: JPEG, PNG or WebP."))],
    caption: Annotated[str, typer.Option(show_default=False, help=_("What it shows, in a few words."))] = "",
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm", help=_("I have looked at it: it names no person and may leave; else the desk asks.")
        ),
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jpg",
            show_default=False,
            help=_("Write there what would leave, and attach nothing."),
        ),
    ] = None,
    service: ServiceOption = None,
) -> None:
    """Attach a photo to a record: made small, without metadata, in parts that travel after what is urgent."""
    from entente_node.attachments.reducing import LARGEST, reduced

    node = shell.node
    shown = node.show(code)
    if shown is None:
        raise RecordError("there is no record {code} here", code=check_code(code))
    picture = reduced(read_file(file, limit=LARGEST))
    found = {
        "about": check_code(code),
        "bytes": len(picture.data),
        "width": picture.width,
        "height": picture.height,
        "sha256": sha256(picture.data).hexdigest(),
    }
    if preview is not None:
        write_file(preview, picture.data)
    else:
        from entente_node.attachments.adding import add

        target = decode(shown.body)
        own = target.service if shown.local else None
        chosen = service or own or default_service(node, target.purpose)
        keys = add(node, code, picture, service=chosen, caption=caption, confirmed=confirm)
        shell.audit("picture.added", check_code(code), parts=len(keys))
        if confirm:
            shell.audit("picture.confirmed", check_code(code))
        found |= {"parts": len(keys), "confirmed": confirm}
    if shell.json:
        shell.emit(found)
        return
    size = _("{width} × {height} pixels, {count} bytes", count=found["bytes"], **_pixels(found))
    if preview is not None:
        shell.tell(_("{size}, written to {file}: nothing was attached.", size=size, file=preview))
        return
    shell.tell(
        number_of(
            "Attached to {code} in {count} part: {size}.",
            "Attached to {code} in {count} parts: {size}.",
            int(str(found["parts"])),
            code=found["about"],
            size=size,
        ),
        "green",
    )
    if not confirm:
        shell.tell(_("It stays here until somebody has looked at it on the desk and confirms it."), "yellow")


def _pixels(found: dict[str, object]) -> dict[str, object]:
    return {name: found[name] for name in ("width", "height")}
