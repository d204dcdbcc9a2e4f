"""The 8-bit hand models: near the float ones, made once, refused when damaged or outdated."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from edge import resources
from edge.camera.signer import Signer
from edge.errors import ConfigError
from edge.landmarks import HandTracker, derived, profile, weights
from edge.landmarks.hand_model import HandModel
from edge.landmarks.int8 import HEAD, activations, int8
from edge.landmarks.profile import PROFILES, choose
from edge.landmarks.roi import from_landmarks

pytestmark = pytest.mark.skipif(not derived.available(), reason="tflite-runtime has no fast int8")


@pytest.fixture(scope="session")
def pictures(landmark_weights):
    """Frames of the signer with a hand, and where a float tracker looks for it."""
    tracker = HandTracker(profile=PROFILES["accurate"])
    source = Signer("bad fox", seed=77, pace=False)
    found = []
    while (frame := source.read()) is not None:
        hands = tracker(frame).hands
        if hands and frame.index % 6 == 0:
            points = hands[0].points * np.array([640, 480, 640], np.float32)
            found.append((frame.pixels, from_landmarks(points)))
    return found


@pytest.mark.parametrize("name", derived.EIGHT_BIT)
def test_it_sees_what_the_float_model_sees(pictures, name):
    exact, eighth = HandModel(weights.path(name)), HandModel(derived.path(name))
    gaps = []
    for pixels, roi in pictures:
        a, b = exact(pixels, roi), eighth(pixels, roi)
        assert abs(a.presence - b.presence) < 0.2
        assert abs(a.right - b.right) < 0.2
        palm = np.linalg.norm(a.points[[5, 9, 13, 17]] - a.points[0], axis=1).mean()
        gaps.append(np.linalg.norm(a.points - b.points, axis=1) / palm)
    assert len(gaps) > 10
    assert 0 < np.median(gaps) < 0.015
    assert np.quantile(gaps, 0.95) < 0.04


def test_every_convolution_has_a_range_and_without_one_nothing_is_made(landmark_weights):
    model = weights.path("hand_landmark_full").read_bytes()
    wanted = activations(model)
    assert len(wanted) > 50
    with pytest.raises(ConfigError, match="no range"):
        int8(model, dict.fromkeys(list(wanted)[: HEAD + 3], (0.0, 6.0)))


@pytest.fixture
def shelf(holistic_weights, tmp_path, monkeypatch):
    """A folder of its own with the fetched weights, and the models made there."""
    for name in weights.listed():
        (tmp_path / f"{name}.tflite").symlink_to(weights.path(name))
    monkeypatch.setattr(resources, "weights", lambda: tmp_path)
    said: list[str] = []
    derived.make(said.append)
    assert len(said) == len(derived.FORMS)
    return tmp_path


def test_what_is_made_is_found_and_not_made_again(shelf):
    said: list[str] = []
    derived.make(said.append)
    assert said == []
    assert {state for _, state in derived.check()} == {"ok"}


def test_a_damaged_one_is_refused_and_made_again(shelf):
    path = derived.path("hand_landmark_full")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"damaged: run `ishara models fetch`"):
        derived.path("hand_landmark_full")
    derived.make(lambda line: None)
    assert derived.path("hand_landmark_full") == path


@pytest.mark.parametrize(
    "record", ["", "[hand_landmark_full]\n", "hand_landmark_full = 3", "\xff="]
)
def test_without_its_record_it_is_not_believed(shelf, record):
    (shelf / "int8.toml").write_text(record, encoding="latin-1")
    with pytest.raises(ConfigError, match="missing"):
        derived.path("hand_landmark_full")


def test_other_ranges_make_another_model(shelf, tmp_path_factory, monkeypatch):
    models = tmp_path_factory.mktemp("models")
    listed = (resources.models() / "landmarks.toml").read_text()
    ranges = (resources.models() / "landmark_ranges.toml").read_text()
    (models / "landmarks.toml").write_text(listed)
    (models / "landmark_ranges.toml").write_text(ranges.replace("[0, 6]", "[0, 7]"))
    monkeypatch.setattr(resources, "models", lambda: models)
    with pytest.raises(ConfigError, match="missing"):
        derived.path("hand_landmark_full")
    (models / "landmark_ranges.toml").write_text("x = 1")
    with pytest.raises(ConfigError, match="install ishara-edge again"):
        derived.path("hand_landmark_full")


@pytest.mark.parametrize(
    ("machine", "features", "wanted"),
    [
        ("x86_64", "", "balanced"),
        ("aarch64", "Features : fp asimd aes crc32 cpuid asimdrdm lrcpc dcpop asimddp", "balanced"),
        ("aarch64", "Features : fp asimd evtstrm crc32 cpuid", "fast"),
        ("armv7l", "Features : half thumb neon vfpv4", "fast"),
    ],
)
def test_the_profile_suits_the_board(tmp_path, monkeypatch, machine, features, wanted):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(features)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(profile, "_CPUINFO", cpuinfo)
    assert choose("auto") == (wanted, PROFILES[wanted])
    assert choose("accurate") == ("accurate", PROFILES["accurate"])
