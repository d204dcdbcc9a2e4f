"""The benchmark of finding hands: what it counts, on a rendered hand and on a picture of none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import finding
from edge.camera.signer import Signer
from edge.landmarks import HandTracker


@pytest.fixture
def files(tmp_path: Path, landmark_weights: None) -> tuple[Path, Path]:
    """A picture of a rendered hand, and one of nothing."""
    source = Signer("b", seed=3, pace=False)
    frames = [frame.pixels for frame in iter(source.read, None)]
    for name, pixels in ("hand", frames[len(frames) // 2]), ("wall", np.full((480, 640, 3), 90)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.asarray(pixels, np.uint8)[:, :, ::-1])
    return tmp_path / "hand.png", tmp_path / "wall.png"


def test_it_counts_when_the_hand_of_a_photo_is_found(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    finding.photos(HandTracker(), files)
    out = capsys.readouterr().out
    assert "2 photos: " in out
    assert "never 1" in out


def test_it_counts_looks_and_searches_in_a_room(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "ROOM_S", 1)
    finding.room(HandTracker(), files[1:])
    moving, still = (line.split(" | ") for line in capsys.readouterr().out.splitlines()[1:])
    assert (moving[0], still[0]) == ("moving", "still")
    assert moving[2] == still[2] == "0.0"
    assert int(moving[1]) >= int(still[1]) > 0


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(SystemExit, match=r"a\.png is no picture"):
        finding.picture(tmp_path / "a.png")
