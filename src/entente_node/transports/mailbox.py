r"""Pouches left in a place that both sides reach: a folder, a stick, SFTP, S3 (any fsspec location).

It guarantees that a file under its final name is whole: it is written under another name,
synced where the system can, then renamed. Object stores have no rename and need none: an
object appears when it is complete. A pouch is taken away by :meth:`Mailbox.taken` only, which
the caller does when what it held is durable. Whatever cannot be read is left where it is
and told in ``skipped``; one bad file never hides another.

::

    <16 hex of SHA-256("entente.v1/mailbox\n" || recipient)>-<24 hex random>.pouch
    the same + ".part"                                       being written

The name tells nothing to whoever does not already know the recipient, and lets a recipient
ignore what is not for it without opening it. A file ``*.pouch`` that people renamed is
offered to everybody: only its recipient can open it.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import fsspec

from entente.errors import EntenteError, LimitError, TransportError
from entente_node.transports import shown

LIMIT: Final = 16 * 1024 * 1024 + 64 * 1024
"""Bytes of one file: a sealed pouch at its limit and its envelope."""
MOST: Final = 2_000
"""Pouches for one recipient in one place."""

_WRITTEN_WHOLE: Final = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "r2"}
)
"""Stores where an object appears complete or not at all; a rename there is a copy and a deletion."""

_OURS: Final = re.compile(r"([0-9a-f]{16})-[0-9a-f]{24}\.pouch")


class Skipped(NamedTuple):
    """A file that was not read, and why."""

    name: str
    error: EntenteError


class Mailbox:
    """One place, seen by one party that writes to one partner."""

    def __init__(
        self, location: str | os.PathLike[str], me: str, partner: str, *, limit: int = LIMIT, most: int = MOST
    ) -> None:
        text = os.fspath(location)
        self._where = shown(text)
        self._mine = _tag(me)
        self._theirs = _tag(partner)
        self._limit = limit
        self._most = most
        self.skipped: list[Skipped] = []
        with self._carrying():
            self._store, self._folder = fsspec.core.url_to_fs(text)
        protocols = self._store.protocol
        self._protocols = {protocols} if isinstance(protocols, str) else set(protocols)

    def send(self, pouch: bytes) -> None:
        """Leave a pouch for the partner (a Transport of ``entente.store``): the answer comes another day."""
        self.write(pouch)

    def write(self, pouch: bytes) -> str:
        """Leave a pouch for the partner; its name. Raises TransportError, then nothing is left behind."""
        name = f"{self._theirs}-{secrets.token_hex(12)}.pouch"
        final = self._path(name)
        with self._carrying():
            if self._is_local:
                self._check_stick()
            self._store.makedirs(self._folder, exist_ok=True)
            if self._protocols & _WRITTEN_WHOLE:
                self._store.pipe_file(final, pouch)
            else:
                self._write_and_rename(f"{final}.part", final, pouch)
        return name

    def read(self) -> Iterator[tuple[str, bytes]]:
        """The pouches for us with their names, oldest first; ``skipped`` after it says what was left.

        Raises TransportError when the place cannot be listed, LimitError when it holds too many.
        """
        self.skipped = []
        for name, size in self._listing():
            try:
                yield name, self._get(name, size)
            except EntenteError as error:
                self.skipped.append(Skipped(name, error))

    def get(self, name: str) -> bytes:
        """One pouch again, by the name that :meth:`read` gave. Raises TransportError, LimitError."""
        return self._get(name, 0)

    def taken(self, name: str) -> None:
        """Take a pouch away: what it held is durable. One that is gone already is no error."""
        if "/" in name or "\\" in name or not name.endswith(".pouch"):
            raise TransportError("{name} is not a pouch of this place", name=name[:100])
        with self._carrying():
            try:
                self._store.rm_file(self._path(name))
            except FileNotFoundError:
                return
            if self._is_local:
                _sync_folder(self._folder)

    def is_addressed(self, name: str) -> bool:
        """Whether the name says that this pouch is for us; one that people renamed says nothing."""
        ours = _OURS.fullmatch(name)
        return ours is not None and ours[1] == self._mine

    def exists(self) -> bool:
        """Whether there is such a place now. Raises TransportError where that cannot be found out."""
        with self._carrying():
            self._store.invalidate_cache()
            return bool(self._store.exists(self._folder))

    @property
    def _is_local(self) -> bool:
        return "file" in self._protocols

    def _get(self, name: str, size: int) -> bytes:
        if size <= self._limit:
            with self._carrying(), self._store.open(self._path(name), "rb") as file:
                # One byte more than may be: the size that was listed is only a claim.
                data = bytes(file.read(self._limit + 1))
            if len(data) <= self._limit:
                return data
        raise LimitError("a file of this place is over {limit} bytes and was not read", limit=self._limit)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"

    def _check_stick(self) -> None:
        # A stick that is not plugged in leaves an empty mount point's parent: do not fill the disk under it.
        parent = Path(self._folder).parent
        if not parent.is_dir():
            raise TransportError(
                "{where} is not there: is the stick plugged in? (the folder {parent} does not exist)",
                where=self._where,
                parent=parent,
            )

    def _write_and_rename(self, part: str, final: str, pouch: bytes) -> None:
        done = False
        try:
            with self._store.open(part, "wb") as file:
                file.write(pouch)
                if self._is_local:
                    file.flush()
                    os.fsync(file.fileno())
            self._store.mv(part, final)
            done = True
        finally:
            if not done and self._store.exists(part):
                self._store.rm_file(part)
        if self._is_local:
            _sync_folder(self._folder)

    def _listing(self) -> list[tuple[str, int]]:
        with self._carrying():
            self._store.invalidate_cache()
            try:
                infos = self._store.ls(self._folder, detail=True)
            except FileNotFoundError:
                raise TransportError(
                    "{where} is not there: is the stick plugged in, is the address right?", where=self._where
                ) from None
        found = []
        for info in infos:
            name = str(info["name"]).rstrip("/").rpartition("/")[2]
            if not name.endswith(".pouch") or not _is_plain_file(info):
                continue
            ours = _OURS.fullmatch(name)
            if ours is None or ours[1] == self._mine:
                found.append((_when(info), name, int(info.get("size") or 0)))
        if len(found) > self._most:
            raise LimitError(
                "{where} holds {count} pouches, over {limit}: move some away and read again",
                where=self._where,
                count=len(found),
                limit=self._most,
            )
        return [(name, size) for _, name, size in sorted(found)]

    @contextmanager
    def _carrying(self) -> Iterator[None]:
        try:
            yield
        except EntenteError:
            raise
        except ImportError as error:
            raise TransportError(
                "{where} needs a package that is not installed: {reason}", where=self._where, reason=error
            ) from None
        except OSError as error:
            raise TransportError(
                "{where} cannot be used: {reason}",
                where=self._where,
                reason=error.strerror or type(error).__name__,
            ) from None
        except Exception as error:  # noqa: BLE001  every store of fsspec brings errors of its own
            raise TransportError(
                "{where} cannot be used: {reason}", where=self._where, reason=type(error).__name__
            ) from None


def _tag(party: str) -> str:
    return sha256(f"entente.v1/mailbox\n{party}".encode()).hexdigest()[:16]


def _is_plain_file(info: dict[str, Any]) -> bool:
    # A link on a stick would have us read any file of this machine.
    if info.get("type") != "file" or info.get("islink"):
        return False
    mode = info.get("mode")
    return not isinstance(mode, int) or mode == 0 or stat.S_IFMT(mode) in {0, stat.S_IFREG}


def _when(info: dict[str, Any]) -> float:
    """When a file was written, where the store says it; the order of arrival is only a convenience."""
    for key in ("mtime", "LastModified", "modified", "last_modified", "created"):
        value = info.get(key)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, int | float):
            return float(value)
    return 0.0


def _sync_folder(folder: str) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders; a stick's FAT syncs names by itself
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
