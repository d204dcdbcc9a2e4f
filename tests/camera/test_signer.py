from dataclasses import replace

import numpy as np
import pytest

from edge.camera import open_camera
from edge.camera.signer import Signer, motion
from edge.camera.signer.appearance import Appearance
from edge.camera.signer.motion import Motion
from edge.errors import UserError

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def motion_of(text, speed=3.0, seed=0):
    return Motion(text, speed, seed, below=4.0, tilt=np.zeros(3))


def frames(signer):
    while (frame := signer.read()) is not None:
        yield frame


def shown(signer, moment):
    """The picture at the first frame not before ``moment``."""
    return next(frame for frame in frames(signer) if frame.time >= moment)


def test_every_character_is_spelled_in_order_and_without_overlap():
    made = motion_of("hello world", seed=3)
    assert "".join(s.text for s in made.spelled) == "hello world"
    times = [t for s in made.spelled for t in (s.start, s.end)]
    assert times == sorted(times)
    assert all(s.end > s.start for s in made.spelled)
    assert made.duration > times[-1] + motion.AFTER_S


def test_the_hand_stands_still_while_a_letter_is_shown_and_moves_in_between():
    made = motion_of("ab", seed=1)
    a, b = made.spelled
    held = np.abs(made.pose(a.start).angles - made.pose(a.end).angles).max()
    assert held < 1e-6
    assert np.abs(made.pose(a.end).angles - made.pose(b.start).angles).max() > 40
    halfway = made.pose((a.end + b.start) / 2).angles
    assert np.abs(halfway - made.pose(a.end).angles).max() > 5


def test_fingers_set_out_at_different_times():
    made = motion_of("sb", seed=5)
    a, b = (made.pose(t).angles for t in (made.spelled[0].end, made.spelled[1].start))
    middle = made.pose((made.spelled[0].end + made.spelled[1].start) / 2).angles
    done = ((middle - a) / (b - a))[[1 * 4 + 2, 2 * 4 + 2, 3 * 4 + 2]]  # PIP of three fingers
    assert np.ptp(done) > 0.02


@pytest.mark.parametrize("letter", "jz")
def test_j_and_z_are_drawn_in_motion(letter):
    made = motion_of(letter)
    (spelled,) = made.spelled
    way = np.array([made.pose(t).shift for t in np.linspace(spelled.start, spelled.end, 9)[:-1]])
    assert np.ptp(way, axis=0).max() > 0.2
    if letter == "z":  # as the signer sees it, so from right to left in the picture, twice
        assert way[0, 0] > way[2, 0] < way[5, 0] > way[-1, 0]
        assert way[5, 1] > way[2, 1] + 0.2


def test_a_doubled_letter_slides_or_bounces_but_keeps_its_shape():
    moved = []
    for seed in range(8):
        made = motion_of("ll", seed=seed)
        first, second = made.spelled
        times = np.linspace(first.end, second.start, 9)
        poses = [made.pose(t) for t in times]
        assert max(np.abs(p.angles - poses[0].angles).max() for p in poses) < 1e-6
        moved.append([p.shift - poses[0].shift for p in poses])
    way = np.array(moved)
    assert (np.abs(way).max(axis=(1, 2)) > 0.12).all()
    slid = way[:, -1, 0] < -0.2
    assert slid.any()
    assert not slid.all()


def test_between_words_the_hand_relaxes_and_drops():
    made = motion_of("hi hi", seed=2)
    before, space, after = made.spelled[1:4]
    assert space.text == " "
    assert 0.4 < after.start - before.end < 1.0
    assert made.pose(space.start).shift[1] > made.pose(before.end).shift[1] + 0.15


def test_the_hand_comes_from_below_and_leaves_again():
    signer = Signer("a", seed=1, pace=False)
    assert signer.truth(0.0) is None
    assert signer.truth(signer.duration - 0.5) is None
    entering = signer.truth(motion.ABSENT_S + 0.02)
    assert entering[:, 1].min() > 1.0
    shape = signer.truth(signer.spelled[0].start)
    assert ((shape[:, :2] > 0) & (shape[:, :2] < 1)).all()


