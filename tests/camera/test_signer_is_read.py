"""What the signer spells is what is read: the first thing a newcomer sees."""

from __future__ import annotations

import pytest

from edge.camera import open_camera
from edge.config import LandmarkConfig, RecognizeConfig
from edge.landmarks import open_tracker
from edge.recognize import open_recognizer
from edge.recognize.delegate import DelegateSelection


@pytest.mark.fault("terminal", "the default signer spells `{text}`", "read as spelled")
@pytest.mark.parametrize(
    "text",
    [
        "my name is sam",
        pytest.param(
            "at school in san francisco",
            marks=pytest.mark.xfail(reason="the model reads its R as a U"),
        ),
        "the mass is less",
        "stop at the house",
        "a s t e m n",
    ],
)
def test_what_the_signer_spells_is_read(landmark_weights: None, text: str) -> None:
    tracker = open_tracker(LandmarkConfig())
    recognizer = open_recognizer(RecognizeConfig(), DelegateSelection("off"))
    signer = open_camera(f"signer:{text}?pace=0")
    finals = []
    while (frame := signer.read()) is not None:
        finals += [each.text for each in recognizer.push(tracker(frame)) if each.final]
    finals += [each.text for each in recognizer.finish() if each.final]
    assert finals == [text]
