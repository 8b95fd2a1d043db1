"""The slow line is as slow as it says, loses what it says, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tools.slowline import SlowLine, slow_line

from tools import slowline

pytestmark = [
    pytest.mark.slow_line,
    pytest.mark.skipif(slowline.obstacle() is not None, reason=str(slowline.obstacle())),
]
NAMED = Path("/run/netns")


def send(line: SlowLine, size: int) -> float:
    """Seconds from the first byte at the near end to the last at the far end, over one TCP connection."""
    with line.listen(line.far) as server:
        received = 0

        def take() -> None:
            nonlocal received
            caller, _ = server.accept()
            with caller:
                while data := caller.recv(65_536):
                    received += len(data)

        taking = threading.Thread(target=take)
        taking.start()
        with line.connect(line.near, server.getsockname()[1]) as connection:
            started = time.monotonic()
            connection.sendall(bytes(size))
            connection.shutdown(socket.SHUT_WR)
            taking.join()
            seconds = time.monotonic() - started
    assert received == size
    return seconds


def round_trip(line: SlowLine) -> float:
    """Seconds of a connection's first two packets."""
    with line.listen(line.far) as server:
        started = time.monotonic()
        with line.connect(line.near, server.getsockname()[1]):
            return time.monotonic() - started


# A busy machine makes everything later and nothing sooner: the upper bounds are wide, the lower ones are not.


def test_bytes_take_the_time_that_the_rate_gives_them() -> None:
    with slow_line(rate=400_000, delay=0, loss=0, seed=1) as line:
        seconds = send(line, 50_000)
        traffic = line.traffic()
    on_the_line = traffic.out.bytes * 8 / 400_000
    assert 50_000 < traffic.out.bytes < 55_000, "TCP's headers are a few hundredths"
    assert on_the_line * 0.95 < seconds < on_the_line + 3
    assert traffic.out.lost == traffic.back.lost == 0


def test_a_round_trip_takes_twice_the_delay() -> None:
    with slow_line(rate=10_000_000, delay=0.15, loss=0, seed=1) as line:
        assert 0.3 <= round_trip(line) < 0.9


def test_what_is_lost_is_the_share_asked_for_and_the_same_again() -> None:
    lost = []
    for _ in range(2):
        with slow_line(rate=1e9, delay=0, loss=0.1, seed=7, queue=2_000) as line:
            # Packets that nobody answers: what is given to the line does not depend on what arrives.
            program = (
                "import socket; s = socket.socket(type=socket.SOCK_DGRAM)\n"
                f"for _ in range(1500): s.sendto(b'x', ('{line.far.address}', 9))"
            )
            line.run(line.near, sys.executable, "-c", program)
            until = time.monotonic() + 10
            while line.traffic().out.packets < 1_500 and time.monotonic() < until:
                time.sleep(0.01)
            out = line.traffic().out
        assert out.packets == 1_500
        assert 0.07 < out.lost / out.packets < 0.13
        lost.append(out.lost)
    assert lost[0] == lost[1]


def test_a_queue_that_is_full_drops() -> None:
    with slow_line(rate=8_000, delay=0, loss=0, seed=1, queue=3) as line:
        program = (
            "import socket; s = socket.socket(type=socket.SOCK_DGRAM)\n"
            f"for _ in range(10): s.sendto(bytes(972), ('{line.far.address}', 9))"
        )
        line.run(line.near, sys.executable, "-c", program)
        until = time.monotonic() + 5
        while line.traffic().out.packets < 10 and time.monotonic() < until:
            time.sleep(0.01)
        out = line.traffic().out
    assert (out.packets, out.bytes, out.dropped) == (10, 10_000, 7)


def test_tcp_arrives_whole_over_a_line_that_loses() -> None:
    with slow_line(rate=1_000_000, delay=0.01, loss=0.05, seed=3) as line:
        send(line, 200_000)
        assert line.traffic().out.lost > 0


def test_a_program_runs_at_an_end_and_sees_only_the_line(tmp_path: Path) -> None:
    with slow_line(rate=1e6, delay=0, loss=0, seed=1) as line:
        script = line.program(line.near, Path(sys.executable), tmp_path)
        said = subprocess.run(
            [script, "-c", "import socket; print(len(socket.if_nameindex()))"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert said.stdout.strip() == "2", "the loopback and the line"


def test_two_lines_stand_beside_each_other() -> None:
    with slow_line(1e6, 0, 0, 1) as one, slow_line(1e6, 0, 0, 1) as other:
        assert len({one.near.namespace, one.far.namespace, other.near.namespace, other.far.namespace}) == 4
        send(one, 1_000)
        assert other.traffic().bytes == 0


def left(carrier: int) -> list[str]:
    return [one.name for one in NAMED.glob(f"slowline-{carrier}-*")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_when_whoever_asked_for_it_is_killed(number: signal.Signals) -> None:
    program = (
        "import os, sys, subprocess, time\n"
        "from tools.slowline import slow_line\n"
        "with slow_line(1e6, 0, 0, 1) as line:\n"
        "    child = subprocess.Popen(line.command(line.far, 'sleep', '600'))\n"
        "    print(line.near.namespace, child.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )
    assert asking.stdout is not None
    namespace, inside = asking.stdout.readline().split()
    carrier = int(namespace.split("-")[1])
    assert len(left(carrier)) == 2
    asking.send_signal(number)
    asking.wait()
    asking.stdout.close()
    until = time.monotonic() + 15
    while (left(carrier) or Path("/proc", inside).exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert left(carrier) == []
    assert not Path("/proc", inside).exists(), "what ran in it has ended"


def test_what_a_killed_carrier_leaves_is_swept_up() -> None:
    with slow_line(1e6, 0, 0, 1) as line:
        carrier = int(line.near.namespace.split("-")[1])
        os.kill(carrier, signal.SIGKILL)
    assert left(carrier) == []


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    said = slowline.obstacle.__wrapped__()
    assert said is not None
    assert "needs root" in said