def test_truth_is_image_normalised_with_the_wrist_at_depth_zero():
    signer = Signer("b", seed=4, pace=False, size=(800, 600))
    joints = signer.truth(signer.spelled[0].start)
    assert joints.shape == (21, 3)
    assert joints.dtype == np.float32
    assert joints[0, 2] == pytest.approx(0.0, abs=1e-6)
    pixels = joints * (800, 600, 800)
    assert np.linalg.norm(pixels[9] - pixels[0]) == pytest.approx(signer.palm, rel=0.02)
    assert pixels[12, 1] < pixels[9, 1] < pixels[0, 1]  # fingers up
    assert pixels[5, 0] > pixels[17, 0]  # a right hand, palm to the camera


def test_the_picture_changes_where_the_hand_is():
    signer = Signer("b", seed=4, pace=False)
    empty = signer.read().pixels.astype(int)
    joints = signer.truth(signer.spelled[0].start)[:, :2] * signer.size
    spelled = shown(signer, signer.spelled[0].start).pixels.astype(int)
    x, y = joints[[5, 9, 13]].mean(0).astype(int)
    change = np.abs(spelled - empty).max(axis=2)
    assert change[y - 4 : y + 5, x - 4 : x + 5].mean() > 15
    assert change[:40].mean() < 12  # above the hand: sensor noise only
    assert spelled.shape == (480, 640, 3)


def test_the_same_seed_gives_the_same_pictures_and_another_seed_another_signer():
    one, same, other = (shown(Signer("c", seed=s, pace=False), 1.2).pixels for s in (7, 7, 8))
    assert np.array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 5


def test_skin_light_size_place_and_noise_vary_by_seed():
    looks = [Appearance.from_seed(seed) for seed in range(40)]
    assert np.ptp([one.back.mean() for one in looks]) > 0.3
    assert np.ptp([one.scale for one in looks]) > 0.04
    assert np.ptp([one.noise for one in looks]) > 1.5
    assert np.ptp([one.place[0] for one in looks]) > 0.1
    assert np.ptp([one.light[0] for one in looks]) > 0.5
    assert {one.sleeve is None for one in looks} == {True, False}


def test_unpaced_frames_follow_the_time_line_and_none_is_skipped():
    signer = Signer("a", fps=10, pace=False, size=(160, 120))
    assert not signer.live
    got = list(frames(signer))
    assert [frame.index for frame in got] == list(range(len(got)))
    assert [frame.time for frame in got] == pytest.approx([k / 10 for k in range(len(got))])
    assert len(got) == pytest.approx(signer.duration * 10, abs=1)
    assert signer.began == 0.0
    assert signer.read() is None


def test_paced_frames_are_due_at_fixed_times_and_late_ones_are_skipped(clock):
    signer = Signer("a", fps=20, size=(160, 120))
    assert signer.live
    first, second = signer.read(), signer.read()
    clock.now += 0.25
    third = signer.read()
    assert second.captured - first.captured == pytest.approx(0.05)
    assert (first.index, second.index, third.index) == (0, 1, 5)
    assert third.time == third.captured
    assert third.time == pytest.approx(signer.began + third.index / 20)


def test_close_ends_it():
    signer = Signer("hello", size=(160, 120))
    assert signer.read() is not None
    signer.close()
    signer.close()
    assert signer.read() is None


@pytest.mark.parametrize(
    ("text", "says"),
    [("hi5", "'5'"), ("na\u00efve", "'\u00ef'"), ("a-b!", "'-'"), ("  ", "nothing")],
)
def test_what_cannot_be_spelled_is_refused_by_name(text, says):
    with pytest.raises(UserError, match=says):
        Signer(text)


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"speed": 99}, {"fps": 0}, {"size": (10, 10)}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(UserError, match="must be between"):
        Signer("a", **wrong)


def test_capitals_become_small_letters_and_spaces_are_joined():
    assert "".join(s.text for s in Signer(" Hi  YOU ").spelled) == "hi you"


def test_the_uri_opens_it():
    source = open_camera("signer:hi?speed=4&seed=2&pace=0", size=(160, 120), fps=15)
    assert (source.live, source.fps, source.size) == (False, 15, (160, 120))
    source.close()


def test_a_faster_signer_needs_less_time():
    assert motion_of(ALPHABET, speed=6).duration < 0.65 * motion_of(ALPHABET, speed=3).duration


def test_hands_partly_outside_the_picture_can_be_drawn():
    signer = Signer("l", seed=1, pace=False, size=(160, 120))
    renderer = signer._renderer
    middle = signer._motion.pose(signer.spelled[0].start)
    for shift in ((-2, 0), (2.5, 0), (0, -4), (0, 3.2), (30, 30)):
        pose = replace(middle, shift=np.array(shift))
        assert renderer.draw(pose).shape == (120, 160, 3)
