"""gammu-smsd itself, with its dummy telephone: our message leaves through it, an OK comes in through it.

Everything is real but the radio: two nodes made by the command, the daemon, its spool, its
``RunOnReceive``. Skipped where gammu-smsd is not installed; ENTENTE_REQUIRE_GAMMU=1 forbids that.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entente_node.duty.models import DutyFunction
from entente_node.notifications import gammu, post
from entente_node.notifications.models import Delivery, State
from tests.cli.transcript import entente, environment
from tests.notifications.conftest import Night

PHONE = "+22790000001"
STRANGER = "+22790000666"
MISSING = shutil.which("gammu-smsd") is None or shutil.which("gammu") is None

SHIFT = """
import sys
from pathlib import Path
from datetime import time
from entente_node.local import open_node
open_node(Path("til"))
from entente_node.duty.models import Shift
Shift.objects.create(service="protection-civile", begins=time(0), ends=time(0), function="permanence")
"""
LOOK = """
from pathlib import Path
from entente_node.local import open_node
from entente_node.watch import steps
node = open_node(Path("til"))
for step in steps():
    step(node)
"""

DEEDS = """
from pathlib import Path
from entente_node.local import open_node
open_node(Path("til"))
from entente_node.directory import auditing
print("\\n".join(auditing.export()))
"""


def python(folder: Path, code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment(), check=True, timeout=120)


def done(folder: Path, *arguments: str) -> bytes:
    finished = entente(folder, *arguments)
    assert finished.returncode == 0, finished.stderr.decode()
    return finished.stdout


@contextmanager
def telephone(folder: Path) -> Iterator[Path]:
    """The daemon with a dummy telephone: its spool, in ``folder/spool``."""
    phone, spool = folder / "phone", folder / "spool"
    for name in ("inbox", "outbox", "sent", "error"):
        (spool / name).mkdir(parents=True)
    phone.mkdir()
    command = Path(sys.executable).parent / "entente"
    config = folder / "smsdrc"
    config.write_text(
        f"[gammu]\nmodel = dummy\nconnection = none\ndevice = {phone}\n"
        f"[smsd]\nservice = files\nlogfile = {folder / 'smsd.log'}\n"
        + "".join(f"{name}path = {spool / where}/\n" for name, where in SPOOL.items())
        + f"runonreceive = {command} --node {folder / 'til'} sms received\n"
        "commtimeout = 1\nsendtimeout = 5\nreceivefrequency = 1\nstatusfrequency = 0\n"
        "checksecurity = 0\ncheckbattery = 0\nchecksignal = 0\nchecknetwork = 0\n",
        "utf-8",
    )
    daemon = subprocess.Popen(
        ["gammu-smsd", "-c", str(config)],
        env=environment("C"),  # as Debian starts it: of no locale
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: (folder / "smsd.log").exists() and "Starting phone" in log_of(folder), folder)
        yield spool
    finally:
        daemon.terminate()
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


SPOOL = {"inbox": "inbox", "outbox": "outbox", "sentsms": "sent", "errorsms": "error"}


def log_of(folder: Path) -> str:
    return (folder / "smsd.log").read_text("utf-8", "replace")


def until(holds: Callable[[], object], folder: Path, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, log_of(folder)[-2_000:]
        time.sleep(0.2)


def says(folder: Path, number: str, text: str) -> None:
    """Somebody sends an SMS to the node's telephone."""
    subprocess.run(
        ["gammu", "-c", str(folder / "smsdrc"), "savesms", "TEXT", "-folder", "1", "-unread",
         "-sender", number, "-text", text],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip


def sent(spool: Path) -> list[str]:
    """What has left through the daemon, as it was handed over."""
    return [file.read_bytes().decode("utf-16") for file in sorted((spool / "sent").glob("OUT*"))]


def alert_at_tillaberi(folder: Path) -> str:
    """Gao raises an alert; Tillabéri gets it by stick."""
    subprocess.run(
        f"{sys.executable} -m tests.cli.material records alert > alert.jsonl",
        shell=True, cwd=folder, env=environment(), check=True, timeout=60,
    )  # fmt: skip
    filed = json.loads(done(folder, "--node", "gao", "file", "alert.jsonl", "--confirm-text", "--json"))
    done(folder, "--node", "gao", "release")
    done(folder, "--node", "gao", "pouch", "write", "usb")
    done(folder, "--node", "til", "pouch", "read", "usb")
    code = code_in(filed)
    assert code.startswith("GAO-")
    return code


def code_in(value: object) -> str:
    """The first code in what the command says."""
    match value:
        case {"code": str(code)}:
            return code
        case dict():
            return next((found for one in value.values() if (found := code_in(one))), "")
        case list():
            return next((found for one in value if (found := code_in(one))), "")
        case _:
            return ""


@pytest.mark.gammu
@pytest.mark.skipif(
    MISSING, reason="gammu-smsd and gammu are not installed: apt-get install gammu-smsd gammu"
)
def test_a_message_leaves_through_the_daemon_and_an_ok_comes_back_through_it(pair: Path) -> None:
    code = alert_at_tillaberi(pair)
    python(pair, SHIFT)
    with telephone(pair) as spool:
        duty = ("--service", "protection-civile", "--function", "permanence", "--language", "fr")
        done(
            pair, "--node", "til", "channel", "add", f"gammu:{spool / 'outbox'}", *duty, "--telephone", PHONE
        )
        python(pair, LOOK)
        until(lambda: sent(spool), pair)
        (message,) = sent(spool)
        assert message.startswith(f"{code} EXERCICE GRAVE, météorologie, Labbezanga")
        assert f"Répondez OK {code[-5:]}" in message
        assert 'number "+22790000001"' in log_of(pair) or f"to {PHONE}" in log_of(pair)

        # A stranger who knows the code is not heard.
        says(pair, STRANGER, f"OK {code[-5:]}")
        until(lambda: len(list((spool / "inbox").glob("IN*"))) == 1, pair)
        says(pair, PHONE, f"ok {code[-5:].lower()} merci")
        until(lambda: state(pair, code) == "acknowledged", pair)

        python(pair, LOOK)
        until(lambda: len(sent(spool)) == 2, pair)
        assert f"{code}: recu, " in sent(spool)[1] or f"{code} : recu, " in sent(spool)[1]
        assert PHONE in sorted((spool / "sent").glob("OUT*"))[1].name
        entries = subprocess.run(
            [sys.executable, "-c", DEEDS],
            cwd=pair,
            env=environment(),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert "sms.stranger" in entries
        assert STRANGER not in entries


def state(folder: Path, code: str) -> str:
    shown = json.loads(done(folder, "--node", "til", "show", code, "--json"))
    return str(shown["dossier"]["state"])


def test_what_the_daemon_gave_up_is_not_called_sent_and_goes_again(night: Night, tmp_path: Path) -> None:
    outbox, error = tmp_path / "outbox", tmp_path / "error"
    outbox.mkdir()
    error.mkdir()
    night.channel(url=f"gammu:{outbox}")
    night.call()
    assert night.send() == 1
    assert Delivery.objects.get().state == State.SENT
    (file,) = outbox.iterdir()
    file.rename(error / file.name)
    (error / "OUTsomething-else.txt").touch()
    process = post.Post()
    process.once(night.desk.node, night.clock(), patience=20.0)
    row = Delivery.objects.get()
    assert (row.state, row.tries) == (State.SENT, 2)  # taken back, and handed over once more
    (again,) = outbox.iterdir()
    assert again.name.endswith(f"_entente-{row.pk}-2.txt")
    process.asked = float("-inf")
    process.once(night.desk.node, night.clock(), patience=20.0)
    assert Delivery.objects.get().tries == 2  # the first failure is not counted again


def test_what_is_tried_again_by_hand_is_not_taken_for_what_the_daemon_gave_up_before(
    night: Night, tmp_path: Path
) -> None:
    outbox, error = tmp_path / "outbox", tmp_path / "error"
    outbox.mkdir()
    error.mkdir()
    DutyFunction.objects.create(service="protection-civile", function="permanence", name="Permanence")
    night.channel(url=f"gammu:{outbox}")
    night.call()
    assert night.send() == 1
    (file,) = outbox.iterdir()
    file.rename(error / file.name)
    Delivery.objects.update(state=State.GIVEN_UP, sent_at=None)
    night.desk.client().post(f"/notifications/messages/{Delivery.objects.get().pk}/retry")
    process = post.Post()
    process.once(night.desk.node, night.clock(), patience=20.0)
    (again,) = outbox.iterdir()
    again.unlink()  # the daemon has sent it
    process.asked = float("-inf")
    process.once(night.desk.node, night.clock(), patience=20.0)
    assert Delivery.objects.get().state == State.SENT
    assert list(outbox.iterdir()) == []  # and it is not sent a second time


class TestSpool:
    def test_a_message_is_there_whole_or_not_at_all_and_once(self, tmp_path: Path) -> None:
        for _ in range(3):
            gammu.put(f"gammu:{tmp_path}", PHONE, "Répondez OK 7K3QX", 12)
        (file,) = tmp_path.iterdir()
        assert file.name.startswith("OUTA")
        assert file.name.endswith(f"_{PHONE}_entente-12-1.txt")
        assert file.read_bytes().decode("utf-16") == "Répondez OK 7K3QX"

    def test_two_messages_are_two_files(self, tmp_path: Path) -> None:
        gammu.put(f"gammu:{tmp_path}", PHONE, "a", 1)
        gammu.put(f"gammu:{tmp_path}", PHONE, "a", 11)
        assert len(list(tmp_path.iterdir())) == 2

    @pytest.mark.parametrize(
        "number", ["", "../../etc/x", "+227/90", "+22790000001\n", "_", "+22790000001_x"]
    )
    def test_a_number_names_no_other_file(self, tmp_path: Path, number: str) -> None:
        with pytest.raises(gammu.SpoolError):
            gammu.put(f"gammu:{tmp_path}", number, "a", 1)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(gammu.SpoolError):
            gammu.put(f"gammu:{tmp_path / 'gone'}", PHONE, "a", 1)

    def test_a_long_message_is_joined(self) -> None:
        found = gammu.received(
            {
                "SMS_MESSAGES": "2",
                "SMS_1_NUMBER": PHONE,
                "SMS_1_TEXT": "OK 7K",
                "SMS_2_NUMBER": PHONE,
                "SMS_2_TEXT": "3QX",
                "DECODED_PARTS": "1",
                "DECODED_1_TEXT": "OK 7K3QX",
            }
        )
        assert found == [gammu.Received(PHONE, "OK 7K3QX")]

    @pytest.mark.parametrize(
        "environment", [{}, {"SMS_MESSAGES": "x"}, {"SMS_MESSAGES": "-1"}, {"DECODED_PARTS": "9"}]
    )
    def test_nothing_received_is_nothing(self, environment: dict[str, str]) -> None:
        assert gammu.received(environment) == []

    def test_a_count_that_lies_is_not_believed(self) -> None:
        assert len(gammu.received({"SMS_MESSAGES": "999999999"})) <= 50
