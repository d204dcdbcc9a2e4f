"""The holistic tracker's own decisions, with models that see what the test puts before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge.camera.frame import Frame
from edge.landmarks.hand_model import View
from edge.landmarks.holistic import tracker as module
from edge.landmarks.holistic.face_model import FaceView
from edge.landmarks.holistic.pose_model import PoseView
from edge.landmarks.holistic.tracker import IDLE_SEARCH_S, HolisticTracker
from edge.landmarks.profile import PROFILES
from edge.landmarks.roi import Roi

SIZE = (400, 300)
HANDS = {"left": (280.0, 200.0), "right": (120.0, 200.0)}


def hand(x: float, y: float) -> Any:
    """The wrist below, the fingers above, some 50 pixels."""
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = x + np.tile([-25, -10, 5, 15, 25], 5)[:21]
    points[:, 1] = y + np.linspace(25, -25, 21)
    points[0, :2] = x, y + 25
    return points


class World:
    """A person at a known place; counts what is asked of each model."""

    def __init__(self) -> None:
        self.there = True
        self.hands = dict(HANDS)
        self.visible = 1.0
        self.asked: dict[str, int] = {}

    def count(self, name: str) -> None:
        self.asked[name] = self.asked.get(name, 0) + 1

    def detector(self, model: Any, kind: Any, threads: int) -> Any:
        class Answer:
            def __init__(self, found: list[Any]) -> None:
                self.found = found

            def above(self, least: float) -> list[Any]:
                return self.found

        def detect(pixels: Any, square: Roi) -> Answer:
            self.count(kind.name)
            if not self.there:
                return Answer([])
            if kind.name == "face detector":
                keypoints = [(190, 90), (210, 90), (200, 100), (200, 110), (180, 95), (220, 95)]
                return Answer([(0.9, np.array([(0, 0), (0, 0), *keypoints], np.float32))])
            points = [(0, 0), (0, 0), (200, 250), (200, 50), (0, 0), (0, 0)]
            return Answer([(0.9, np.array(points, np.float32))])

        return detect

    def pose(self, pixels: Any, roi: Roi) -> PoseView:
        self.count("pose")
        points = np.zeros((33, 3), np.float32)
        points[:11, :2] = np.random.default_rng(0).uniform((185, 85), (215, 115), (11, 2))
        for side, ids in (("left", (15, 17, 19)), ("right", (16, 18, 20))):
            x, y = self.hands.get(side, HANDS[side])
            points[list(ids), :2] = (x, y + 25), (x - 5, y), (x + 3, y)
        auxiliary = np.array([(200, 250, 0), (200, 50, 0)], np.float32)
        visibility = np.full(33, self.visible, np.float32)
        return PoseView(points, auxiliary, visibility, 0.9 if self.there else 0.1)

    def recrop(self, pixels: Any, roi: Roi) -> Roi:
        self.count("recrop")
        return Roi(roi.x, roi.y, 120)

    def hand(self, pixels: Any, roi: Roi) -> View:
        self.count("hand")
        near = [at for at in self.hands.values() if np.hypot(at[0] - roi.x, at[1] - roi.y) < 60]
        return View(hand(*(near or [(roi.x, roi.y)])[0]), 0.9 if near else 0.1, 0.5)

    def face(self, pixels: Any, roi: Roi) -> FaceView:
        self.count("face")
        points = np.random.default_rng(1).uniform((180, 80, 0), (220, 120, 1), (468, 3))
        points[33], points[263] = (190, 90, 0), (210, 90, 0)
        return FaceView(points.astype(np.float32), 0.9 if self.there else 0.1)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    from edge.landmarks import profile

    for stage in (profile.weights, profile.derived):
        monkeypatch.setattr(stage, "read", lambda name: name)
    monkeypatch.setattr(module, "Detector", made.detector)
    monkeypatch.setattr(module, "PoseModel", lambda model, threads: made.pose)
    monkeypatch.setattr(module, "HandRecrop", lambda model, threads: made.recrop)
    monkeypatch.setattr(module, "HandModel", lambda model, threads: made.hand)
    monkeypatch.setattr(module, "FaceModel", lambda model, threads: made.face)
    return made


def frame(n: int, still: bool = False, size: tuple[int, int] = SIZE) -> Frame:
    blocks = np.random.default_rng(0 if still else n).integers(0, 255, (30, 40))
    pixels = np.repeat(np.repeat(blocks, 10, 0), 10, 1)[: size[1], : size[0], None]
    pixels = np.ascontiguousarray(np.repeat(pixels, 3, 2), np.uint8)
    return Frame(pixels, n / 30, 100 + n / 30, n)


def made(**options: Any) -> HolisticTracker:
    return HolisticTracker(PROFILES["accurate"], **options)


def test_all_parts_are_seen_in_the_picture(world: World) -> None:
    landmarks = made()(frame(0))
    assert landmarks.pose is not None
    assert landmarks.face is not None
    sides = {hand.right: hand for hand in landmarks.hands}
    assert sides.keys() == {0.0, 1.0}
    for right, side in ((0.0, "left"), (1.0, "right")):
        found = sides[right].points[:, :2] * SIZE
        np.testing.assert_allclose(found, hand(*HANDS[side])[:, :2], rtol=1e-4)
    np.testing.assert_allclose(landmarks.pose.points[15, :2] * SIZE, (280, 225), rtol=1e-4)
    assert landmarks.face.points.shape == (468, 3)
    assert (landmarks.size, landmarks.pose.time) == (SIZE, 0.0)


def test_the_person_is_searched_once_and_then_followed(world: World) -> None:
    tracker = made()
    for n in range(6):
        tracker(frame(n))
    assert world.asked == {
        "person detector": 1, "pose": 6, "recrop": 12, "hand": 12, "face detector": 6, "face": 6,
    }  # fmt: skip


def test_between_poses_the_parts_are_followed_by_themselves(world: World) -> None:
    tracker = made(pose_every=5)
    seen = [tracker(frame(n)) for n in range(11)]
    assert world.asked == {
        "person detector": 1, "pose": 3, "recrop": 6, "hand": 22, "face detector": 3, "face": 11,
    }  # fmt: skip
    assert [round(30 * landmarks.pose.time) for landmarks in seen] == [0] * 5 + [5] * 5 + [10]
    assert len({hand.track for landmarks in seen for hand in landmarks.hands}) == 2


def test_a_lost_hand_brings_the_next_pose_forward(world: World) -> None:
    tracker = made(pose_every=100)
    tracker(frame(0))
    del world.hands["right"]
    assert [hand.right for hand in tracker(frame(1)).hands] == [0.0]
    world.hands["right"] = (120.0, 120.0)
    hands = tracker(frame(2)).hands
    assert sorted((hand.right, hand.track) for hand in hands) == [(0.0, 1), (1.0, 3)]
    assert world.asked["pose"] == 2
    del world.hands["right"]
    for n in range(3, 20):
        tracker(frame(n))
    assert world.asked["pose"] == 3  # once, not in every frame without it


def test_no_wrist_no_hand(world: World) -> None:
    world.visible = 0.05
    assert made()(frame(0)).hands == ()
    assert "hand" not in world.asked


def test_no_person_no_parts_and_the_next_frame_searches(world: World) -> None:
    tracker = made(search_interval=0)
    tracker(frame(0))
    world.there = False
    landmarks = tracker(frame(1))
    assert (landmarks.hands, landmarks.pose, landmarks.face) == ((), None, None)
    world.there = True
    assert len(tracker(frame(2)).hands) == 2
    assert world.asked["person detector"] == 2


def test_nobody_is_searched_for_now_and_then(world: World) -> None:
    world.there = False
    tracker = made(search_interval=0.2)
    for n in range(31):
        tracker(frame(n))
    assert world.asked == {"person detector": 6}
    tracker.reset()
    world.asked.clear()
    for n in range(round(30 * IDLE_SEARCH_S) + 1):
        tracker(frame(n, still=True))
    assert world.asked == {"person detector": 2}


def test_what_does_not_move_is_reused_where_the_profile_says_so(world: World) -> None:
    tracker = HolisticTracker(PROFILES["balanced"])
    for n in range(5):
        tracker(frame(n, still=True))
    world.asked.clear()
    for n in range(5, 11):
        assert len(tracker(frame(n, still=True)).hands) == 2
    assert world.asked["pose"] == 2
    assert world.asked["hand"] == 4
    world.asked.clear()
    for n in range(11, 14):
        tracker(frame(n))
    assert world.asked["pose"] == 3
    assert world.asked["hand"] == 6


def test_a_face_that_nobody_wants_costs_nothing(world: World) -> None:
    assert made(face=False)(frame(0)).face is None
    assert not world.asked.keys() & {"face", "face detector"}


def test_another_size_is_another_scene(world: World) -> None:
    tracker = made()
    first = tracker(frame(0))
    second = tracker(frame(1, size=(390, 290)))
    assert world.asked["person detector"] == 2
    assert second.size == (390, 290)
    assert not {h.track for h in first.hands} & {h.track for h in second.hands}
