"""The command line: bad input is one clear line and the right exit code, never a traceback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from edge.cli import main
from edge.config import Config, parse
from edge.events import Status
from edge.events.protocol import StateName
from tests.clients import Serve
from tests.conftest import Ishara


def refused(process: subprocess.Popen[str]) -> tuple[int, str]:
    """(exit code, the one line) of a process that must refuse."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in out + err
    (line,) = [line for line in err.splitlines() if line.startswith("ishara: ")]
    return process.returncode, line


def test_config_prints_what_it_reads(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[camera]\nsource = "signer:abc"\n')
    assert main(["config", "--config", str(file)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"# from {file}\n")
    assert parse(printed).camera.source == "signer:abc"
    assert parse(printed).publish == Config().publish


def test_a_bad_configuration_is_exit_78(ishara: Ishara, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("[camera]\nwidht = 3\n")
    code, line = refused(ishara("run", "--config", str(file)))
    assert code == 78
    assert line.endswith(f"{file}:2: unknown key widht in [camera]; did you mean width?")
    code, line = refused(ishara("run", "--config", str(tmp_path / "none.toml")))
    assert code == 78
    assert "none.toml cannot be read: No such file" in line


def test_an_unknown_bundle_is_exit_78(ishara: Ishara, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[recognize]\nbundle = "no-such-bundle"\n')
    code, line = refused(ishara("run", "--config", str(file)))
    assert code == 78
    assert "no-such-bundle" in line


def test_damaged_weights_are_exit_78(
    landmark_weights: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    from edge import resources

    monkeypatch.setattr(resources, "weights", lambda: tmp_path)
    (tmp_path / "palm_detection_full.tflite").write_bytes(b"TFL3" * 1000)
    assert main(["run", "--source", "signer:a", "--socket", str(tmp_path / "s")]) == 78
    line = capsys.readouterr().err.strip()
    assert "damaged" in line
    assert line.endswith("run `ishara models fetch`")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("video:/no/such.mp4", "/no/such.mp4"),
        ("photo:/no/such", "/no/such"),
        ("v4l2:/dev/video97", "/dev/video97"),
        ("sinner:abc", "signer:"),
        ("signer:abc?sped=3", "speed"),
        ("signer:über", "ü"),
    ],
)
def test_a_source_that_cannot_be_opened_is_exit_2(
    landmark_weights: None, ishara: Ishara, source: str, said: str
) -> None:
    code, line = refused(ishara("run", "--source", source, "--once"))
    assert code == 2
    assert said in line


def test_socket_paths_too_long_in_use_or_foreign_are_exit_2(
    landmark_weights: None, ishara: Ishara, tmp_path: Path
) -> None:
    code, line = refused(ishara("run", "--source", "signer:a", "--socket", f"/tmp/{'x' * 120}"))
    assert (code, "at most 107" in line) == (2, True)
    foreign = tmp_path / "file"
    foreign.write_text("precious")
    code, _ = refused(ishara("run", "--source", "signer:a", "--socket", str(foreign)))
    assert (code, foreign.read_text()) == (2, "precious")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "live"))
        other.listen()
        code, _ = refused(ishara("run", "--source", "signer:a", "--socket", str(tmp_path / "live")))
        assert code == 2


def test_nobody_to_listen_to_is_exit_2(ishara: Ishara) -> None:
    code, line = refused(ishara("listen"))
    assert code == 2
    assert "ishara run" in line


@pytest.mark.parametrize(
    ("state", "code"), [("reading", 0), ("paused", 0), ("starting", 1), ("camera_lost", 1)]
)
def test_status_says_how_it_is(
    capsys: pytest.CaptureFixture[str], serve: Serve, state: StateName, code: int
) -> None:
    def status() -> Status:
        return Status(
            state=state, uptime_s=7385, frames=120, restarts=2, last_error="no frame for 2 s",
            temperature_c=61.4, throttled="under-voltage", delegate_reason="none is plugged in",
            bundle="tiny", profile="kiosk", source="v4l2:/dev/video0",
        )  # fmt: skip

    server = serve(on_status=status)
    path = server.path
    assert main(["status", "--socket", str(path)]) == code
    printed = capsys.readouterr().out
    assert printed.startswith(f"{state}: v4l2:/dev/video0, up 2 h 3 min\n")
    for word in ("tiny, profile kiosk", "120 so far", "none yet", "61 °C", "under-voltage", "2 re"):
        assert word in printed
    assert main(["status", "--json", "--socket", str(path)]) == code
    assert json.loads(capsys.readouterr().out)["frames"] == 120
    server.close()
    assert main(["status", "--socket", str(path)]) == 2
    assert "nothing listens" in capsys.readouterr().err


def test_status_of_one_that_does_not_answer_is_a_user_error(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
) -> None:
    monkeypatch.setattr("edge.client.session.HELLO_TIMEOUT_S", 0.2)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        assert main(["status", "--socket", str(tmp_path / "mute")]) == 2
    assert "does not answer" in capsys.readouterr().err
    server = serve(clients=1)
    with socket.socket(socket.AF_UNIX) as only:
        only.connect(str(server.path))
        only.recv(1)
        assert main(["status", "--socket", str(server.path)]) == 1, "it is printed all the same"
    assert "starting: test:" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["status", "listen"])
@pytest.mark.parametrize("said", [b"hello\n", b"[1]\n", b"{}\n", b"\xff\n", b"x" * (1 << 21)])
def test_what_is_no_ishara_is_a_user_error(
    said: bytes, command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def talk() -> None:
        guest = other.accept()[0]
        with guest, suppress(OSError):
            guest.sendall(said)
            guest.shutdown(socket.SHUT_WR)
            guest.recv(1024)

    text = command == "listen" and said.endswith(b"\n") and said.isascii()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other"))
        other.listen()
        threading.Thread(target=talk, daemon=True).start()
        assert main([command, "--socket", str(tmp_path / "other")]) == (0 if text else 2)
    shown = capsys.readouterr()
    assert shown.out == (said.decode() if text else "")
    if not text:
        assert "is no ishara" in shown.err
        assert shown.err.count("\n") == 1


def test_importing_edge_loads_no_heavy_library() -> None:
    probe = (
        "import sys, edge, edge.cli; print(sorted({'cv2', 'numpy', 'picamera2'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
