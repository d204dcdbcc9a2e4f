"""The small parts of the service: what systemd is told and gives, pictures judged, figures read."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.camera import Frame
from edge.pipeline.backoff import Backoff
from edge.pipeline.picture_monitor import Judge
from edge.pipeline.staleness import stale
from edge.system import board as health
from edge.system.notify import Notifier


def test_delays_double_up_to_a_bound_and_begin_anew() -> None:
    backoff = Backoff(0.5, 8.0)
    delays = list(islice(iter(backoff.next, None), 7))
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    backoff.reset()
    assert backoff.next() == 0.5


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


def test_what_systemd_hears(systemd: socket.socket) -> None:
    notifier = Notifier()
    assert "NOTIFY_SOCKET" not in os.environ, "no child speaks in our name"
    notifier.reloading()  # not ready yet: systemd would take it for ready
    notifier.reloaded()
    notifier.status("camera lost:\nno camera")
    notifier.status("camera lost:\nno camera")
    notifier.ready()
    notifier.watchdog()
    notifier.reloading()
    notifier.stopping()
    heard = [systemd.recv(4096).decode() for _ in range(5)]
    assert heard[:3] == ["STATUS=camera lost: no camera", "READY=1", "WATCHDOG=1"]
    word, _, usec = heard[3].partition("\nMONOTONIC_USEC=")
    assert word == "RELOADING=1"
    assert int(usec) > 0
    assert heard[4] == "STOPPING=1"


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


def taken(passed: int, environment: dict[str, str]) -> str:
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
        assert taken(made.fileno(), ours) == f"{tmp_path / 's'} None None"
        assert taken(made.fileno(), {**ours, "LISTEN_PID": "1"}) == "None None None"
        assert taken(null.fileno(), ours) == "None None None"


def frames(pixels: Any, seconds: float, since: float = 0.0) -> list[Frame]:
    """Frames at 30 a second; ``pixels`` makes each."""
    return [
        Frame(pixels(), since + n / 30, since + n / 30, n) for n in range(round(30 * seconds) + 1)
    ]


def noisy(level: int) -> Any:
    dice = np.random.default_rng(0)
    return lambda: dice.integers(level, level + 5, (480, 640, 3)).astype(np.uint8)


def test_pictures_are_judged() -> None:
    judge = Judge()
    assert {judge(frame) for frame in frames(noisy(90), 3)} == {""}
    black = [judge(frame) for frame in frames(noisy(2), 3, since=10)]
    assert black[30] == ""
    assert black[46:] == ["black"] * len(black[46:])
    assert judge.black == len(black)
    assert judge(frames(noisy(90), 0, since=14)[0]) == "", "one sound picture ends it"
    picture = noisy(100)()
    same = [judge(frame) for frame in frames(lambda: picture, 3, since=20)]
    assert same[30] == ""
    assert same[47:] == ["same"] * len(same[47:])
    assert judge.same == len(same) - 1


def test_age_makes_a_frame_stale() -> None:
    assert not stale(10.0, 10.9)
    assert stale(10.0, 11.1)


def test_the_boards_figures(tmp_path: Path) -> None:
    assert health.temperature_c(tmp_path) is None
    assert health.throttled(tmp_path) is None
    for zone, milli in (("0", "51200"), ("1", "48000"), ("2", "none")):
        folder = tmp_path / "class" / "thermal" / f"thermal_zone{zone}"
        folder.mkdir(parents=True)
        (folder / "temp").write_text(milli + "\n")
    firmware = tmp_path / "devices" / "platform" / "soc" / "soc:firmware"
    firmware.mkdir(parents=True)
    assert health.temperature_c(tmp_path) == 51.2
    for told, meant in (("0", ""), ("50000", ""), ("50005", "under-voltage, throttled")):
        (firmware / "get_throttled").write_text(told + "\n")
        assert health.throttled(tmp_path) == meant
    assert 5 < health.rss_mb() < 5000
