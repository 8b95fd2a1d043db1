"""``init`` and ``key show``: who a node is, and what it gives to the others before they sign."""

from __future__ import annotations

from pathlib import Path
from secrets import token_bytes
from typing import Annotated

import msgspec
import typer

from entente.agreements.statements import CurrentKeys
from entente.errors import MalformedError, StoreError
from entente.sealing import recipient_of
from entente.signing import COSIGNATURE, ED25519, SigningKey, fingerprint
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import LANGUAGE, _, number_of
from entente_node.folder import Config, Folder

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=_("Read the passphrase from this file; else ENTENTE_PASSPHRASE, else it is asked for."),
    ),
]


def party_object(folder: Folder) -> dict[str, object]:
    """The node as a party of an agreement: public keys only, services to be filled in."""
    config, keys = folder.config, folder.keys()
    return {
        "id": config.party,
        "name": config.name,
        "short": config.short,
        "country": config.country,
        "keys": {
            "authority": str(keys.authority),
            "log": str(keys.log.verifier),
            "receipts": str(keys.receipts.verifier),
            "seal": recipient_of(keys.seal[0]),
        },
        "services": [],
    }


verbs = typer.Typer()


@verb(verbs, "init", panel=Panel.BEGIN)
def init(
    shell: Shell,
    *,
    party: Annotated[str, typer.Option(help=_("The party's identifier, like a domain name: gao.ml"))],
    name: Annotated[str, typer.Option(help=_("The party's full name: “Région de Gao”"))],
    short: Annotated[str, typer.Option(help=_("The prefix of its codes, two to eight capitals: GAO"))],
    country: Annotated[str, typer.Option(help=_("The country, two letters of ISO 3166: ML"))],
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", show_default=False, help=_("The folder; else that of --node.")),
    ] = None,
    language: Annotated[str, typer.Option(help=_("The language of its desk: fr or en"))] = LANGUAGE,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a node: its folder, its keys, its ledger."""
    made = Folder(folder.resolve()) if folder else shell.folder
    if (made.path / "node.toml").exists():
        raise StoreError("there is a node in {folder} already; nothing was changed", folder=made.path)
    config = _config(party=party, name=name, short=short, country=country, language=language)
    passphrase = shell.passphrase(passphrase_file, new=True)
    try:
        made.create(config, passphrase)
    except OSError as error:
        raise StoreError(
            "{file} cannot be written: {reason}",
            file=made.path,
            reason=error.strerror or type(error).__name__,
        ) from None
    from entente_node.local import prepare

    prepare(made.path)
    if shell.json:
        shell.emit(party_object(made))
        return
    shell.tell(_("{name} is in {folder}.", name=config.name, folder=made.path), "bold")
    shell.tell(fingerprint(made.keys().authority))
    shell.note(
        _(
            "These digits are the fingerprint of your authority key: the others compare them, read aloud, "
            "with what they see before they sign.\n"
            "Next: `entente key show --json` gives what the agreement says of you. Copy "
            "keys/authority.age to a stick that you lock away, and keep its passphrase elsewhere."
        )
    )


keys = group(verbs, "key", _("The node's public keys."), panel=Panel.BEGIN)


@verb(keys, "show")
def show(shell: Shell) -> None:
    """The public keys, and a fingerprint to be read aloud at the table."""
    party = party_object(shell.folder)
    if shell.json:
        shell.emit(party)
        return
    authority = shell.folder.keys().authority
    shell.tell(f"{party['name']} ({party['id']})", "bold")
    public = party["keys"]
    rows = [[role, text] for role, text in public.items()] if isinstance(public, dict) else []
    shell.table([_("Key"), _("Public half")], rows)
    shell.tell("")
    shell.tell(_("Fingerprint of the authority key, to be read aloud:"))
    shell.tell(fingerprint(authority), "bold")


@verb(keys, "rotate")
def rotate(
    shell: Shell,
    *,
    log: Annotated[
        bool, typer.Option("--log", help=_("Replace the key that signs journals and pouches."))
    ] = False,
    receipts: Annotated[
        bool, typer.Option("--receipts", help=_("Replace the key that signs receipts."))
    ] = False,
    revoke: Annotated[
        bool,
        typer.Option(
            "--revoke", help=_("The log key was stolen: nothing that it signs is believed any more.")
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Replace keys of everyday work; the seal key always. Partners learn it with the next pouch."""
    folder = shell.folder
    node = shell.node
    authority = folder.authority(shell.passphrase(passphrase_file))
    held = folder.keys()
    new = {
        role: SigningKey.from_seed(f"{held.party}/{role}", token_bytes(32), algorithm)
        for role, algorithm, wanted in (("log", ED25519, log or revoke), ("receipts", COSIGNATURE, receipts))
        if wanted
    }
    # The new seal key is kept before anybody hears of it; the others are used once everybody may.
    current = CurrentKeys(
        log=str(new.get("log", held.log).verifier),
        receipts=str(new.get("receipts", held.receipts).verifier),
        seal=folder.new_seal(),
    )
    revoked = [node.last_good(held.log.verifier)] if revoke else []
    node.state_keys(current, authority, revoked=revoked)
    for role, key in new.items():
        folder.replace_key(role, key)
    if "log" in new:
        from entente_node.directory.pruning import sign_anew

        sign_anew(new["log"])
    if shell.json:
        shell.emit(party_object(folder))
        return
    roles = ", ".join(["seal", *new])
    shell.tell(
        _(
            "Replaced: {roles}. The partners learn it, signed by the authority, with the next pouch.",
            roles=roles,
        )
    )
    shell.note(_("Once they have, `entente key forget` destroys the seal keys that were replaced."))


@verb(keys, "forget")
def forget(shell: Shell) -> None:
    """Destroy the seal keys that were replaced; what is still sealed to them is lost."""
    node = shell.node
    behind = [
        partner
        for agreement, partner in node.partners()
        if (channel := node.store.channel(agreement, partner)).notes_sent_in is None
        or channel.notes_sent_in > channel.confirmed
    ]
    if behind:
        raise StoreError(
            "{partners} may not have heard of the new keys yet; exchange first, then forget",
            partners=", ".join(dict.fromkeys(behind)),
        )
    count = shell.folder.forget_seals()
    if shell.json:
        shell.emit({"destroyed": count})
    else:
        shell.tell(number_of("{count} seal key destroyed.", "{count} seal keys destroyed.", count))


def _config(**values: str) -> Config:
    # msgspec checks on conversion, not on construction.
    try:
        return msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise MalformedError("this cannot be a node: {reason}", reason=error) from None
