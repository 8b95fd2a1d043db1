"""Floors: the same records without agreement, journal, proof or secrecy, by the plainest means.

One zstd file, made before the clock starts, copied over TCP; and a git repository, packed before
the clock starts, fetched from ``git daemon``. Both end as transfers do: in an SQLite table with
the columns and indexes of our records, written with the same durability, counted and queried.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
import zstandard

from bench.exchanging import QUERY
from bench.figures import Figure, middle
from bench.sides import Process, Relay, free_port, listens, wait_for
from entente.records import FlowOfPeople
from entente.store import Header, audience_of, header_of

LEVEL: Final = 9
"""zstd's level for the file: the one that pouches are packed with."""
_PER_COMMIT: Final = 1_000
_CHUNK: Final = 1 << 16

_TABLE: Final = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000;
CREATE TABLE ledger_record (id INTEGER PRIMARY KEY, party TEXT, local INTEGER, kind TEXT, code TEXT, at TEXT,
  starts INTEGER, place TEXT, service TEXT, purpose TEXT, tlp TEXT, about TEXT, audience INTEGER, body BLOB,
  entry INTEGER, confirmed INTEGER, filed_at INTEGER);
CREATE INDEX record_kind ON ledger_record (kind, starts);
CREATE INDEX record_about ON ledger_record (about) WHERE about <> '';
CREATE UNIQUE INDEX record_code ON ledger_record (code) WHERE code IS NOT NULL;
"""
_HOLES: Final = ["NULLIF(?, '')" if name == "code" else "?" for name in Header._fields]
_INSERT: Final = f"INSERT INTO ledger_record VALUES (NULL, {', '.join(_HOLES)})"

_decode = msgspec.json.Decoder(FlowOfPeople).decode


def zstd_file(lines: Sequence[bytes], folders: Sequence[Path]) -> list[Figure]:
    """One compressed file over TCP; the median of one run a folder."""
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(b"\n".join(lines))

    def fetch(folder: Path) -> tuple[int, Iterable[bytes]]:
        copy = folder / "records.zst"
        received = _copy(packed, copy)
        return received, zstandard.ZstdDecompressor().decompress(copy.read_bytes()).split(b"\n")

    return _measured("floor.zstd_file", len(lines), folders, fetch)


def _copy(data: bytes, to: Path) -> int:
    """Over loopback, to a file that is durable: bytes received."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = threading.Thread(target=_send, args=(server, data))
        sender.start()
        received = 0
        with socket.create_connection(server.getsockname()) as line, to.open("wb") as file:
            while chunk := line.recv(_CHUNK):
                file.write(chunk)
                received += len(chunk)
            os.fsync(file.fileno())
        sender.join()
    return received


def _send(server: socket.socket, data: bytes) -> None:
    caller, _ = server.accept()
    with caller:
        caller.sendall(data)


def git(lines: Sequence[bytes], folders: Sequence[Path]) -> list[Figure]:
    """``git fetch`` of the records, 1,000 a commit; nothing where there is no git."""
    if shutil.which("git") is None:
        return []
    source = folders[0].parent / "git-source"
    _commit(lines, source / "records.git")
    port = free_port()
    daemon = ("git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all")
    with Process(*daemon, f"--base-path={source}", str(source), environment=_GIT):
        wait_for(lambda: listens(port))
        relay = Relay(port)

        def fetch(folder: Path) -> tuple[int, Iterable[bytes]]:
            before = relay.bytes
            here = folder / "records.git"
            _git("init", "-q", "--bare", str(here))
            url = f"git://127.0.0.1:{relay.port}/records.git"
            _git("-C", str(here), "-c", "core.fsync=all", "fetch", "-q", url, "main")
            return relay.bytes - before, _blobs(here)

        try:
            return _measured("floor.git", len(lines), folders, fetch)
        finally:
            relay.close()


def _commit(lines: Sequence[bytes], repository: Path) -> None:
    _git("init", "-q", "--bare", "-b", "main", str(repository))
    stream = []
    for number, start in enumerate(range(0, len(lines), _PER_COMMIT)):
        data = b"\n".join(lines[start : start + _PER_COMMIT])
        stream.append(
            b"commit refs/heads/main\ncommitter synthetic <s@s> %d +0000\n" % (1_736_121_600 + number)
        )
        stream.append(b"data 1\n.\nM 100644 inline %06d.jsonl\ndata %d\n%b\n" % (number, len(data), data))
    _git("-C", str(repository), "fast-import", "--quiet", given=b"".join(stream))
    _git("-C", str(repository), "repack", "-adq")


def _blobs(repository: Path) -> Iterator[bytes]:
    """The lines of every file of the commit that was fetched, in order."""
    names = _git("-C", str(repository), "ls-tree", "-r", "--format=%(objectname)", "FETCH_HEAD")
    rest = _git("-C", str(repository), "cat-file", "--batch", "--buffer", given=names)
    while rest:
        head, _, rest = rest.partition(b"\n")
        size = int(head.split()[2])
        yield from rest[:size].split(b"\n")
        rest = rest[size + 1 :]


_GIT: Final = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


def _git(*arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", *arguments], input=given, env=os.environ | _GIT, stdout=subprocess.PIPE, check=True
    )
    return done.stdout


def _measured(
    name: str, count: int, folders: Sequence[Path], fetch: Callable[[Path], tuple[int, Iterable[bytes]]]
) -> list[Figure]:
    speeds, sizes = [], []
    for folder in folders:
        folder.mkdir(parents=True)
        started = time.perf_counter()
        received, lines = fetch(folder)
        there = _load(lines, folder / "records.sqlite3")
        speeds.append(count / (time.perf_counter() - started))
        sizes.append(received / count)
        assert there == count, f"{there} of {count} records arrived"
    return [
        middle(f"{name}.records_per_s", speeds, "records/s"),
        middle(f"{name}.bytes_per_record", sizes, "bytes"),
    ]


def _load(lines: Iterable[bytes], path: Path) -> int:
    """Into the table, durable; how many the query then finds."""
    with closing(sqlite3.connect(path)) as ledger:
        ledger.executescript(_TABLE)
        with ledger:
            ledger.executemany(_INSERT, map(_row, lines))
        return sum(row[1] for row in ledger.execute(QUERY, [0]))


def _row(line: bytes) -> tuple[Any, ...]:
    audience = audience_of(("mobility",))
    return header_of(_decode(line), party="-", audience=audience, filed_at=0, body=line)
