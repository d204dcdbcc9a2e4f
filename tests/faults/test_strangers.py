"""What strangers ran into: the real process, and what it is to do about it."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.faults.service import CHECKOUT, Service
from tests.clients import Client, eventually

from .conftest import Manager, Start

SOURCE = "signer:abc abc?speed=5"


@pytest.mark.fault(
    "unit",
    "the socket's file is removed under the daemon",
    "made again within seconds; connected clients stay",
)
def test_the_socket_file_removed_under_the_daemon_is_made_anew(start: Start) -> None:
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "hello")
    service.socket.unlink()
    assert eventually(service.socket.exists, 60)
    Client(service.socket).sync()
    client.wait(lambda event: event["type"] == "final", most=120)
    assert "was removed: it is there again" in service.said


@pytest.mark.fault(
    "unit",
    "the folder of the socket is moved away under the daemon",
    "made again within seconds; connected clients stay",
)
def test_the_folder_of_the_socket_removed_under_the_daemon_is_made_anew(start: Start) -> None:
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "hello")
    service.socket.parent.rename(service.socket.parents[1] / "gone")
    assert eventually(service.socket.exists, 60)
    Client(service.socket).sync()
    client.ask(type="ping", id="still there")
    client.wait(lambda event: event.get("id") == "still there", most=60)


@pytest.mark.fault(
    "unit", "five silent connections to the port for Prometheus", "a scrape is answered at once"
)
def test_silent_connections_delay_no_scrape(start: Start) -> None:
    pytest.importorskip("prometheus_client")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service = start(SOURCE, config=f"[service]\nmetrics = {port}\n")
    service.listen().state("searching", most=120)
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        began = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            assert b"ishara_frames_total" in answer.read()
    assert time.monotonic() - began < 8, "each held it up for two seconds"


@pytest.mark.fault("written", "{name} is there, but cannot be imported", "`doctor` says so")
@pytest.mark.parametrize("name", ["cv2", "ai_edge_litert"])
def test_the_doctor_vouches_for_nothing_that_it_cannot_import(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("raise ImportError('libGL.so.1: cannot open')\n")
    done = subprocess.run(
        [sys.executable, "-m", "edge", "doctor"], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{CHECKOUT}"}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1
    (missing, *_) = [line for line in done.stdout.splitlines() if line.startswith("MISS")]
    assert "libGL" in missing or "TFLite" in missing, done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def closing(*numbers: int) -> Callable[[], None]:
    return lambda: [os.close(number) for number in numbers] and None


def command(*arguments: str, **options: object) -> tuple[int, str]:
    """(exit code, standard error output) of ``ishara ARGUMENTS``."""
    done = subprocess.run(  # type: ignore[call-overload]
        [sys.executable, "-m", "edge", *arguments], timeout=300, check=False,
        **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, **options},
    )  # fmt: skip
    return done.returncode, done.stderr or ""


def one_line(said: str) -> bool:
    return said.count("\n") == 1 and said.startswith("ishara: ")


@pytest.mark.fault(
    "streams",
    "started with the streams {closed} closed",
    "0 to 2 are /dev/null and never a socket; reads and stops",
)
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_no_socket_takes_the_number_of_a_closed_standard_stream(
    start: Start, closed: tuple[int, ...]
) -> None:
    service = start(SOURCE, before=closing(*closed))
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    for number in closed:
        assert os.readlink(f"/proc/{service.process.pid}/fd/{number}") == "/dev/null"
    assert service.stop(60)[0] == 0


@pytest.mark.fault(
    "streams",
    "`run --json` with a closed output",
    "refused in one line, exit code 2",
)
def test_json_onto_a_closed_output_is_refused(tmp_path: Path) -> None:
    code, said = command(
        "run", "--json", "--source", SOURCE, "--socket", str(tmp_path / "s"),
        preexec_fn=closing(1), stdout=None,
    )  # fmt: skip
    assert code == 2
    assert one_line(said)


@pytest.mark.fault("streams", "`run {option}` onto a full disk", "ends in one line, exit code 1")
@pytest.mark.parametrize("option", ["--json", "--print"])
def test_a_full_disk_behind_the_text_ends_it_in_one_line(
    landmark_weights: None, tmp_path: Path, option: str
) -> None:
    with Path("/dev/full").open("w") as full:
        code, said = command(
            "run", option, "--source", SOURCE, "--socket", str(tmp_path / "s"), stdout=full
        )
    assert code == 1
    assert one_line(said)
    assert "No space left on device" in said


@pytest.mark.fault("streams", "`ishara {arguments[0]}` onto a full disk", "one line, exit code 1")
@pytest.mark.parametrize("arguments", [("config",), ("schema",)])
def test_a_full_disk_behind_a_command_is_said_in_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        code, said = command(*arguments, stdout=full)
    assert code == 1
    assert one_line(said)


@pytest.mark.fault("streams", "a full disk behind the log", "reads on")
def test_a_full_disk_behind_the_log_ends_nothing(start: Start) -> None:
    with Path("/dev/full").open("w") as full:
        service = start(SOURCE, error=full.fileno(), verbose=True)
        client = service.listen()
        client.wait(lambda event: event["type"] == "final", most=120)
        assert service.stop(60)[0] == 0
    with Path("/dev/full").open("w") as full:
        assert command("run", "--config", "/nowhere", stderr=full)[0] == 78


@pytest.mark.fault(
    "streams",
    "the reader of `--json` dies",
    "ends in one line, exit code 1, so that it is started again",
)
def test_a_reader_of_json_that_died_ends_it_with_a_failure(
    landmark_weights: None, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "run", "--json", "--source", SOURCE,
         "--socket", str(tmp_path / "s")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["type"] == "hello"
    process.stdout.close()
    said = process.stderr.read().decode()
    assert process.wait(120) == 1
    assert one_line(said)
    assert "its reader has ended" in said


@pytest.mark.fault(
    "streams",
    "an output whose encoding is {encoding}",
    "what it cannot say is escaped; no traceback",
)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_an_output_that_is_not_utf_8_escapes(tmp_path: Path, encoding: str) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[camera]\nsource = "photo:/\u4f60 \u00fc"\n')
    code, said = command(
        "config", "--config", str(config), env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    assert (code, said) == (0, "")
    code, said = command(
        "run", "--config", str(tmp_path / "\u4f60"), errors="replace",
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert code == 78
    assert one_line(said)


def limited(kind: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (most, most))


@pytest.mark.fault(
    "shortage",
    "{descriptors} descriptors at the start",
    "exit code 1, not 78; nothing is called damaged",
)
@pytest.mark.parametrize("descriptors", [4, 5, 6, 8, 11, 14])
def test_too_few_descriptors_are_no_damage(
    landmark_weights: None, tmp_path: Path, descriptors: int
) -> None:
    code, said = command(
        "run", "--source", "signer:a?pace=0", "--once", "--socket", str(tmp_path / "s"),
        preexec_fn=limited(resource.RLIMIT_NOFILE, descriptors),
    )  # fmt: skip
    assert code in (0, 1), said
    assert "restore" not in said
    assert "damaged" not in said


@pytest.mark.fault(
    "shortage",
    "{megabytes} MB of address space at the start",
    "exit code 1, not 78; nothing is called damaged",
)
@pytest.mark.parametrize("megabytes", [200, 400, 700])
def test_too_little_memory_is_no_damage(
    landmark_weights: None, tmp_path: Path, megabytes: int
) -> None:
    code, said = command(
        "run", "--source", "signer:a?pace=0", "--once", "--socket", str(tmp_path / "s"),
        preexec_fn=limited(resource.RLIMIT_AS, megabytes << 20),
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert code not in (2, 78), said
    assert "restore" not in said
    assert "damaged" not in said


@pytest.mark.fault("shortage", "reading the configuration gives EIO", "exit code 1, not 78")
def test_a_device_that_fails_is_no_bad_configuration() -> None:
    code, said = command("config", "--config", "/proc/self/mem")  # reading its start gives EIO
    assert code == 1
    assert "Input/output error" in said


def killed_and_started_again(start: Start) -> Service:
    """A second service at the socket of the first, which crashed while it was paused."""
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    client.ask(type="pause", keep=True)
    client.wait(lambda event: event["type"] == "ok")
    service.process.send_signal(signal.SIGABRT)
    service.process.wait(60)
    return start(SOURCE, arguments=("--socket", str(service.socket)))


@pytest.mark.fault(
    "privacy",
    "a crash during a pause that is to be kept, and a restart",
    "still paused, nothing read; `resume` ends it",
)
def test_a_pause_outlives_a_crash_and_ends_with_resume(start: Start, tmp_path: Path) -> None:
    again = killed_and_started_again(start)
    again.socket = tmp_path / "0" / "run" / "ishara" / "ishara.sock"
    client = again.listen()
    client.state("paused", most=120)
    assert (again.socket.parent / "ishara.sock.paused").exists()
    assert client.of("partial", "final") == []
    asked = time.monotonic()
    client.ask(type="resume")
    client.wait(lambda event: event["type"] == "final", asked, most=120)
    assert not (again.socket.parent / "ishara.sock.paused").exists()


@pytest.mark.fault("privacy", "SIGTERM during a pause that is to be kept", "the pause is over")
def test_an_orderly_stop_ends_a_pause(start: Start) -> None:
    service = start(SOURCE)
    client = service.listen()
    client.ask(type="pause", keep=True)
    client.wait(lambda event: event["type"] == "ok", most=120)
    beside = service.socket.parent / "ishara.sock.paused"
    assert beside.exists()
    assert service.stop(60)[0] == 0
    assert not beside.exists()


@pytest.mark.fault(
    "privacy",
    "a pause under systemd",
    "a descriptor in its store remembers it until `resume`",
)
def test_systemd_keeps_the_pause_too(start: Start, manager: Manager) -> None:
    service = start(SOURCE, environment={"NOTIFY_SOCKET": manager.address})
    client = service.listen()
    client.ask(type="pause")
    manager.wait("FDSTORE=1\nFDNAME=paused", most=120)
    client.ask(type="resume")
    manager.wait("FDSTOREREMOVE=1\nFDNAME=paused", most=120)


@pytest.mark.fault(
    "privacy",
    "a crash (SIGSEGV), ISHARA_DEBUG={debug}",
    "no core in the working directory, but with ISHARA_DEBUG=1",
)
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_crash_leaves_no_core(start: Start, tmp_path: Path, debug: str) -> None:
    service = start(SOURCE, environment={"ISHARA_DEBUG": debug})
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial", most=120)
    limits = Path(f"/proc/{service.process.pid}/limits").read_text()
    (core,) = [line.split() for line in limits.splitlines() if line.startswith("Max core")]
    assert (core[4:6] == ["0", "0"]) or debug
    before = set(Path.cwd().glob("core*"))
    service.process.send_signal(signal.SIGSEGV)
    assert service.process.wait(60) == -signal.SIGSEGV
    assert debug or set(Path.cwd().glob("core*")) == before


@pytest.mark.fault(
    "privacy",
    "another process of the user reads its memory, ISHARA_DEBUG={debug}",
    "not dumpable, but with ISHARA_DEBUG=1",
)
@pytest.mark.parametrize(("debug", "dumpable"), [("", "0"), ("1", "1")])
def test_every_command_keeps_its_memory_to_itself(debug: str, dumpable: str) -> None:
    program = (
        "import ctypes; from edge.cli import main; main(['schema']);"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300,
        env={**os.environ, "ISHARA_DEBUG": debug},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == dumpable


@pytest.mark.fault(
    "privacy",
    "the standard configuration vanishes before a reload",
    "the old one stays; no demo signer",
)
def test_a_configuration_that_has_gone_changes_nothing(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "config" / "ishara"
    home.mkdir(parents=True)
    standard = home / "ishara.toml"
    standard.write_text(f'[camera]\nsource = "{SOURCE}"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "run", "--socket", str(tmp_path / "s")],
        env={**os.environ, "XDG_CONFIG_HOME": str(home.parent)},
    )
    try:
        assert eventually((tmp_path / "s").exists, 60)
        client = Client(tmp_path / "s")
        client.socket.settimeout(120)
        client.until("final")
        standard.unlink()
        process.send_signal(signal.SIGHUP)
        while "stays as it was" not in (state := client.until("state"))["reason"]:
            pass
        assert "No such file" in state["reason"]
        client.until("final")
        client.close()
    finally:
        process.kill()
        process.wait()


@pytest.mark.fault(
    "effects",
    "silent connections in every place",
    "`ishara status` is answered; they give their places up",
)
def test_silent_connections_shut_nobody_out_of_the_status(start: Start) -> None:
    service = start(SOURCE, config="[publish]\nclients = 8\n")
    service.listen().wait(lambda event: event["type"] == "hello")
    silent = [Client(service.socket) for _ in range(8)]
    code, said = command("status", "--socket", str(service.socket))
    assert "busy" not in said
    assert "clients" not in said
    assert code in (0, 1)
    assert said == ""
    late = Client(service.socket)

    def room() -> bool:
        nonlocal late
        late.close()
        late = Client(service.socket)
        return (late.next() or {}).get("type") == "hello"

    assert eventually(room, 60), "who never read gave its place up"
    for client in (*silent, late):
        client.close()


@pytest.mark.fault("effects", "a client pauses and is killed", "its pause ends, all are told")
def test_a_pause_of_a_client_that_is_killed_ends(start: Start) -> None:
    service = start(SOURCE)
    other = service.listen()
    other.wait(lambda event: event["type"] == "final", most=120)
    program = (
        "import sys, time; from edge.client import connect\n"
        "client = connect(sys.argv[1]); client.pause(); print('paused', flush=True)\n"
        "time.sleep(999)"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", program, str(service.socket)], stdout=subprocess.PIPE
    )
    assert client.stdout is not None
    assert client.stdout.readline() == b"paused\n"
    other.state("paused")
    killed = time.monotonic()
    client.kill()
    client.communicate()
    _, ended = other.wait(lambda event: event.get("request") == "resume", killed, most=60)
    assert ended["by"].startswith(f"pid {client.pid}, ")
    other.wait(lambda event: event["type"] == "final", killed, most=120)
