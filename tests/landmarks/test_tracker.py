"""The tracker's own decisions, with models that see what the test puts in front of them."""

import numpy as np
import pytest

from edge.camera.frame import Frame
from edge.landmarks import profile
from edge.landmarks import tracker as module
from edge.landmarks.hand_model import View
from edge.landmarks.palm import Palm
from edge.landmarks.profile import PROFILES
from edge.landmarks.tracker import MARGINS, SETTLE_FRAMES, HandTracker
from edge.landmarks.vain_looks import AT_ONCE, WAIT_S


def shape(x, y, size=50.0):
    """A flat hand round (x, y): wrist below, fingers above, as wide as high."""
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = x + np.tile([-0.5, -0.2, 0.1, 0.3, 0.5], 5)[:21] * size
    points[:, 1] = y - np.linspace(-0.5, 0.5, 21) * size
    points[0, :2] = x, y + size / 2
    return points


class World:
    """Hands at known places; counts what the tracker asks of its two models."""

    def __init__(self):
        self.hands = {}
        self.palms = 0
        self.looks = 0
        self.margins = []
        self.right = 1.0
        self.presence = 0.9
        self.doubted = []  # where the palm detector sees a palm with a low score
        self.doubted_to = 2.0  # with a wider margin it has no doubt
        self.palm_size = 50
        self.looked = []

    def find(self, pixels, margin=1.0, doubtful=False):
        self.palms += 1
        self.margins.append(margin)
        doubted = self.doubted if margin <= self.doubted_to else []
        sure = [self._palm(*at) for at in self.hands.values() if at not in doubted]
        return sure + [self._palm(*at, 0.3) for at in doubted if doubtful]

    def look(self, pixels, roi):
        self.looks += 1
        self.looked.append((roi.x, roi.y))
        if not self.hands:
            return View(shape(roi.x, roi.y), 0.1, self.right)
        x, y = min(self.hands.values(), key=lambda at: np.hypot(at[0] - roi.x, at[1] - roi.y))
        there = np.hypot(x - roi.x, y - roi.y) < roi.size / 2
        return View(shape(x, y), self.presence if there else 0.1, self.right)

    def _palm(self, x, y, score=0.9):
        half = self.palm_size / 2
        keypoints = np.full((7, 2), (x, y), np.float32)
        keypoints[0], keypoints[2] = (x, y + half), (x, y - half)
        box = np.array([x - half, y - half, x + half, y + half], np.float32)
        return Palm(score, box, keypoints)


@pytest.fixture
def world(monkeypatch):
    made = World()
    for stage in (profile.weights, profile.derived):
        monkeypatch.setattr(stage, "read", lambda name: name)
    monkeypatch.setattr(module, "PalmDetector", lambda model, threads: made.find)
    monkeypatch.setattr(module, "HandModel", lambda model, threads: made.look)
    return made


def frame(time, width=400, height=300, still=False):
    blocks = np.random.default_rng(0 if still else round(time * 997)).integers(0, 255, (30, 40))
    pixels = np.repeat(np.repeat(blocks, 10, 0), 10, 1)[:height, :width, None]
    pixels = np.ascontiguousarray(np.repeat(pixels, 3, 2), np.uint8)
    return Frame(pixels, time, 100 + time, round(time * 30))


