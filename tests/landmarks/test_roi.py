"""Regions of interest: geometry on cases made by hand, and the way into a crop and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.landmarks.roi import Cropper, Roi, from_landmarks, from_palm, letterbox, upright

places = st.floats(-2000, 2000)
rois = st.builds(Roi, places, places, st.floats(1, 2000), st.floats(-math.pi, math.pi))


def points(*rows):
    return np.array(rows, np.float32)


@given(rois)
def test_a_crop_has_its_centre_and_its_corners_where_the_region_has_them(roi):
    centre, origin, right = roi.to_frame(points([0.5, 0.5], [0, 0], [1, 0]))
    assert centre == pytest.approx([roi.x, roi.y], abs=0.01)
    assert np.linalg.norm(right - origin) == pytest.approx(roi.size, rel=1e-3, abs=0.01)
    way = right - origin
    assert math.sin(math.atan2(way[1], way[0]) - roi.angle) == pytest.approx(0, abs=0.01)


@given(rois)
def test_depth_is_scaled_and_not_turned(roi):
    assert roi.to_frame(points([0.2, 0.7, 0.5]))[0, 2] == pytest.approx(roi.size / 2, rel=1e-5)


@given(rois, rois)
def test_overlap_is_symmetric_and_whole_with_itself(one, other):
    assert 0 <= one.overlap(other) <= 1 + 1e-9  # but for rounding
    assert one.overlap(other) == pytest.approx(other.overlap(one))
    assert one.overlap(one) == pytest.approx(1)


def test_overlap_of_known_squares():
    assert Roi(0, 0, 2).overlap(Roi(1, 0, 2)) == pytest.approx(1 / 3)
    assert Roi(0, 0, 4).overlap(Roi(0.5, 0.5, 2)) == pytest.approx(1 / 4)
    assert Roi(0, 0, 2).overlap(Roi(2, 0, 2)) == 0
    assert Roi(0, 0, 0).overlap(Roi(0, 0, 0)) == 0


@pytest.mark.parametrize(
    ("end", "angle"),
    [((0, -1), 0), ((1, 0), math.pi / 2), ((-1, 0), -math.pi / 2), ((0, 1), -math.pi)],
)
def test_a_hand_that_points_up_is_upright(end, angle):
    assert upright(points(0, 0), points(*end)) == pytest.approx(angle)


def test_the_letterbox_is_the_square_around_the_frame():
    assert letterbox(640, 480) == Roi(320, 240, 640)


def test_a_palm_gives_a_region_moved_towards_the_fingers():
    keypoints = np.zeros((7, 2), np.float32)
    keypoints[0], keypoints[2] = (100, 140), (100, 60)  # wrist below the middle finger
    roi = from_palm(points(80, 50, 120, 150), keypoints)
    assert (roi.x, roi.y, roi.size) == pytest.approx((100, 50, 260))
    keypoints[0], keypoints[2] = (60, 100), (140, 100)  # pointing to the right
    roi = from_palm(points(50, 80, 150, 120), keypoints)
    assert (roi.x, roi.y, roi.size) == pytest.approx((120, 100, 260))
    assert roi.angle == pytest.approx(math.pi / 2)


def upright_hand():
    """Wrist at (0, 0), palm 100 wide and 100 high, fingers up, fingertips far above."""
    hand = np.zeros((21, 3), np.float32)
    hand[1:5, 0], hand[1:4, 1] = -50, (-20, -40, -60)
    for base, x in zip((5, 9, 13, 17), (-30, 0, 30, 50), strict=True):
        hand[base : base + 4, 0] = x
        hand[base : base + 4, 1] = (-80, -100, -400, -500)
    hand[[6, 10, 14], 0] = -50, 20, 40  # bent aside: only the bases tell where the hand points
    return hand


@pytest.mark.parametrize("quarter", range(4))
def test_landmarks_give_the_region_of_the_next_frame_whichever_way_they_turn(quarter):
    turn = quarter * math.pi / 2
    cos, sin = math.cos(turn), math.sin(turn)
    hand = upright_hand()
    hand[:, :2] = hand[:, :2] @ np.array([[cos, sin], [-sin, cos]], np.float32)
    roi = from_landmarks(hand)
    # The palm's box is centred at (0, -50); a tenth of its height further lies the region.
    assert (roi.x, roi.y) == pytest.approx((60 * sin, -60 * cos), abs=0.01)
    assert roi.size == pytest.approx(200)
    assert math.sin(roi.angle - turn) == pytest.approx(0, abs=1e-5)


@given(places, places, st.floats(1, 500))
def test_a_hand_in_one_point_gives_a_finite_region(x, y, z):
    roi = from_landmarks(np.full((21, 3), (x, y, z), np.float32))
    assert np.isfinite([roi.x, roi.y, roi.size, roi.angle]).all()


@pytest.mark.parametrize("roi", [Roi(60, 50, 40), Roi(60, 50, 40, 0.7), Roi(70, 40, 30, -2.5)])
def test_what_lies_at_a_place_of_the_crop_lies_there_in_the_frame(roi):
    pixels = np.zeros((100, 120, 3), np.uint8)
    place = np.array([0.7, 0.4], np.float32)
    x, y = roi.to_frame(place[None])[0].round().astype(int)
    pixels[y - 1 : y + 2, x - 1 : x + 2] = 255
    crop = Cropper(80)(pixels, roi)
    assert crop.shape == (1, 80, 80, 3)
    assert crop.dtype == np.float32
    bright = np.argwhere(crop[0, :, :, 0] > 0.5).mean(0)[::-1] / 80
    assert bright == pytest.approx(place, abs=0.03)


def test_outside_the_frame_is_black_or_repeats_its_edge():
    pixels = np.full((10, 20, 3), 255, np.uint8)
    square = letterbox(20, 10)
    assert Cropper(20, zero_border=True)(pixels, square)[0, 0].max() == 0
    assert Cropper(20)(pixels, square)[0, 0].min() == pytest.approx(1)


def test_a_crop_is_written_into_the_same_memory():
    crop = Cropper(8)
    pixels = np.zeros((8, 8, 3), np.uint8)
    first = crop(pixels, letterbox(8, 8))
    assert crop(pixels + 1, letterbox(8, 8)) is first
