"""``user``: the accounts of this node's desk. They never leave it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from entente.errors import StoreError
from entente.records.times import instant
from entente_node.cli.shell import Panel, Shell, group, verb
from entente_node.cli.words import LANGUAGE, _, number_of

if TYPE_CHECKING:
    from entente_node.directory.models import User

_LONGEST_PASSWORD: Final = 1_000
_LONGEST_LINK: Final = 24 * 60
ROLES: Final = "agent, officer, coordinator, secretariat, administrator, observer, community"

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The sign-in name."))]
ServiceOption = Annotated[
    str | None, typer.Option(help=_("The service that it acts for; its mandates open records."))
]
FunctionOption = Annotated[str | None, typer.Option(help=_("Its function there, never a person's name."))]
RoleOption = Annotated[
    str | None, typer.Option(metavar="ROLE", help=_("What it may do: {roles}.", roles=ROLES))
]
DutyOption = Annotated[
    str | None, typer.Option(help=_("Its duty function as the rota names it, such as permanence."))
]
AreaOption = Annotated[
    list[str] | None,
    typer.Option("--area", metavar="CODE", help=_("An area where its situation begins; may be repeated.")),
]
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help=_("Read a password from standard input."))
]


verbs = typer.Typer()
noun = group(verbs, "user", _("Accounts of the desk."), panel=Panel.NODE)


@verb(noun, "add")
def add(
    shell: Shell,
    *,
    name: Name,
    service: Annotated[str, typer.Option(help=_("The service that it acts for; its mandates open records."))],
    function: FunctionOption = None,
    role: RoleOption = None,
    duty: DutyOption = None,
    area: AreaOption = None,
    password_stdin: PasswordOption = False,
    language: Annotated[str, typer.Option(help=_("fr or en"))] = LANGUAGE,
) -> None:
    """Make an account; without a password it signs in by link only."""
    node = shell.node
    from django.utils import translation

    from entente_node.directory import keeping

    translation.activate(LANGUAGE)  # Django's own rules speak Django's own languages
    values = _values(service=service, function=function, role=role, duty=duty, areas=area, language=language)
    user = keeping.make(name, password=_password(read=password_stdin), **values)
    if shell.json:
        shell.emit(_plain(user))
        return
    shell.tell(_("{name} may sign in for {service}.", name=user.name, service=service))
    if service not in keeping.services() and node.store.versions():
        shell.note(
            _(
                "No agreement held here names the service {service}: it will see nothing.",
                service=service,
            ),
            "yellow",
        )


@verb(noun, "change")
def change(
    shell: Shell,
    *,
    name: Name,
    service: ServiceOption = None,
    function: FunctionOption = None,
    role: RoleOption = None,
    duty: DutyOption = None,
    area: AreaOption = None,
    password_stdin: PasswordOption = False,
    language: Annotated[str | None, typer.Option(help=_("fr or en"))] = None,
) -> None:
    """Change an account; with another role, service or password its sessions and keys end."""
    user = _user(shell, name)
    from entente_node.directory import keeping

    values = _values(service=service, function=function, role=role, duty=duty, areas=area, language=language)
    changed = keeping.change(user, password=_password(read=password_stdin), **values)
    if shell.json:
        shell.emit(_plain(user) | {"changed": changed})
    elif changed:
        shell.tell(_("{name} is changed: {what}.", name=name, what=", ".join(changed)))
    else:
        shell.tell(_("Nothing was changed."))


@verb(noun, "link")
def link(
    shell: Shell,
    *,
    name: Name,
    minutes: Annotated[int, typer.Option(min=1, max=_LONGEST_LINK, help=_("How long it is good for."))] = 10,
) -> None:
    """Make a link that signs an account in once, without a second step."""
    user = _user(shell, name)
    from entente_node.directory import auditing
    from entente_node.directory.links import sign_in_link

    config = shell.folder.config
    address = config.address.rstrip("/") or f"http://{config.host}:{config.port}"
    url = f"{address}{sign_in_link(user, minutes)}"
    auditing.write(None, "account.link", subject=name, minutes=minutes)
    if shell.json:
        shell.emit({"name": name, "url": url, "minutes": minutes})
        return
    # The link is what was asked for; whoever has it is signed in, so it is never logged.
    shell.tell(url)
    shell.note(_("Good once, for {minutes} minutes.", minutes=minutes))


@verb(noun, "list")
def list_(shell: Shell) -> None:
    """The accounts of this node."""
    shell.load()
    from entente_node.directory import factors
    from entente_node.directory.models import User

    users = list(User.objects.order_by("name"))
    if shell.json:
        shell.emit([_plain(user) for user in users])
        return
    yes_no = {True: _("yes"), False: _("no")}
    rows = [
        [
            user.name,
            user.role,
            user.service,
            user.function,
            yes_no[user.has_usable_password()],
            yes_no[factors.has_one(user)],
            "" if user.is_active else _("locked"),
        ]
        for user in users
    ]
    titles = [_("Name"), _("Role"), _("Service"), _("Function"), _("Password"), _("Second factor"), ""]
    shell.table(titles, rows)


@verb(noun, "sessions")
def sessions(
    shell: Shell,
    *,
    name: Name,
    end: Annotated[bool, typer.Option("--end", help=_("End all of them, at once."))] = False,
) -> None:
    """Where an account is signed in; with --end it is signed out everywhere."""
    user = _user(shell, name)
    from entente_node.directory import auditing
    from entente_node.directory import sessions as kept

    if end:
        ended = kept.end_all(user)
        auditing.write(None, "session.ended", subject=name, ended=ended)
        if shell.json:
            shell.emit({"name": name, "ended": ended})
        else:
            shell.tell(number_of("{count} session has ended.", "{count} sessions have ended.", ended))
        return
    found = kept.of(user)
    if shell.json:
        shell.emit(
            [
                {
                    "device": one.device,
                    "address": one.address,
                    "began_at": instant(one.began_at),
                    "seen_at": instant(one.seen_at),
                    "duty_phone": one.duty,
                }
                for one in found
            ]
        )
        return
    if not found:
        shell.tell(_("{name} is signed in nowhere.", name=name))
        return
    rows = [
        [one.device, one.address, instant(one.began_at), instant(one.seen_at), _("yes") if one.duty else ""]
        for one in found
    ]
    shell.table([_("Device"), _("Address"), _("Signed in"), _("Last used"), _("Duty phone")], rows)


@verb(noun, "keys")
def keys(
    shell: Shell,
    *,
    name: Name,
    revoke: Annotated[bool, typer.Option("--revoke", help=_("Revoke all of them, at once."))] = False,
) -> None:
    """The keys for programs that an account has made; with --revoke they end."""
    user = _user(shell, name)
    from entente_node.directory import auditing
    from entente_node.directory import keys as kept

    if revoke:
        ended = kept.revoke_all(user)
        auditing.write(None, "key.revoked", subject=name, keys=ended)
        if shell.json:
            shell.emit({"name": name, "revoked": ended})
        else:
            shell.tell(number_of("{count} key is revoked.", "{count} keys are revoked.", ended))
        return
    found = list(kept.keys_of(user))
    if shell.json:
        shell.emit(
            [
                {
                    "use": one.use,
                    "label": one.label,
                    "made_at": instant(one.created_at),
                    "used_at": instant(one.used_at) if one.used_at else None,
                }
                for one in found
            ]
        )
        return
    if not found:
        shell.tell(_("{name} has no key.", name=name))
        return
    rows = [
        [one.label, one.use, instant(one.created_at), instant(one.used_at) if one.used_at else ""]
        for one in found
    ]
    shell.table([_("Program"), _("Use"), _("Made"), _("Last used")], rows)


@verb(noun, "lock")
def lock(shell: Shell, name: Name) -> None:
    """Lock an account: nobody signs in to it, whoever has is out at once, and its keys end."""
    user = _user(shell, name)
    from entente_node.directory import keeping

    keeping.lock(user)
    _done(shell, name, "locked", _("{name} is locked.", name=name))


@verb(noun, "unlock")
def unlock(shell: Shell, name: Name) -> None:
    """Unlock an account, and forget the tries that were counted against its name."""
    user = _user(shell, name)
    from entente_node.directory import keeping

    keeping.unlock(user)
    _done(shell, name, "unlocked", _("{name} may sign in again.", name=name))


@verb(noun, "remove")
def remove(shell: Shell, name: Name) -> None:
    """Remove an account; never the only administrator."""
    user = _user(shell, name)
    from entente_node.directory import keeping

    keeping.remove(user)
    _done(shell, name, "removed", _("{name} is removed.", name=name))


def _done(shell: Shell, name: str, what: str, said: str) -> None:
    if shell.json:
        shell.emit({"name": name, what: True})
    else:
        shell.tell(said)


def _values(**given: Any) -> dict[str, Any]:
    """What was given; what was not stays as it is."""
    from entente_node.directory.roles import Role

    if given["role"] is not None and given["role"] not in list(Role):
        raise StoreError("there is no role {role}; there are {roles}", role=given["role"][:40], roles=ROLES)
    return {name: value for name, value in given.items() if value is not None}


def _password(*, read: bool) -> str | None:
    return sys.stdin.readline(_LONGEST_PASSWORD).rstrip("\r\n") if read else None


def _user(shell: Shell, name: str) -> User:
    shell.load()
    from django.utils import translation

    from entente_node.directory.models import User

    translation.activate(LANGUAGE)  # Django's own rules speak Django's own languages
    user = User.objects.filter(name=name).first()
    if user is None:
        raise StoreError("there is no account {name}", name=name[:100])
    return user


def _plain(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "service": user.service,
        "function": user.function,
        "role": str(user.role),
        "duty": user.duty,
        "areas": list(user.areas),
        "language": user.language,
        "password": user.has_usable_password(),
        "active": user.is_active,
    }
