"""A slow line on this machine: two network namespaces, and between them real TCP over a line as bad as one likes.

    with slow_line(rate=30_000, delay=0.3, loss=0.05, seed=1) as line:
        server = line.listen(line.far)                      # a socket in the far namespace
        line.run(line.near, "curl", f"http://{line.far.address}:{server.getsockname()[1]}/")
        line.traffic().bytes                                # what crossed it, both ways

Each namespace has one TUN device; a child process reads the packets of one and writes them to the
other, after what a line does to them. In each direction, for every IP packet:

1. the queue before the line holds ``queue`` packets; one that finds it full is dropped;
2. the line sends ``rate`` bits a second, one packet after the other (IP bytes, no framing of a radio);
3. a share ``loss`` of what was sent is lost, by a generator of its own seed for each direction: what is
   lost has used the line all the same, as on a radio;
4. what is left arrives ``delay`` seconds later, in order. A round trip takes twice that.

TCP at both ends is the kernel's own, with its retransmissions and its slow start. Time is the machine's:
on a busy one packets arrive later than they should and never sooner; bytes and packets are counted, and do
not depend on that. ``tc netem`` would do the same, where the kernel has it.

Nothing outlives it: the child takes the namespaces away, with the processes that still run in them, when
the pipe to its parent closes, however that happened; what a killed child leaves, the next line sweeps up.
Linux only, as root, with iproute2: :func:`obstacle` says what is missing.
"""

from __future__ import annotations

import ctypes
import fcntl
import math
import mmap
import os
import random
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

QUEUE: Final = 64
"""Packets that wait before the line; on a slow one, more would only make everybody wait longer."""
TUN: Final = Path("/dev/net/tun")
ADDRESSES: Final = ("10.77.0.1", "10.77.0.2")
"""Of the near and the far end; the same on every line, since each has namespaces of its own."""

_PREFIX: Final = "slowline"
_NAMED: Final = Path("/run/netns")
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN_WITHOUT_HEADER: Final = 0x0001 | 0x1000
_CLONE_NEWNET: Final = 0x40000000
_MOST: Final = 65_536
_VERSION_4: Final = 4
_COUNTERS: Final = struct.Struct("8Q")
"""Packets, bytes, lost, dropped: of what goes out, then of what comes back."""
_PATIENCE: Final = 20.0


class SlowLineError(Exception):
    """There can be no slow line here, and why."""


class Way(NamedTuple):
    """What was given to the line in one direction: IP packets and their bytes, before any was lost."""

    packets: int
    bytes: int
    lost: int
    """Packets that the line lost."""
    dropped: int
    """Packets that found the queue full."""


class Traffic(NamedTuple):
    """What was given to the line: from the near end out, and back from the far end."""

    out: Way
    back: Way

    @property
    def bytes(self) -> int:
        """Both ways."""
        return self.out.bytes + self.back.bytes


class End(NamedTuple):
    """One end of the line."""

    namespace: str
    address: str


@dataclass(frozen=True)
class Quality:
    """How bad the line is: bits a second, seconds one way, share of packets, seed, packets that wait."""

    rate: float
    delay: float
    loss: float
    seed: int
    queue: int = QUEUE


class SlowLine:
    """A line that stands, until the ``with`` block ends."""

    def __init__(self, near: End, far: End, quality: Quality, counters: mmap.mmap) -> None:
        self.near = near
        self.far = far
        self.quality = quality
        self._counters = counters

    def traffic(self) -> Traffic:
        """What was given to the line so far."""
        numbers = _COUNTERS.unpack_from(self._counters)
        return Traffic(Way(*numbers[:4]), Way(*numbers[4:]))

    def command(self, end: End, *arguments: str) -> list[str]:
        """The command that runs another one in the namespace of an end."""
        return [_ip(), "netns", "exec", end.namespace, *arguments]

    def run(self, end: End, *arguments: str, **options: Any) -> subprocess.CompletedProcess[Any]:
        """Run a command in the namespace of an end, as ``subprocess.run`` with ``check``."""
        return subprocess.run(self.command(end, *arguments), check=True, **options)  # noqa: S603  the caller's own

    def program(self, end: End, program: Path, folder: Path) -> Path:
        """An executable file, written to ``folder``, that runs the program in the namespace of an end.

        For those who start a program by its path and talk to it over pipes, as Playwright does.
        """
        script = folder / f"{program.name}-in-{end.namespace}"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(end, str(program)))} "$@"\n', "utf-8")
        script.chmod(0o700)
        return script

    def listen(self, end: End, port: int = 0) -> socket.socket:
        """A listening TCP socket in the namespace of an end: any thread of this process may accept from it."""

        def made() -> socket.socket:
            _enter(end.namespace)
            return socket.create_server((end.address, port), backlog=64)

        return _in_a_thread(made)

    def connect(self, end: End, port: int) -> socket.socket:
        """A TCP connection, made in the namespace of an end, to a port of the other end."""
        other = self.far if end == self.near else self.near

        def made() -> socket.socket:
            _enter(end.namespace)
            return socket.create_connection((other.address, port))

        return _in_a_thread(made)


