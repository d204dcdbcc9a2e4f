"""Segments and windows of a foreign bundle, with a model that says how much it was shown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from edge.landmarks import Hand, Landmarks
from edge.recognize.foreign.columns import Columns
from edge.recognize.foreign.model import Reading
from edge.recognize.foreign.recognizer import LEAST_FRAMES, MOST_FRAMES, STEP, ForeignRecognizer
from edge.recognize.recognizer import EndpointConfig

FPS = 30
COLUMNS = Columns(("x_right_hand_0", "frame"), math.nan)
SHAPE = np.random.default_rng(5).normal(0, 0.1, (21, 3)).astype(np.float32)


class Counter:
    """Reads the number of frames it is shown; says nothing to fewer than ``least``."""

    alphabet = " 0123456789"

    def __init__(self, frames: int = 0, least: int = 0) -> None:
        self.frames = frames
        self.least = least
        self.shown: list[Any] = []
        self.allowed: list[Any] = []

    def read(self, rows: Any, allowed: Any = None) -> Reading | None:
        self.shown.append(rows)
        self.allowed.append(allowed)
        text = f" {len(rows)} "
        return Reading(text, (0.5,) * len(text)) if len(rows) >= self.least else None


def frames(*parts: tuple[int, str], start: int = 0) -> list[Landmarks]:
    """(count, "moves", "rests" or "gone") of successive frames."""
    made = []
    for count, what in parts:
        for _ in range(count):
            n = start + len(made)
            shift = 0.2 * math.sin(n / 3) if what == "moves" else 0.0
            hand = Hand(SHAPE + np.float32(0.5 + shift), 0.9, 1.0, 1)
            hands = () if what == "gone" else (hand,)
            made.append(Landmarks(hands, (640, 480), n / FPS, 100 + n / FPS, n))
    return made


def read(recognizer: ForeignRecognizer, seen: list[Landmarks]) -> list[tuple[bool, int, str]]:
    changed = [h for landmarks in seen for h in recognizer.push(landmarks)]
    return [(h.final, h.segment, h.text) for h in (*changed, *recognizer.finish())]


def made(model: Counter, **options: Any) -> ForeignRecognizer:
    return ForeignRecognizer(model, COLUMNS, EndpointConfig(0.5, 1.0), **options)


def test_a_segment_is_read_as_a_whole_and_provisionally_before() -> None:
    model = Counter()
    said = read(made(model), frames((10, "gone"), (70, "moves"), (40, "gone"), (20, "moves")))
    assert said == [
        (False, 1, str(STEP)), (False, 1, str(2 * STEP)), (True, 1, "70"), (True, 2, "20"),
    ]  # fmt: skip
    assert list(model.shown[2][:, 1]) == list(range(70))  # the frame's number in its segment


def test_what_rests_ends_a_segment_and_begins_none() -> None:
    said = read(made(Counter()), frames((29, "moves"), (200, "rests"), (20, "moves")))
    assert [(final, segment) for final, segment, _ in said if final] == [(True, 1), (True, 2)]
    assert 50 <= int(said[-2][2]) <= 70
    assert 15 <= int(said[-1][2]) <= 20


def test_times_lie_in_the_segment_and_spaces_at_its_ends_are_left_out() -> None:
    recognizer = made(Counter())
    for landmarks in frames((29, "moves"), (20, "gone")):
        changed = recognizer.push(landmarks)
        if changed:
            (final,) = changed
    assert final.text == "29"
    assert final.stable == len(final.chars) == 2
    starts = [char.start for char in final.chars]
    assert 0 < starts[0] < starts[1] < final.chars[1].end < 28 / FPS
    assert (final.time, final.captured) == (landmarks_end := (final.time), 100 + landmarks_end)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"window": 70}, ["70", "70", "60"]),
        ({"window": 70, "step": 35}, ["70", "70", "70", "70", "60"]),
        ({"window": 70, "step": 90}, ["70", "70", "20"]),
    ],
)
def test_windows_are_read_one_after_the_other(options: dict[str, int], wanted: list[str]) -> None:
    model = Counter()
    said = read(made(model, **options), frames((200, "moves")))
    assert [text for _, _, text in said] == wanted
    assert all(final for final, _, _ in said)
    assert [segment for _, segment, _ in said] == list(range(1, len(wanted) + 1))


def test_a_window_that_overlaps_holds_what_was_read_before() -> None:
    model = Counter()
    read(made(model, window=20, step=5), frames((30, "moves")))
    assert [rows[0, 1] for rows in model.shown] == [0, 5, 10]


def test_a_model_of_a_fixed_size_is_never_shown_more() -> None:
    model = Counter(frames=16)
    read(made(model), frames((40, "moves")))
    assert [len(rows) for rows in model.shown] == [16, 16, 8]


def test_nothing_is_said_of_a_placeholder_nor_of_a_glimpse() -> None:
    assert read(made(Counter(least=1000)), frames((100, "moves"), (40, "gone"))) == []
    model = Counter()
    assert read(made(model), frames((LEAST_FRAMES - 1, "moves"), (40, "gone"))) == []
    assert model.shown == []


def test_what_was_shown_stays_where_the_whole_is_not_read() -> None:
    class Forgetful(Counter):
        def read(self, rows: Any, allowed: Any = None) -> Reading | None:
            return super().read(rows) if len(rows) <= 40 else None

    said = read(made(Forgetful()), frames((50, "moves"), (40, "gone")))
    assert said == [(False, 1, "30"), (True, 1, "30")]


def test_no_segment_is_without_end() -> None:
    said = read(made(Counter(), step=10_000), frames((2 * MOST_FRAMES + 50, "moves")))
    assert [text for _, _, text in said] == [str(MOST_FRAMES)] * 2 + ["50"]


def test_a_stall_ends_a_segment() -> None:
    seen = [*frames((20, "moves")), *frames((20, "moves"), start=400)]
    assert [text for _, _, text in read(made(Counter()), seen)] == ["20", "20"]


def test_what_is_expected_ends_the_segment_and_goes_to_the_model() -> None:
    model = Counter()
    recognizer = made(model)
    for landmarks in frames((20, "moves")):
        recognizer.push(landmarks)
    assert recognizer.expect("any") == []
    (final,) = recognizer.expect("letters")
    assert (final.text, model.allowed[-1]) == ("20", None)
    for landmarks in frames((20, "moves"), start=20):
        recognizer.push(landmarks)
    recognizer.finish()
    assert model.allowed[-1].tolist() == [True] + [False] * 10


@pytest.mark.parametrize("keep", [False, True])
def test_landmarks_are_kept_where_they_are_wanted(keep: bool) -> None:
    recognizer = made(Counter(), keep_landmarks=keep)
    seen = frames((29, "moves"))
    for landmarks in seen:
        recognizer.push(landmarks)
    (final,) = recognizer.finish()
    assert final.landmarks == (tuple(seen) if keep else ())
