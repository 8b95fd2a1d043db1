"""A node's folder: its name, its keys, its ledger. One folder is one node.

::

    node.toml            party, name, short, country, language; edited by hand
    keys/authority.age   the authority key, locked with a passphrase; belongs offline
    keys/authority.pub   its public half
    keys/log.key receipts.key seal.key session.key      readable by the owner only
    ledger.sqlite3       the ledger
    courier.lock         held by the one courier

Private keys are never printed and never in the ledger.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from entente import sealing
from entente.courier.keys import Keys
from entente.errors import SealError, StoreError
from entente.records.base import PartyId
from entente.signing import COSIGNATURE, SigningKey, VerifierKey

LOCAL_NETWORKS: Final = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""What people call the local network (RFC 1918, RFC 6598, RFC 4193); never this machine itself."""


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """``node.toml``: what a person may edit."""

    party: PartyId
    name: str
    short: str
    country: str
    language: str = "fr"
    host: str = "127.0.0.1"
    port: int = 8000
    heartbeat: int = 30
    """Seconds between pouches when there is nothing to send."""
    tiles: str = ""
    """Address template of a tile server for the map that moves, ``https://…/{z}/{x}/{y}.png``; empty: no tiles.

    Whoever runs that server sees where people look.
    """
    address: str = ""
    """What links in messages begin with: where duty phones reach the desk, ``https://…``; empty: no links."""
    gammu: str = ""
    """The folder from which gammu-smsd sends, where this machine has a telephone; empty: it has none."""
    push_services: tuple[str, ...] = ()
    """Push services besides the browsers' own that this node may call."""
    gateways: tuple[str, ...] = LOCAL_NETWORKS
    """Networks besides the internet in which gateways of messages may be, ``192.168.7.0/24``: the local ones."""
    audit_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    """How many days the log of accesses is kept; 0: all of it. `entente audit prune` removes what is older."""
    second_factor: Literal["roles", "all", "none"] = "roles"
    """Which accounts must have a second factor: those whose role weighs, all, or none."""

    def __post_init__(self) -> None:
        """Refuse what is no network where networks are named."""
        for one in self.gateways:
            ip_network(one, strict=False)


@dataclass(frozen=True)
class Folder:
    """The folder of one node."""

    path: Path

    @property
    def config(self) -> Config:
        """What ``node.toml`` says. Raises StoreError."""
        file = self.path / "node.toml"
        try:
            return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Config)
        except FileNotFoundError:
            raise StoreError(
                "there is no node in {folder}: name one with --node or ENTENTE_NODE, or make one with `entente init`",
                folder=self.path,
            ) from None
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise StoreError("{file} cannot be read: {reason}", file=file, reason=error) from None

    @property
    def ledger(self) -> Path:
        """The database file."""
        return self.path / "ledger.sqlite3"

    @property
    def lock(self) -> Path:
        """The file that the one courier holds locked."""
        return self.path / "courier.lock"

    def keys(self) -> Keys:
        """The keys of everyday work; the authority key is not among them."""
        config = self.config
        try:
            return Keys(
                party=config.party,
                short=config.short,
                log=SigningKey.parse_secret(self._read("log.key")),
                receipts=SigningKey.parse_secret(self._read("receipts.key")),
                seal=tuple(self._read("seal.key").split()),
                authority=VerifierKey.parse(self._read("authority.pub")),
            )
        except FileNotFoundError as error:
            raise StoreError("the key file {file} is missing", file=error.filename) from None

    def authority(self, passphrase: str) -> SigningKey:
        """The authority key, unlocked. Raises SealError on a wrong passphrase."""
        file = self.path / "keys" / "authority.age"
        try:
            locked = file.read_bytes()
        except FileNotFoundError:
            raise StoreError(
                "the authority key is not on this machine: {file} is missing", file=file
            ) from None
        try:
            return SigningKey.parse_secret(sealing.unlock(locked, passphrase).decode("ascii"))
        except SealError:
            raise SealError("this passphrase does not unlock the authority key") from None

    def create(self, config: Config, passphrase: str) -> None:
        """Make the folder, its keys and ``node.toml``. Raises StoreError where a node is there already."""
        if not re.fullmatch(r"[A-Z]{2,8}", config.short):
            raise StoreError(
                "the short name {short} must be two to eight capital letters", short=config.short
            )
        msgspec.convert(msgspec.to_builtins(config), Config)
        if (self.path / "node.toml").exists():
            raise StoreError("there is a node in {folder} already; nothing was changed", folder=self.path)
        keys = self.path / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        keys.chmod(0o700)
        authority = SigningKey.from_seed(f"{config.party}/authority", secrets.token_bytes(32))
        self._write("authority.age", sealing.lock(authority.secret_text().encode("ascii"), passphrase))
        self._write("authority.pub", f"{authority.verifier}\n".encode())
        log = SigningKey.from_seed(f"{config.party}/log", secrets.token_bytes(32))
        self._write("log.key", f"{log.secret_text()}\n".encode())
        receipts = SigningKey.from_seed(f"{config.party}/receipts", secrets.token_bytes(32), COSIGNATURE)
        self._write("receipts.key", f"{receipts.secret_text()}\n".encode())
        self._write("seal.key", f"{sealing.generate_identity()[0]}\n".encode())
        self._write("session.key", f"{secrets.token_urlsafe(48)}\n".encode())
        lines = [f"{name} = {_toml(value)}\n" for name, value in msgspec.to_builtins(config).items()]
        (self.path / "node.toml").write_text("".join(lines), "utf-8")

    def new_seal(self) -> str:
        """Make a seal key, kept before the older ones, which still open what was sealed to them; its public half."""
        secret, public = sealing.generate_identity()
        self._replace("seal.key", "\n".join([secret, *self._read("seal.key").split()]))
        return public

    def forget_seals(self) -> int:
        """Destroy every seal key but the newest; how many there were. What is sealed to them is lost."""
        held = self._read("seal.key").split()
        if len(held) > 1:
            self._replace("seal.key", held[0])
        return len(held) - 1

    def replace_key(self, role: str, key: SigningKey) -> None:
        """Use another log or receipt key from now on."""
        self._replace(f"{role}.key", key.secret_text())

    @property
    def keys_changed_at(self) -> int:
        """Changes whenever a key file does, in nanoseconds: who serves begins again with the new keys."""
        return max((file.stat().st_mtime_ns for file in (self.path / "keys").glob("*.key")), default=0)

    def _replace(self, name: str, text: str) -> None:
        """Whole or not at all: written beside, synced, renamed over."""
        beside = f".{name}-{secrets.token_hex(4)}"
        self._write(beside, f"{text}\n".encode("ascii"))
        (self.path / "keys" / beside).replace(self.path / "keys" / name)

    def _read(self, name: str) -> str:
        return (self.path / "keys" / name).read_text("ascii").strip()

    def _write(self, name: str, data: bytes) -> None:
        file = os.open(self.path / "keys" / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())


def _toml(value: object) -> str:
    # A TOML basic string is a JSON string; so is an integer.
    return msgspec.json.encode(value).decode("utf-8")