def test_a_hand_is_found_followed_and_returned_normalised(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker()
    first = tracker(frame(0.5))
    assert (first.size, first.time, first.captured, first.index) == ((400, 300), 0.5, 100.5, 15)
    (hand,) = first.hands
    assert hand.points.dtype == np.float32
    assert hand.points[0] == pytest.approx([100 / 400, 175 / 300, 0])
    assert (hand.presence, hand.right, hand.track) == (0.9, 1.0, 1)
    for n in range(1, 30):
        world.hands = {"a": (100 + 5 * n, 150)}
        (hand,) = tracker(frame(0.5 + n / 30)).hands
        assert hand.track == 1
    assert (world.palms, world.looks) == (1, 30)


def test_the_search_is_throttled_by_the_time_of_the_frames(world):
    tracker = HandTracker(search_interval=0.1)
    for n in range(31):
        assert tracker(frame(n / 30)).hands == ()
    assert world.palms == 11


def test_every_third_search_looks_from_further_away(world):
    tracker = HandTracker(search_interval=0)
    for n in range(8):
        tracker(frame(n / 30))
    assert world.margins == [1.0, 1.0, 1.5, 1.0, 1.0, 2.0, 1.0, 1.0]
    world.hands = {"a": (100, 150)}
    tracker(frame(0.3))
    world.hands = {}
    tracker(frame(0.4))
    assert world.margins[-2:] == [1.5, 1.0]


def test_a_doubtful_palm_that_shows_a_hand_is_followed(world):
    world.hands, world.doubted = {"a": (100, 150)}, [(100, 150)]
    tracker = HandTracker()
    assert len(tracker(frame(0.0)).hands) == 1
    for n in range(1, 5):
        assert tracker(frame(n / 30)).hands[0].track == 1


@pytest.mark.parametrize(("doubted", "found"), [([], 1), ([(100, 150)], 0)])
def test_a_doubtful_palm_must_show_a_clear_hand(world, doubted, found):
    world.hands, world.doubted, world.presence = {"a": (100, 150)}, doubted, 0.6
    assert len(HandTracker()(frame(0.0)).hands) == found


def test_a_doubtful_palm_is_looked_at_only_where_no_other_shows_the_hand(world):
    world.hands, world.doubted = {"a": (100, 150)}, [(300, 150)]
    assert len(HandTracker()(frame(0.0)).hands) == 1
    assert world.looks == 1


def test_a_large_doubtful_palm_is_seen_from_further_away_at_once(world):
    world.hands, world.doubted, world.palm_size = {"a": (200, 150)}, [(200, 150)], 100
    world.doubted_to, world.presence = 1.0, 0.6
    assert len(HandTracker()(frame(0.0)).hands) == 1
    assert (world.margins, world.looks) == ([1.0, 1.5], 1)


def test_what_is_not_seen_from_further_away_either_is_looked_at_as_it_is(world):
    world.hands, world.doubted, world.palm_size = {"a": (200, 150)}, [(200, 150)], 100
    assert len(HandTracker()(frame(0.0)).hands) == 1
    assert (world.margins, world.looks) == ([1.0, 1.5, 2.0], 1)


def test_large_things_that_are_taken_for_palms_cost_few_searches(world):
    world.doubted, world.palm_size = [(200, 150)], 100
    tracker = HandTracker()
    for n in range(300):
        tracker(frame(n / 30))
    assert world.palms <= 100 + 2 * (1 + 10 / WAIT_S)


def test_a_still_thing_that_is_taken_for_a_palm_costs_one_look(world):
    world.doubted = [(100, 150)]
    tracker = HandTracker()
    for n in range(600):
        tracker(frame(n / 30, still=True))
    assert world.looks == 1


def test_a_moving_thing_that_is_taken_for_a_palm_is_looked_at_rarely(world):
    world.doubted = [(100, 150)]
    tracker = HandTracker()
    for n in range(300):
        tracker(frame(n / 30))
    assert world.palms == 100
    assert world.looks == pytest.approx(10 / WAIT_S, abs=1)


def test_however_much_is_taken_for_palms_looks_are_few(world):
    tracker = HandTracker()
    rng = np.random.default_rng(3)
    for n in range(300):
        world.doubted = [tuple(rng.uniform(0, 300, 2)) for _ in range(5)]
        before = world.looks
        tracker(frame(n / 30))
        assert world.looks <= before + 1
    assert AT_ONCE < world.looks <= AT_ONCE + 10 / WAIT_S


def test_a_doubtful_hand_beside_a_thing_is_found_at_the_next_search(world):
    world.doubted = [(300, 150)]
    tracker = HandTracker()
    tracker(frame(0.0))
    world.hands, world.doubted = {"a": (100, 150)}, [(300, 150), (100, 150)]
    tracker(frame(0.1))
    assert len(world.looked) == 2
    assert world.looked[1][0] == pytest.approx(100)


def test_a_hand_that_comes_where_a_thing_was_is_found_at_once_if_sure_and_soon_if_not(world):
    for hands, delay in ([], 0.1), ([(100, 150)], WAIT_S):
        world.hands, world.doubted = {}, [(100, 150)]
        tracker = HandTracker()
        assert tracker(frame(0.0)).hands == ()
        world.hands, world.doubted = {"a": (100, 150)}, hands
        found = [n / 30 for n in range(1, 150) if tracker(frame(n / 30)).hands]
        assert found[0] == pytest.approx(delay, abs=0.11)


def test_a_second_hand_is_found_by_a_doubtful_palm(world):
    world.hands = {"a": (100, 150), "b": (300, 150)}
    world.doubted = [(100, 150), (300, 150)]
    tracker = HandTracker(hands=2, search_interval=0)
    tracker(frame(0.0))
    assert len(tracker(frame(0.033)).hands) == 2


def test_time_that_goes_back_does_not_stop_the_looks(world):
    world.doubted = [(100, 150)]
    tracker = HandTracker()
    tracker(frame(1000.0))
    tracker(frame(0.0))
    assert world.looks == 2


def test_after_a_reset_a_thing_is_looked_at_again(world):
    world.doubted = [(100, 150)]
    tracker = HandTracker()
    for _ in range(2):
        tracker(frame(0.0))
        tracker.reset()
    assert world.looks == 2


def test_without_an_interval_every_frame_without_a_hand_is_searched(world):
    tracker = HandTracker(search_interval=0)
    for n in range(10):
        tracker(frame(n / 30))
    assert world.palms == 10


def test_a_missing_second_hand_is_searched_more_rarely(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker(hands=2, search_interval=0.1)
    for n in range(31):
        assert len(tracker(frame(n / 30)).hands) == 1
    assert world.palms == 3
    world.hands["b"] = (300, 150)
    found = [len(tracker(frame(1 + n / 30)).hands) for n in range(1, 16)]
    assert found[-1] == 2
    searched = world.palms
    tracker(frame(9.0))
    assert world.palms == searched


def test_time_that_goes_back_does_not_stop_the_search(world):
    tracker = HandTracker()
    tracker(frame(1000.0))
    tracker(frame(0.0))
    assert world.palms == 2


def test_a_lost_hand_is_gone_at_once_and_comes_back_as_another_track(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker()
    tracker(frame(0.0))
    world.hands = {}
    assert tracker(frame(0.033)).hands == ()
    world.hands = {"a": (300, 100)}
    assert tracker(frame(0.066)).hands == ()
    (hand,) = tracker(frame(0.1)).hands
    assert hand.track == 2


def test_two_hands_have_two_tracks(world):
    world.hands = {"a": (100, 150), "b": (300, 150)}
    tracker = HandTracker(hands=2)
    for n in range(5):
        seen = tracker(frame(n / 30)).hands
        places = {hand.track: round(float(hand.points[0, 0]) * 400) for hand in seen}
        assert places == {1: 100, 2: 300}


def test_one_of_two_hands_is_followed_if_one_is_wanted(world):
    world.hands = {"a": (100, 150), "b": (300, 150)}
    (hand,) = HandTracker(hands=1)(frame(0.0)).hands
    assert hand.points[0, 0] == pytest.approx(100 / 400)


def test_a_palm_that_is_tracked_already_is_not_looked_at_again(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker(hands=2, search_interval=0)
    tracker(frame(0.0))
    world.looks = 0
    tracker(frame(1.0))
    assert (world.palms, world.looks) == (2, 1)


def test_two_tracks_that_come_to_one_hand_become_the_older(world):
    world.hands = {"a": (100, 150), "b": (180, 150)}
    tracker = HandTracker(hands=2, search_interval=10)
    assert len(tracker(frame(0.0)).hands) == 2
    world.hands = {"b": (140, 150)}  # within reach of both regions
    (hand,) = tracker(frame(0.033)).hands
    assert hand.track == 1
    assert len(tracker(frame(0.066)).hands) == 1


def test_one_bad_frame_does_not_mirror_a_hand(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker()
    for n in range(4):
        tracker(frame(n / 30))
    world.right = 0.0
    (hand,) = tracker(frame(4 / 30)).hands
    assert hand.right == pytest.approx(0.8)


def test_a_wrong_start_is_forgotten(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker()
    for n in range(300):
        tracker(frame(n / 30))
    world.right = 0.0
    for n in range(300, 400):
        (hand,) = tracker(frame(n / 30)).hands
    assert hand.right < 0.1


def test_best_hand_first(world):
    world.hands = {"a": (100, 150), "b": (300, 150)}
    look = world.look

    def dim(pixels, roi):
        view = look(pixels, roi)
        return View(view.points, 0.6 if roi.x < 200 else 0.9, view.right)

    tracker = HandTracker(hands=2)
    tracker._hand_model = dim
    assert [hand.track for hand in tracker(frame(0.0)).hands] == [2, 1]


def test_reset_and_a_new_frame_size_start_from_scratch(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker()
    tracker(frame(0.0))
    tracker.reset()
    assert tracker(frame(0.01)).hands[0].track == 2
    assert tracker(frame(0.02, width=200)).hands[0].track == 3
    assert world.palms == 3


def test_while_nothing_moves_searches_are_rare(world):
    tracker = HandTracker(search_interval=0.1)
    for n in range(300):
        tracker(frame(n / 30, still=True))
    tried = len(MARGINS)
    assert world.margins[:tried] == list(MARGINS)
    assert tried + 4 <= world.palms <= tried + 6  # ten seconds, every two
    rested = world.palms
    tracker(frame(10.0))
    assert world.palms == rested + 1


def test_a_hand_that_comes_to_rest_is_looked_for_with_every_margin(world):
    tracker = HandTracker(search_interval=0.1)
    for n in range(60):
        tracker(frame(n / 30))
    before = world.palms
    last = frame(2.0)
    for n in range(40):
        tracker(Frame(last.pixels, 2 + n / 30, 0.0, n))
    assert world.palms - before >= len(MARGINS)


@pytest.mark.parametrize("name", PROFILES)
def test_the_landmarks_of_a_still_hand_are_reused_a_limited_number_of_times(world, name):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker(profile=PROFILES[name])
    for n in range(41):
        (hand,) = tracker(frame(n / 30, still=True)).hands
        assert hand.track == 1
    reused = PROFILES[name].max_reused_frames
    assert world.looks == pytest.approx(SETTLE_FRAMES + (41 - SETTLE_FRAMES) / (1 + reused), abs=1)


def test_a_still_hand_that_moves_is_looked_at_at_once(world):
    world.hands = {"a": (100, 150)}
    tracker = HandTracker()
    picture = frame(0.0, still=True).pixels
    for n in range(SETTLE_FRAMES + 2):
        tracker(Frame(picture, n / 30, 0.0, n))
    looks = world.looks
    moved = picture.copy()
    moved[140:160, 95:115] = 90
    tracker(Frame(moved, 0.1, 0.0, 3))
    assert world.looks == looks + 1


@pytest.mark.parametrize(
    ("name", "available", "source"),
    [
        ("balanced", True, profile.derived),
        ("balanced", False, profile.weights),
        ("accurate", True, profile.weights),
    ],
)
def test_the_hand_model_has_8_bits_where_profile_and_runtime_allow_it(
    monkeypatch, world, name, available, source
):
    asked = []
    for each in (profile.weights, profile.derived):
        monkeypatch.setattr(each, "read", lambda name, each=each: asked.append((each, name)))
    monkeypatch.setattr(profile.derived, "available", lambda: available)
    HandTracker(profile=PROFILES[name])
    assert asked == [(profile.weights, "palm_detection_full"), (source, "hand_landmark_full")]
