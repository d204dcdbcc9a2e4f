"""Which tracker is opened: only what somebody reads is looked for."""

from __future__ import annotations

from typing import Any

import pytest

import edge.landmarks as room
from edge.config import LandmarkConfig
from edge.landmarks import Parts, holistic, open_tracker
from edge.landmarks.area import AreaTracker


class Made:
    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.arguments, self.options = arguments, options


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "HandTracker", Made)
    monkeypatch.setattr(holistic, "HolisticTracker", type("Holistic", (Made,), {}))


@pytest.mark.parametrize(
    ("config", "parts", "wanted"),
    [
        ({}, None, None),
        ({}, Parts(2), None),
        ({}, Parts(face=True), {"pose_every": 10, "face": True}),
        ({"pose_every": 4}, Parts(face=True), {"pose_every": 4, "face": True}),
        ({"pose_every": 4}, Parts(2, pose=True), {"pose_every": 1, "face": False}),
        ({"holistic": "on"}, None, {"pose_every": 10, "face": True}),
        ({"holistic": "on"}, Parts(pose=True), {"pose_every": 1, "face": True}),
    ],
)
def test_parts_decide(config: dict[str, Any], parts: Parts | None, wanted: Any) -> None:
    tracker: Any = open_tracker(LandmarkConfig(**config), parts)
    assert tracker.options == (wanted or {})
    if wanted is None:
        assert tracker.arguments[0] == (parts or Parts()).hands


def test_a_bundle_may_need_more_hands_than_were_asked_for() -> None:
    tracker: Any = open_tracker(LandmarkConfig(hands=2), Parts(1))
    assert tracker.arguments[0] == 2


def test_parts_add_up() -> None:
    assert Parts(2) | Parts(1, face=True) == Parts(2, face=True)
    assert not Parts(2).holistic
    assert Parts(pose=True).holistic


def test_an_area_is_put_round_the_holistic_tracker() -> None:
    config = LandmarkConfig(area=(0.0, 0.0, 0.5, 1.0))
    assert isinstance(open_tracker(config, Parts(face=True)), AreaTracker)
    assert not isinstance(open_tracker(config), AreaTracker)
