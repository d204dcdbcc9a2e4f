"""What the camera sees goes to those who ask, and only as far as the owner shares it."""

from __future__ import annotations

import base64
import json

import cv2
import numpy as np
import pytest

from edge.camera import Frame
from edge.events.protocol import Shared, View, encode
from edge.hand import HAND_POINTS
from edge.landmarks import Landmarks
from edge.landmarks.hand import Hand
from edge.pipeline.view_publisher import WIDTH, ViewPublisher
from tests.wire import check


def frame(width: int = 640, height: int = 480) -> Frame:
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 0] = 200  # red
    return Frame(pixels, time=1.0, captured=1.0, index=0)


def landmarks(size: tuple[int, int] = (640, 480)) -> Landmarks:
    points = np.full((HAND_POINTS, 3), 0.25, dtype=np.float32)
    return Landmarks((Hand(points, 1.0, 1.0, 1),), size, 1.0, 1.0, 0)


def published(shared: Shared, wanted: bool = True, frames: int = 1) -> list[View]:
    views: list[View] = []
    publisher = ViewPublisher(shared, lambda: wanted, views.append)
    for _ in range(frames):
        publisher(frame(), landmarks())
    return views


def test_nothing_is_published_that_is_not_shared_or_not_wanted() -> None:
    assert published("none") == []
    assert published("picture", wanted=False) == []


def test_hands_are_without_the_picture() -> None:
    (view,) = published("hands")
    assert view.hands == (((0.25, 0.25),) * HAND_POINTS,)
    assert (view.width, view.height, view.picture) == (640, 480, "")


def test_the_picture_is_small_and_in_its_colours() -> None:
    (view,) = published("picture")
    data = np.frombuffer(base64.b64decode(view.picture), dtype=np.uint8)
    blue, _, red = cv2.imdecode(data, cv2.IMREAD_COLOR)[100, 100]
    assert (red > 150, blue < 50) == (True, True)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (WIDTH * 480 // 640, WIDTH, 3)
    check(json.loads(encode(view)))


def test_there_are_not_more_than_a_person_can_see(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(n / 30 for n in range(300, 1000))
    monkeypatch.setattr("edge.pipeline.view_publisher.time.monotonic", lambda: next(now))
    assert 8 <= len(published("hands", frames=30)) <= 11