@contextmanager
def slow_line(rate: float, delay: float, loss: float, seed: int, *, queue: int = QUEUE) -> Iterator[SlowLine]:
    """A line of ``rate`` bits a second, ``delay`` seconds one way, a share of ``loss`` packets lost.

    Raises SlowLineError where there can be none.
    """
    if (missing := obstacle()) is not None:
        raise SlowLineError(missing)
    _sweep()
    quality = Quality(rate, delay, loss, seed, queue)
    memory = os.memfd_create(_PREFIX)
    os.ftruncate(memory, _COUNTERS.size)
    with mmap.mmap(memory, _COUNTERS.size) as counters:
        carrier = subprocess.Popen(  # noqa: S603  this file itself
            [sys.executable, str(Path(__file__).resolve()), str(memory), *map(str, astuple(quality))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[memory],
            text=True,
        )
        os.close(memory)
        try:
            assert carrier.stdout is not None
            said = carrier.stdout.readline().strip()
            if said != "ready":
                raise SlowLineError(said or "the process that carries the packets ended")
            ends = [End(name, address) for name, address in zip(_names(carrier.pid), ADDRESSES, strict=True)]
            yield SlowLine(ends[0], ends[1], quality, counters)
        finally:
            _end(carrier)


def _end(carrier: subprocess.Popen[str]) -> None:
    """The carrier ends when its input does; where it was killed, its namespaces are taken away here."""
    for pipe in (carrier.stdin, carrier.stdout):
        if pipe is not None:
            pipe.close()
    try:
        carrier.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        carrier.kill()
        carrier.wait()
    for name in _names(carrier.pid):
        _take_away(name)


@cache
def obstacle() -> str | None:
    """Why there can be no slow line on this machine; None where there can."""
    if not sys.platform.startswith("linux"):
        return "a slow line needs Linux and its network namespaces"
    if os.geteuid() != 0:
        return "a slow line needs root: it makes network namespaces"
    if shutil.which("ip") is None:
        return "a slow line needs the command ip: on Debian and Ubuntu, apt-get install iproute2"
    try:
        os.close(os.open(TUN, os.O_RDWR))
    except OSError as error:
        return f"a slow line needs {TUN}, which cannot be opened: {error.strerror}"
    name = f"{_PREFIX}-{os.getpid()}-try"
    try:
        _do("netns", "add", name)
    except SlowLineError as error:
        return f"a slow line needs network namespaces, and none can be made: {error}"
    finally:
        _take_away(name)
    return None


def _ip() -> str:
    return shutil.which("ip") or "ip"


def _do(*arguments: str) -> str:
    done = subprocess.run([_ip(), *arguments], capture_output=True, text=True, check=False)  # noqa: S603  ip
    if done.returncode:
        raise SlowLineError(f"ip {' '.join(arguments)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _names(carrier: int) -> tuple[str, str]:
    return f"{_PREFIX}-{carrier}-near", f"{_PREFIX}-{carrier}-far"


def _take_away(name: str) -> None:
    """Remove a namespace, and end what still runs in it: nobody but who asked for the line started that."""
    if not (_NAMED / name).exists():
        return
    with suppress(SlowLineError):
        for pid in _do("netns", "pids", name).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    with suppress(SlowLineError):
        _do("netns", "del", name)


def _sweep() -> None:
    """Take away the namespaces of carriers that are no more."""
    for left in _NAMED.glob(f"{_PREFIX}-*") if _NAMED.exists() else ():
        carrier = left.name.split("-")[1]
        if not Path("/proc", carrier).exists():
            _take_away(left.name)


def _enter(namespace: str) -> None:
    """The calling thread, and no other one, goes into the namespace (``os.setns`` is there from Python 3.12 on)."""
    file = os.open(_NAMED / namespace, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(file, _CLONE_NEWNET):
            raise SlowLineError(f"{namespace}: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(file)


def _in_a_thread(make: Callable[[], socket.socket]) -> socket.socket:
    """What a thread makes that ends at once: a socket stays in the namespace in which it was made."""
    made: list[socket.socket] = []
    failed: list[Exception] = []

    def attempt() -> None:
        try:
            made.append(make())
        except (OSError, SlowLineError) as error:
            failed.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


# The process that carries the packets.


class _Direction:
    """One way of the line: packets on it and before it, and when each has left and arrives."""

    def __init__(self, quality: Quality, seed: str, to: int, count: Callable[[int, int], None]) -> None:
        self._quality = quality
        self._chance = random.Random(seed)  # noqa: S311  which packets are lost is to be the same again
        self._to = to
        self._count = count
        self._free_at = 0.0
        self._sent: deque[float] = deque()
        """When each packet that waits, or is being sent, will have been sent."""
        self._arriving: deque[tuple[float, bytes]] = deque()

    def take(self, packet: bytes, now: float) -> None:
        """A packet that is given to the line."""
        self._count(0, 1)
        self._count(1, len(packet))
        while self._sent and self._sent[0] <= now:
            self._sent.popleft()
        if len(self._sent) >= self._quality.queue:
            self._count(3, 1)
            return
        self._free_at = max(now, self._free_at) + len(packet) * 8 / self._quality.rate
        self._sent.append(self._free_at)
        if self._chance.random() < self._quality.loss:
            self._count(2, 1)
            return
        self._arriving.append((self._free_at + self._quality.delay, packet))

    def deliver(self, now: float) -> None:
        """Write what has arrived."""
        while self._arriving and self._arriving[0][0] <= now:
            with suppress(OSError):  # a device whose namespace goes away takes no more
                os.write(self._to, self._arriving.popleft()[1])

    @property
    def next_at(self) -> float:
        """When something arrives next."""
        return self._arriving[0][0] if self._arriving else math.inf


def _device(name: str, namespace: str, own: str, other: str) -> int:
    """A TUN device in a namespace that it makes; the file from which its packets are read."""
    file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH14x", name.encode(), _IFF_TUN_WITHOUT_HEADER))
    _do("netns", "add", namespace)
    _do("link", "set", name, "addrgenmode", "none")  # no router solicitations
    _do("link", "set", name, "netns", namespace)
    _do("-n", namespace, "link", "set", "lo", "up")
    _do("-n", namespace, "addr", "add", own, "peer", other, "dev", name)
    _do("-n", namespace, "link", "set", name, "mtu", "1500", "txqueuelen", "10000", "up")
    return file


def _carry(memory: int, quality: Quality) -> None:
    """Set up both ends and carry packets until the input closes."""
    counters = mmap.mmap(memory, _COUNTERS.size)

    def counting(first: int) -> Callable[[int, int], None]:
        def count(which: int, many: int) -> None:
            at = (first + which) * 8
            counters[at : at + 8] = struct.pack("Q", struct.unpack_from("Q", counters, at)[0] + many)

        return count

    near, far = _names(os.getpid())
    tag = f"sl{os.getpid()}"
    files = (
        _device(f"{tag}n", near, *ADDRESSES),
        _device(f"{tag}f", far, *reversed(ADDRESSES)),
    )
    ways = {
        files[0]: _Direction(quality, f"{quality.seed} out", files[1], counting(0)),
        files[1]: _Direction(quality, f"{quality.seed} back", files[0], counting(4)),
    }
    waiting = select.poll()
    for file in (*files, 0):
        waiting.register(file, select.POLLIN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        pause = min(way.next_at for way in ways.values()) - time.monotonic()
        ready = waiting.poll(None if pause == math.inf else max(0, math.ceil(pause * 1_000)))
        for file, _event in ready:
            if file == 0:
                return
            _read(file, ways[file])
        now = time.monotonic()
        for way in ways.values():
            way.deliver(now)


def _read(file: int, way: _Direction) -> None:
    while True:
        try:
            packet = os.read(file, _MOST)
        except OSError:
            return
        if packet[0] >> 4 == _VERSION_4:
            way.take(packet, time.monotonic())


def main(arguments: list[str]) -> None:
    """What the child runs: the file of the counters, then the line's quality."""
    # Ctrl-C at a terminal reaches every process: this one ends when its parent has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    memory, rate, delay, loss, seed, queue = arguments
    try:
        _carry(int(memory), Quality(float(rate), float(delay), float(loss), int(seed), int(queue)))
    except (OSError, SlowLineError) as error:
        sys.stdout.write(f"{error}\n")
    finally:
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        for name in _names(os.getpid()):
            _take_away(name)


if __name__ == "__main__":
    main(sys.argv[1:])
