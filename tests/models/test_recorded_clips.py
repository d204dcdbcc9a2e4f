"""Recorded clips: what is spelled in them, and landmarks that are tracked once."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.frame import Frame
from edge.landmarks.hand import Hand, Landmarks
from models.training.evaluation import recorded_clips
from models.training.evaluation.recorded_clips import Tracked, at_speed, clips, tracked


class Counting:
    """A tracker that sees a hand in every other frame, and counts what it is given."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def reset(self) -> None:
        self.times.clear()

    def __call__(self, frame: Frame) -> Landmarks:
        self.times.append(frame.time)
        points = np.full((21, 3), frame.index, np.float32)
        hands = (Hand(points, 0.75, 1.0, 1),) if frame.index % 2 else ()
        size = (frame.pixels.shape[1], frame.pixels.shape[0])
        return Landmarks(hands, size, frame.time, frame.captured, frame.index)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one clip, of five frames."""
    (tmp_path / "real" / "words").mkdir(parents=True)
    truth = 'file,spelled,signer,note\nwords/one.avi,ok,,"a, b"\nnumbers/ten.avi,10,x,\n'
    (tmp_path / "real" / "truth.csv").write_text(truth, encoding="utf-8")
    file = str(tmp_path / "real" / "words" / "one.avi")
    video = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for level in range(5):
        video.write(np.full((48, 64, 3), 40 * level, np.uint8))
    video.release()
    return tmp_path


def test_the_truth_is_read_by_group(folder: Path) -> None:
    (word,) = clips(folder, "words")
    assert (word.truth, word.signer, word.group) == ("ok", "unknown", "words")
    assert [c.truth for c in clips(folder)] == ["ok", "10"]


def test_a_tracker_sees_the_times_of_the_speed(folder: Path) -> None:
    (word,) = clips(folder, "words")
    slow, fast = Counting(), Counting()
    list(tracked(slow, word.file, 0.5))
    list(tracked(fast, word.file, 2.0))
    assert slow.times == pytest.approx([0, 0.08, 0.16, 0.24, 0.32])
    assert fast.times == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])


def test_a_clip_is_tracked_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Counting] = []

    def open_tracker(config: object) -> Counting:
        opened.append(Counting())
        return opened[-1]

    monkeypatch.setattr(recorded_clips, "open_tracker", open_tracker)
    (word,) = clips(folder, "words")
    first = Tracked("accurate", tmp_path)(word)
    again = Tracked("accurate", tmp_path)(word)
    assert len(opened) == 1
    assert [len(f.hands) for f in again] == [0, 1, 0, 1, 0]
    assert [(f.size, f.time, f.index) for f in again] == [(f.size, f.time, f.index) for f in first]
    assert np.array_equal(again[3].hands[0].points, first[3].hands[0].points)
    monkeypatch.setattr(recorded_clips, "_code", lambda: "another tracker")
    Tracked("accurate", tmp_path)(word)
    Tracked("balanced", tmp_path)(word)
    assert len(opened) == 3
    with pytest.raises(ValueError, match="no profile"):
        Tracked("best", tmp_path)  # type: ignore[arg-type]


def test_another_speed_is_other_times(folder: Path) -> None:
    (word,) = clips(folder, "words")
    frames = tuple(tracked(Counting(), word.file))
    assert [f.time for f in at_speed(frames, 2)] == pytest.approx([f.time / 2 for f in frames])
