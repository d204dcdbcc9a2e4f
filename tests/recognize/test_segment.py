"""The landmarks of a finished segment: the right frames, bounded, and only where asked for."""

from __future__ import annotations

import numpy as np
import pytest

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize import Segment, segment
from edge.recognize.hypothesis import Hypothesis
from edge.recognize.recognizer import EndpointConfig, Recognizer

from .test_recognizer import HAND, RATE, Scripted, hand, loose, moved, recognizer_of, seen


def push(
    recognizer: Recognizer, ticks: range, present: bool = True, shape: Hand = HAND
) -> list[Hypothesis]:
    """Finals of a frame a tick; frame n is at n / RATE."""
    frames = (seen(k / RATE, *([shape] if present else [])) for k in ticks)
    return [h for frame in frames for h in recognizer.push(frame) if h.final]


def numbers(landmarks: tuple[Landmarks, ...]) -> list[int]:
    return [round(frame.time * RATE) for frame in landmarks]


def keeping(script: str, **endpoint: float) -> Recognizer:
    return recognizer_of(Scripted(script), EndpointConfig(**endpoint), keep_landmarks=True)


def test_a_final_has_the_frames_from_a_second_before_its_first_letter_to_its_end() -> None:
    recognizer = keeping("_" * 60 + "aa____b_" + "_" * 100, absent_s=0.5)
    push(recognizer, range(64))
    push(recognizer, range(64, 72), shape=moved(0.1))
    (final,) = push(recognizer, range(72, 100), present=False)
    # Tick n is that of frame n + 1, because the first frame makes none.
    start = 61 - round(segment.LEAD_IN_S * RATE)
    end = round(final.time * RATE)
    assert numbers(final.landmarks) == list(range(start, end + 1))
    assert 72 + 0.5 * RATE - 2 <= end < 100
    found = Segment.of(final)
    assert (found.number, found.hypothesis.text, found.truncated) == (1, "ab", False)
    assert found.landmarks is final.landmarks
    assert found.hypothesis.landmarks == ()


def test_the_next_segment_has_its_own_frames_and_its_lead_in() -> None:
    recognizer = keeping("_aa" + "_" * 50 + "_bb_", rest_s=1.0)
    push(recognizer, range(5))
    (first,) = push(recognizer, range(5, 50), shape=loose())
    push(recognizer, range(50, 60))
    (second,) = (h for h in recognizer.finish() if h.final)
    assert (first.text, second.text) == ("a", "b")
    assert numbers(first.landmarks)[0] == 0
    assert numbers(second.landmarks) == list(range(55 - round(RATE), 60))
    assert [Segment.of(h).number for h in (first, second)] == [1, 2]


def test_a_long_segment_keeps_its_newest_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "MAX_SEGMENT_FRAMES", 40)
    monkeypatch.setattr("edge.recognize.recognizer.MAX_SEGMENT_FRAMES", 40)
    for ticks, truncated in ((40, False), (41, True), (90, True)):
        recognizer = keeping("_a_b" * 50)
        push(recognizer, range(ticks))
        assert recognizer._frames is not None
        assert len(recognizer._frames) <= 41
        (final,) = (h for h in recognizer.finish() if h.final)
        assert numbers(final.landmarks) == list(range(ticks))[-40:]
        assert Segment.of(final).truncated is truncated


def test_nothing_is_kept_of_the_stream_before(monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = keeping("_aa_" * 20)
    push(recognizer, range(10))
    recognizer.finish()
    assert not recognizer._frames
    frames = [seen(500 + k / RATE, hand()) for k in range(8)]
    finals = [h for frame in frames for h in recognizer.push(frame)]
    finals = [h for h in (*finals, *recognizer.finish()) if h.final]
    assert all(frame.time >= 500 for h in finals for frame in h.landmarks)
    assert finals
    assert finals[-1].landmarks


def test_nothing_is_kept_unless_asked_for_and_the_text_is_the_same() -> None:
    plain, keeping_ = (
        recognizer_of(Scripted("_aa_bb__a"), keep_landmarks=keep) for keep in (False, True)
    )
    for k in range(20):
        frame = seen(k / RATE, hand())
        assert plain.push(frame) == keeping_.push(frame)
    (final,), (kept,) = ([h for h in r.finish() if h.final] for r in (plain, keeping_))
    assert final == kept
    assert (final.landmarks, len(kept.landmarks)) == ((), 20)
    assert Segment.of(final).landmarks == ()
    assert plain._frames is None


def test_partials_carry_no_landmarks_and_are_no_segment() -> None:
    recognizer = keeping("_aa_bb")
    partials = [h for k in range(8) for h in recognizer.push(seen(k / RATE, hand()))]
    assert partials
    assert all(h.landmarks == () for h in partials)
    with pytest.raises(ValueError, match="goes on"):
        Segment.of(partials[0])


def test_the_landmarks_are_those_that_came_in() -> None:
    recognizer = keeping("_aa_")
    frames = [seen(k / RATE, hand(spread=1 + k)) for k in range(6)]
    for frame in frames:
        recognizer.push(frame)
    (final,) = (h for h in recognizer.finish() if h.final)
    assert all(a is b for a, b in zip(final.landmarks, frames, strict=True))
    assert np.shares_memory(final.landmarks[0].hands[0].points, frames[0].hands[0].points)
