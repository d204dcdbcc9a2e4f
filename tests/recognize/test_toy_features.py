"""Other features, another model and another kind of bundle, without a change to any file."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.landmarks.hand import Hand, Landmarks
from edge.recognize import open_recognizer, register_features, register_kind, registry
from edge.recognize.bundle import Bundle, load
from edge.recognize.contracts import Decoder, Floats, Model, Observation
from edge.recognize.decode import BeamDecoder
from edge.recognize.delegate import DelegateSelection
from edge.recognize.recognizer import Recognizer

RATE = 20.0


class Wrist:
    """Two features: where the wrist is, x and y in picture widths and heights."""

    name = "wrist"
    width = 2
    rate = RATE
    shape: tuple[int, ...] = (2,)

    def observe(self, landmarks: Landmarks, track: int) -> Observation | None:
        if not landmarks.hands:
            return None
        hand = landmarks.hands[0]
        return Observation(hand.points[0, :2], hand.track)

    def encode(self, points: Floats, present: NDArray[np.bool_]) -> Floats:
        return np.where(present[..., None], points, np.float32(0))

    def moved(self, before: Floats, now: Floats) -> Floats:
        return np.abs(now - before).max(-1) * 10

    def changed(self, before: Floats, now: Floats) -> Floats:
        return np.zeros(before.shape[:-1], np.float32)

    def shifted(self, before: Floats, now: Floats) -> Floats:
        return np.zeros(before.shape[:-1], np.float32)


class Sides:
    """A model without weights: ``l`` in the left third, ``r`` in the right third, else blank."""

    alphabet = "lr"
    rate = RATE
    look_ahead = 0

    def __init__(self, blank: float = 0.4) -> None:
        self.blank = blank

    def step(self, features: Floats) -> Floats:
        x, y = features
        probs = np.array([self.blank, 0.01, 0.01], np.float32)
        if y > 0:
            probs[1 if x < 1 / 3 else 2 if x > 2 / 3 else 0] = 0.97
        answer: Floats = np.log(probs / probs.sum())
        return answer

    def draft(self, features: Floats) -> Floats | None:
        return None

    def reset(self) -> None:
        pass


def frames(*wrists: float | None) -> list[Landmarks]:
    """Ten frames for each x of the wrist, None without a hand, 30 a second."""
    out = []
    for x in wrists:
        for _ in range(10):
            points = np.zeros((21, 3), np.float32)
            points[0] = (x or 0.0, 0.5, 0)
            hands = () if x is None else (Hand(points, presence=1.0, right=1.0, track=1),)
            time = len(out) / 30
            out.append(Landmarks(hands, (640, 480), time, captured=time, index=len(out)))
    return out


def read(recognizer: Recognizer, landmarks: list[Landmarks]) -> list[str]:
    found = [hypothesis for frame in landmarks for hypothesis in recognizer.push(frame)]
    return [h.text for h in (*found, *recognizer.finish()) if h.final]


SPELLED = frames(0.1, 0.5, 0.9, 0.5, 0.1, None, None, None, 0.9)


def test_a_recogniser_reads_other_features() -> None:
    recognizer = Recognizer(Sides(), Wrist(), BeamDecoder("lr"))
    assert read(recognizer, SPELLED) == ["lrl", "r"]


def test_a_model_of_another_rate_is_refused() -> None:
    model = Sides()
    model.rate = 25.0
    with pytest.raises(ValueError, match="25 ticks a second, not 20"):
        Recognizer(model, Wrist(), BeamDecoder("lr"))


def open_sides(
    bundle: Bundle, config: RecognizeConfig, selection: DelegateSelection | None
) -> tuple[Model, Decoder]:
    model = Sides(float(bundle.tables["sides"]["blank"]))
    return model, BeamDecoder(bundle.alphabet, config.beam, bundle.costs)


BUNDLE = """
format = 1
name = "sides"
kind = "sides"
model = "nothing"
sha256 = "{sha}"
features = "wrist"
width = 2
rate = 20.0
alphabet = "lr"
look_ahead = 0

[sides]
blank = 0.3

[decoding]
insertion = 0.9
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle of the toy kind; both registries are as before when the test ends."""
    monkeypatch.setattr(registry, "_FEATURES", dict(registry._FEATURES))
    monkeypatch.setattr(registry, "_KINDS", dict(registry._KINDS))
    (tmp_path / "nothing").write_bytes(b"")
    text = BUNDLE.format(sha=hashlib.sha256(b"").hexdigest())
    (tmp_path / "bundle.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_bundle_of_another_kind_with_other_features_is_read(folder: Path) -> None:
    register_features(Wrist())
    register_kind("sides", open_sides, tables=("sides",))
    bundle = load(folder)
    assert (bundle.width, bundle.tensors) == (2, None)
    assert bundle.costs.insertion_penalty == math.log(0.9)
    assert read(open_recognizer(RecognizeConfig(bundle=str(folder))), SPELLED) == ["lrl", "r"]


def test_what_is_not_registered_is_refused_with_what_is(folder: Path) -> None:
    with pytest.raises(ConfigError, match="of kind 'sides', this program runs 'streaming-ctc'"):
        load(folder)
    register_kind("sides", open_sides, tables=("sides",))
    with pytest.raises(ConfigError, match=r"'wrist' \(2 at 20 Hz\).* makes 'hand-1' \(63 at 30"):
        load(folder)
    register_features(Wrist())
    load(folder)


def test_a_kind_says_which_tables_it_needs(folder: Path) -> None:
    register_features(Wrist())
    register_kind("sides", open_sides, tables=("sides", "corners"))
    with pytest.raises(ConfigError, match="lacks or garbles 'corners'"):
        load(folder)


def test_a_name_is_registered_once(folder: Path) -> None:
    register_features(Wrist())
    register_kind("sides", open_sides)
    with pytest.raises(ValueError, match="'wrist' are registered"):
        register_features(Wrist())
    with pytest.raises(ValueError, match="'sides' is registered"):
        register_kind("sides", open_sides)
