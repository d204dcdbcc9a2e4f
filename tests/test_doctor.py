"""What `ishara doctor` says of the weights: only what is used can be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import resources
from edge.config import Config, LandmarkConfig
from edge.doctor import _weights


def said(config: Config) -> list[tuple[str, str]]:
    return [(finding.state, finding.detail) for finding in _weights(config)]


def test_weights_of_pose_and_face_are_a_note_unless_they_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "weights", lambda: tmp_path)
    hands = said(Config())
    assert ("missing", "palm_detection_full: missing") in hands
    (note,) = [detail for state, detail in hands if state == "note"]
    assert note.startswith("no pose and no face")
    holistic = said(Config(landmarks=LandmarkConfig(holistic="on")))
    assert ("missing", "pose_detection: missing") in holistic
    assert {state for state, _ in holistic} == {"missing"}
