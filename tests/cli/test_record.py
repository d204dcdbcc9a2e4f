"""``ishara record``, recordings as a source, and overlays, in a process of their own."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.conftest import Ishara

pytest.importorskip("pyarrow", reason="recordings need pyarrow")

from edge.recording import Reader
from edge.recording.writer import Writer

pytestmark = pytest.mark.usefixtures("landmark_weights")


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out, error


def finals(out: str) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in out.splitlines()]
    return [event for event in events if event["type"] == "final"]


@dataclass(frozen=True)
class Recorded:
    """A recording of the signer: its file, and what the process wrote that made it."""

    path: Path
    out: str
    error: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, landmark_weights: None) -> Recorded:
    folder = tmp_path_factory.mktemp("recorded")
    path = folder / "abc.parquet"
    source = "signer:abc?pace=0&seed=2"
    done = subprocess.run(
        [sys.executable, "-m", "edge", "record", path, "--source", source, "--once", "--json",
         "--socket", folder / "socket"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Recorded(path, done.stdout, done.stderr)


@pytest.fixture
def recorded(made: Recorded) -> Path:
    return made.path


def test_a_recording_is_said_and_is_its_owners(made: Recorded) -> None:
    assert f"RECORDING the landmarks of all that is seen to {made.path}" in made.error
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert Reader(made.path).size == (640, 480)


def test_a_recording_is_read_as_what_it_was_made_of(
    ishara: Ishara, made: Recorded, tmp_path: Path
) -> None:
    said = finals(made.out)
    assert [event["text"] for event in said] == ["abc"]
    source = f"{made.path}?pace=0"
    out, _ = ended(ishara("run", "--source", source, "--once", "--json"))
    again = finals(out)
    assert [event["text"] for event in again] == ["abc"]
    for one, other in zip(again[0]["chars"], said[0]["chars"], strict=True):
        assert one == pytest.approx(other, abs=0.002)


def test_an_overlay_of_a_recording_has_every_frame(
    ishara: Ishara, recorded: Path, tmp_path: Path
) -> None:
    video = tmp_path / "out.mp4"
    process = ishara("run", "--source", f"{recorded}?pace=0", "--once", "--overlay", str(video))
    _, error = ended(process)
    assert f"FILMING the picture, with what is read, to {video}" in error
    assert stat.S_IMODE(video.stat().st_mode) == 0o600
    capture = cv2.VideoCapture(str(video))
    frames = len(list(iter(Reader(recorded).read, None)))
    assert frames <= capture.get(cv2.CAP_PROP_FRAME_COUNT) <= frames + 30
    assert capture.get(cv2.CAP_PROP_FPS) == 30
    assert capture.get(cv2.CAP_PROP_FRAME_WIDTH) == 640


def test_a_recording_is_read_in_real_time(ishara: Ishara, recorded: Path) -> None:
    began = time.monotonic()
    out, _ = ended(ishara("run", "--source", f"landmarks:{recorded}", "--once", "--json"))
    rows = list(iter(Reader(recorded).read, None))
    assert time.monotonic() - began > rows[-1].time
    assert json.loads(out.splitlines()[0])["live"] is True
    # On a machine that is too busy, late frames are skipped; what is read is of the same hand.
    assert finals(out)


def test_several_sequences_are_several_segments(
    ishara: Ishara, recorded: Path, tmp_path: Path
) -> None:
    rows = list(iter(Reader(recorded).read, None))
    writer = Writer(tmp_path / "twice.parquet")
    for sequence in (0, 1):
        for row in rows:
            if "right_hand" in row.parts:
                writer.add(sequence, row.frame, row.time, row.parts)
    writer.close((640, 480))
    source = f"{tmp_path / 'twice.parquet'}?pace=0"
    out, _ = ended(ishara("run", "--source", source, "--once", "--json"))
    assert [event["text"] for event in finals(out)] == ["abc", "abc"]
    out, _ = ended(ishara("run", "--source", f"{source}&sequence=1", "--once", "--print"))
    assert out == "abc\n"


def test_a_recording_that_is_stopped_can_be_read(ishara: Ishara, tmp_path: Path) -> None:
    path, video = tmp_path / "a.parquet", tmp_path / "a.mp4"
    process = ishara(
        "record", str(path), "--source", "signer:hello world", "--overlay", str(video), "--json"
    )
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["type"] == "partial":
            break
    process.send_signal(signal.SIGTERM)
    ended(process)
    assert any(row.parts for row in iter(Reader(path).read, None))
    assert cv2.VideoCapture(str(video)).read()[0]


def refused(process: subprocess.Popen[str], code: int = 2) -> str:
    """The one line with which it ended."""
    _, error = process.communicate(timeout=120)
    lines = [line for line in error.splitlines() if "RECORDING" not in line]
    assert process.returncode == code, error
    assert len(lines) == 1, error
    return lines[0]


def test_nothing_is_overwritten(ishara: Ishara, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"mine")
    assert "is there already" in refused(ishara("record", str(path), "--source", "signer:a"))
    assert path.read_bytes() == b"mine"


def test_a_recording_that_breaks_off_is_a_line_and_loses_nothing(
    ishara: Ishara, recorded: Path, tmp_path: Path
) -> None:
    """The frames that come before it are read, and the text is published."""
    import pyarrow
    from pyarrow import parquet

    table = parquet.read_table(recorded)
    frames = np.arange(len(table)) + 5
    frames[-1] = 3
    table = table.set_column(1, "frame", pyarrow.array(frames))
    parquet.write_table(table, path := tmp_path / "broken.parquet")
    process = ishara("run", "--source", f"{path}?pace=0&fps=30", "--once", "--json")
    out, error = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "they must ascend" in error
    assert "Traceback" not in error
    assert [event["text"] for event in finals(out)] == ["abc"]


def test_a_file_that_is_no_recording_is_a_line(ishara: Ishara, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 is how one begins")
    assert "cut short" in refused(ishara("run", "--source", str(path), "--once"))


@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_screen")
def test_a_window_without_a_screen_is_a_line(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:a", "--window")
    assert "--overlay FILE.mp4" in refused(process)


def test_a_reload_replaces_a_camera_by_a_recording_and_back(
    ishara: Ishara, recorded: Path, tmp_path: Path
) -> None:
    config = tmp_path / "watch.toml"
    config.write_text('[camera]\nsource = "signer:o?pace=0"\n')
    process = ishara("run", "--config", str(config), "--json")
    assert process.stdout
    for source, text in (("", "o"), (f"{recorded}?pace=0", "abc"), ("signer:o?pace=0", "o")):
        if source:
            config.write_text(f'[camera]\nsource = "{source}"\n')
            process.send_signal(signal.SIGHUP)
        for line in process.stdout:
            event = json.loads(line)
            if event["type"] == "final" and event["text"] == text:
                break
        else:
            raise AssertionError(f"no {text}: {ended(process)}")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0
