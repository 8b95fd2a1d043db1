"""``user``: the accounts of this node's desk. They never leave it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entente.errors import EntenteError, StoreError
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from entente_node.directory.models import User

_LONGEST_PASSWORD: Final = 1_000
_LONGEST_LINK: Final = 24 * 60

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The sign-in name."))]


verbs = typer.Typer()
noun = group(verbs, "user", _("Accounts of the desk."), panel=Panel.NODE)


@verb(noun, "add")
def add(
    shell: Shell,
    *,
    name: Name,
    service: Annotated[str, typer.Option(help=_("The service that it acts for; its mandates open records."))],
    function: Annotated[str, typer.Option(help=_("Its function there, never a person's name."))] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help=_("Read a password from standard input."))
    ] = False,
    language: Annotated[str, typer.Option(help=_("fr or en"))] = LANGUAGE,
) -> None:
    """Make an account; without a password it signs in by link only."""
    node = shell.node
    password = sys.stdin.readline(_LONGEST_PASSWORD).rstrip("\r\n") if password_stdin else None
    user = _make(name, service=service, function=function, language=language, password=password)
    known = service in _services(shell)
    if shell.json:
        shell.emit(_plain(user))
        return
    shell.tell(_("{name} may sign in for {service}.", name=user.name, service=service))
    if not known and node.store.versions():
        shell.note(
            _(
                "No agreement held here names the service {service}: it will see nothing.",
                service=service,
            ),
            "yellow",
        )


@verb(noun, "link")
def link(
    shell: Shell,
    *,
    name: Name,
    minutes: Annotated[int, typer.Option(min=1, max=_LONGEST_LINK, help=_("How long it is good for."))] = 10,
) -> None:
    """Make a link that signs an account in once."""
    shell.node  # noqa: B018  Django before its models
    from entente_node.directory.links import sign_in_link

    config = shell.folder.config
    url = f"http://{config.host}:{config.port}{sign_in_link(_user(name), minutes)}"
    if shell.json:
        shell.emit({"name": name, "url": url, "minutes": minutes})
        return
    # The link is what was asked for; whoever has it is signed in, so it is never logged.
    shell.tell(url)
    shell.note(_("Good once, for {minutes} minutes.", minutes=minutes))


@verb(noun, "list")
def list_(shell: Shell) -> None:
    """The accounts of this node."""
    shell.node  # noqa: B018  Django before its models
    from entente_node.directory.models import User

    users = list(User.objects.order_by("name"))
    if shell.json:
        shell.emit([_plain(user) for user in users])
        return
    rows = [
        [user.name, user.service, user.function, _("yes") if user.has_usable_password() else _("no")]
        for user in users
    ]
    shell.table([_("Name"), _("Service"), _("Function"), _("Password")], rows)


@verb(noun, "remove")
def remove(shell: Shell, name: Name) -> None:
    """Remove an account."""
    shell.node  # noqa: B018  Django before its models
    _user(name).delete()
    if shell.json:
        shell.emit({"name": name, "removed": True})
    else:
        shell.tell(_("{name} is removed.", name=name))


def _make(name: str, *, service: str, function: str, language: str, password: str | None) -> User:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils import translation

    from entente_node.directory.models import User

    user = User(name=name, service=service, function=function, language=language)
    try:
        # Django's own rules speak Django's own languages.
        with translation.override(LANGUAGE):
            if password is not None:
                validate_password(password, user)
                user.set_password(password)
            else:
                user.set_unusable_password()
            user.full_clean()
    except ValidationError as error:
        raise StoreError("the account cannot be made: {reason}", reason=" ".join(error.messages)) from None
    user.save()
    return user


def _user(name: str) -> User:
    from entente_node.directory.models import User

    user = User.objects.filter(name=name).first()
    if user is None:
        raise StoreError("there is no account {name}", name=name[:100])
    return user


def _plain(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "service": user.service,
        "function": user.function,
        "language": user.language,
        "password": user.has_usable_password(),
    }


def _services(shell: Shell) -> set[str]:
    node = shell.node
    found: set[str] = set()
    for version in node.store.versions():
        try:
            party = node.register.signed(version).agreement.party(node.keys.party)
        except EntenteError:
            continue
        found |= {service.id for service in party.services} if party else set()
    return found
