"""Messages to systemd, and the socket it may have created."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.system.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """The other end of the notify socket, named in the environment."""
    abstract = request.param == "abstract"
    name = f"@ishara-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name.replace("@", "\0"))
        server.settimeout(2)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield server


def test_messages_to_systemd(systemd: socket.socket) -> None:
    notifier = Notifier()
    assert "NOTIFY_SOCKET" not in os.environ, "no child process uses it"
    notifier.reloading()  # not ready yet: systemd would take it for ready
    notifier.reloaded()
    notifier.status("camera lost:\nno camera")
    notifier.status("camera lost:\nno camera")
    notifier.ready()
    notifier.watchdog()
    notifier.reloading()
    notifier.stopping()
    messages = [systemd.recv(4096).decode() for _ in range(5)]
    assert messages[:3] == ["STATUS=camera lost: no camera", "READY=1", "WATCHDOG=1"]
    word, _, usec = messages[3].partition("\nMONOTONIC_USEC=")
    assert word == "RELOADING=1"
    assert int(usec) > 0
    assert messages[4] == "STOPPING=1"


def test_a_watchdog_of_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for pid, period in ((str(os.getpid()), 3.0), ("", 3.0), ("1", 0.0)):
        monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
        monkeypatch.setenv("WATCHDOG_USEC", "3000000")
        monkeypatch.setenv("WATCHDOG_PID", pid)
        assert Notifier().period == period


def test_nobody_at_the_other_end_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/no/such/socket")
    Notifier().ready()
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not Notifier().active


TAKE = """
import os, socket, sys
from edge.system.activation import listening
os.environ["LISTEN_PID"] = os.environ["LISTEN_PID"].replace("ME", str(os.getpid()))
found = listening()
print(found and os.fsdecode(found.getsockname()), listening(), os.environ.get("LISTEN_FDS"))
"""


def inherited(passed: int, environment: dict[str, str]) -> str:
    """What a process prints that gets descriptor 3 and takes the socket."""
    done = subprocess.run(
        [sys.executable, "-c", TAKE],
        env={**os.environ, **environment},
        preexec_fn=lambda: os.dup2(passed, 3),
        pass_fds=(3,),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_socket_that_systemd_made_is_taken_once(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, open(os.devnull) as null:
        made.bind(str(tmp_path / "s"))
        made.listen()
        ours = {"LISTEN_FDS": "1", "LISTEN_PID": "ME"}
        assert inherited(made.fileno(), ours) == f"{tmp_path / 's'} None None"
        assert inherited(made.fileno(), {**ours, "LISTEN_PID": "1"}) == "None None None"
        assert inherited(null.fileno(), ours) == "None None None"
