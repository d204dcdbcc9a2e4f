"""From landmarks to hypotheses: ticks by capture time, segments, finals; with a scripted model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.contracts import Model
from edge.recognize.decode import BeamDecoder
from edge.recognize.hand_features import WIDTH, HandFeatures, canonical, encode
from edge.recognize.hypothesis import Hypothesis
from edge.recognize.recognizer import EndpointConfig, Recognizer
from edge.recognize.resample import MAX_STALL_S, Resampler, Tick
from edge.recognize.words import words_of_client

FEATURES = HandFeatures()
RATE = FEATURES.rate
SIZE = (640, 480)


def hand(spread: float = 1.0, track: int = 1) -> Hand:
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = 0.5 + 0.01 * spread * np.arange(21)
    points[:, 1] = 0.5 - 0.005 * np.arange(21)
    return Hand(points, presence=1.0, right=1.0, track=track)


def loose(track: int = 1, share: float = 1.0) -> Hand:
    """Another shape at the same place; ``share`` of the way to it."""
    points = hand(track=track).points.copy()
    points[6:, 1] += 0.01 * share * np.arange(15)
    return Hand(points, presence=1.0, right=1.0, track=track)


HAND = hand()


def moved(by: float, track: int = 1, right: float = 1.0) -> Hand:
    """The same hand elsewhere, in shares of the picture's width."""
    points = hand(track=track).points + np.float32([by, 0, 0])
    return Hand(points, presence=1.0, right=right, track=track)


def on_its_way(tick: int) -> Hand:
    """A hand that changes by a quarter of a palm length every tick, as between two letters."""
    return loose(share=0.3 * abs((tick + 1) % 20 - 10))


def seen(time: float, *hands: Hand) -> Landmarks:
    return Landmarks(hands, SIZE, time, captured=time, index=round(time * 1000))


class Scripted:
    """A model that answers with one letter per tick: what ``script`` says of the tick's number."""

    alphabet = " ab"
    rate = RATE

    def __init__(self, script: str, look_ahead: int = 0) -> None:
        self.script = script
        self.look_ahead = look_ahead
        self.features: list[NDArray[np.float32]] = []

    def step(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        self.features.append(features)
        at = len(self.features) - 1 - self.look_ahead
        letter = self.script[at] if 0 <= at < len(self.script) else "_"
        probs = np.full(4, 0.01, np.float32)
        probs[0 if letter == "_" else 1 + self.alphabet.index(letter)] = 0.97
        return np.log(probs)

    def draft(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        return None

    def reset(self) -> None:
        pass


class Foreseeing(Scripted):
    """Its drafts come true, where ``sees`` says so of the next tick's letter."""

    def __init__(self, script: str, sees: str) -> None:
        super().__init__(script)
        self.sees = sees

    def draft(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        script, self.script = self.script, self.sees
        scores = self.step(features)
        self.script = script
        self.features.pop()
        return scores


def recognizer_of(
    model: Model, endpoint: EndpointConfig | None = None, keep_landmarks: bool = False
) -> Recognizer:
    decoder = BeamDecoder(model.alphabet)
    return Recognizer(model, FEATURES, decoder, endpoint, keep_landmarks=keep_landmarks)


def finals(recognizer: Recognizer) -> list[Hypothesis]:
    return [h for h in recognizer.finish() if h.final]


def read(
    recognizer: Recognizer, ticks: int, present: bool = True, start: int = 0, shape: Hand = HAND
) -> list[str]:
    """The finals that ``ticks`` frames at the model's own rate bring."""
    texts = []
    for k in range(start, start + ticks):
        frame = seen(10 + k / RATE, *([shape] if present else []))
        texts += [h.text for h in recognizer.push(frame) if h.final]
    return texts


@given(st.lists(st.floats(0.004, 0.2), min_size=2, max_size=60), st.floats(0, 1000))
def test_ticks_are_regular_whatever_the_camera_does(gaps: list[float], start: float) -> None:
    resampler = Resampler(FEATURES)
    times = start + np.cumsum(gaps)
    ticks: list[Tick] = []
    for time in times:
        ticks += resampler.push(seen(float(time), hand(spread=float(time))))
    numbers = np.array([round(tick.time * RATE) for tick in ticks])
    assert (np.diff(numbers) == 1).all()
    assert len(ticks) == pytest.approx((times[-1] - times[0]) * RATE, abs=1.01)
    for tick in ticks:
        exact = canonical(hand(spread=tick.time).points, SIZE, np.array(True))
        np.testing.assert_allclose(tick.points, exact, rtol=1e-3, atol=0.02)


def test_a_lost_hand_is_absent_and_a_new_one_is_not_blended() -> None:
    resampler = Resampler(FEATURES)
    resampler.push(seen(1.0, hand(1.0, track=1)))
    resampler.push(seen(1.1))
    ticks = resampler.push(seen(1.2, hand(3.0, track=2)))
    assert [tick.present for tick in ticks] == [False, True, True]
    assert (ticks[-1].points == ticks[1].points).all()


def test_a_stall_makes_no_flood_of_ticks() -> None:
    resampler = Resampler(FEATURES)
    resampler.push(seen(1.0, hand()))
    assert resampler.push(seen(1.0 + 3600, hand())) == []
    assert resampler.push(seen(5.0, hand())) == []
    assert len(resampler.push(seen(5.0 + MAX_STALL_S, hand()))) <= RATE * MAX_STALL_S + 1


def test_live_features_are_those_of_the_whole_sequence() -> None:
    model = Scripted("")
    recognizer = recognizer_of(model)
    frames = [seen(20 + k / 24, hand(1 + np.sin(k / 5))) for k in range(50)]
    for frame in frames:
        recognizer.push(frame)
    resampler = Resampler(FEATURES)
    ticks = [tick for frame in frames for tick in resampler.push(frame)]
    whole = encode(np.stack([t.points for t in ticks]), np.array([t.present for t in ticks]))
    assert whole.shape == (len(ticks), WIDTH)
    np.testing.assert_array_equal(np.stack(model.features), whole)


def test_a_segment_ends_when_the_hand_leaves() -> None:
    recognizer = recognizer_of(Scripted("__aaa_bbb__"), EndpointConfig(absent_s=0.5))
    assert read(recognizer, 12) == []
    assert read(recognizer, 13, present=False, start=12) == []
    assert read(recognizer, 4, present=False, start=25) == ["ab"]


def test_a_segment_ends_when_the_hand_rests_and_the_next_has_the_next_number() -> None:
    recognizer = recognizer_of(Scripted("_aa" + "_" * 40 + "bb"), EndpointConfig(rest_s=1.0))
    assert read(recognizer, 4) == []
    assert read(recognizer, 27, start=4, shape=loose()) == []
    assert read(recognizer, 5, start=31, shape=loose()) == ["a"]
    read(recognizer, 12, start=36)
    (final,) = finals(recognizer)
    assert (final.text, final.segment, final.final, final.stable) == ("b", 2, True, 1)


def test_a_new_endpoint_counts_for_the_segment_being_read() -> None:
    recognizer = recognizer_of(Scripted("_aa" + "_" * 40), EndpointConfig(rest_s=60.0))
    assert read(recognizer, 4) == []
    assert read(recognizer, 16, start=4, shape=loose()) == []
    recognizer.endpoint = EndpointConfig(rest_s=0.5)
    assert read(recognizer, 2, start=20, shape=loose()) == ["a"]


def test_a_hand_that_stands_still_keeps_its_segment_open() -> None:
    script = "_aa" + "_" * 60 + "bb" + "_" * 60
    recognizer = recognizer_of(Scripted(script), EndpointConfig(rest_s=1.0))
    assert read(recognizer, 64) == []
    assert read(recognizer, 3, start=64, shape=loose()) == []
    assert read(recognizer, 20, start=67, shape=loose()) == []
    assert [h.text for h in finals(recognizer)] == ["ab"]


def test_a_hand_that_stands_still_does_not_keep_it_open_for_ever() -> None:
    recognizer = recognizer_of(Scripted("_aa" + "_" * 200), EndpointConfig(rest_s=1.0))
    assert read(recognizer, 85) == []
    assert read(recognizer, 10, start=85) == ["a"]


def test_a_hand_that_is_lost_for_a_moment_has_not_left_its_pose() -> None:
    recognizer = recognizer_of(Scripted("_aa" + "_" * 200), EndpointConfig(rest_s=1.0))
    read(recognizer, 20)
    assert read(recognizer, 8, present=False, start=20) == []
    assert read(recognizer, 40, start=28, shape=hand(track=2)) == []


@pytest.mark.parametrize(
    "other",
    [moved(0.3), moved(0.3, track=2), hand(2.5), hand(2.5, track=2), moved(0.16, 2, right=0.0)],
    ids=["jump", "another track", "larger", "another track, larger", "left"],
)
def test_another_hand_begins_a_new_segment_of_which_the_model_sees_nothing_else(
    other: Hand,
) -> None:
    model = Scripted("_aa_____")
    resets: list[int] = []
    model.reset = lambda: resets.append(len(model.features))  # type: ignore[method-assign]
    recognizer = recognizer_of(model)
    assert read(recognizer, 7) == []
    assert read(recognizer, 4, start=7, shape=other) == ["a"]
    assert len(resets) == 1
    alone = encode(
        np.repeat(canonical(other.points, SIZE, np.array(other.right >= 0.5))[None], 3, 0),
        np.array([True] * 3),
    )
    np.testing.assert_array_equal(np.stack(model.features[resets[0] :]), alone)


@pytest.mark.parametrize("lost", [0, 1, 4])
def test_a_hand_found_again_with_another_number_goes_on(lost: int) -> None:
    recognizer = recognizer_of(Scripted("_aa_____bb_______"))
    read(recognizer, 6)
    read(recognizer, lost, present=False, start=6)
    assert read(recognizer, 10, start=6 + lost, shape=loose(track=2)) == []
    assert [h.text for h in finals(recognizer)] == ["ab"]


def test_the_larger_of_two_hands_is_read_and_then_read_on() -> None:
    small, large = moved(0.3, track=1), hand(1.5, track=2)
    model = Scripted("_")
    recognizer = recognizer_of(model)
    for k in range(4):
        recognizer.push(seen(3 + k / RATE, small, large))
    larger = hand(3.0, track=3)
    for k in range(4, 8):
        recognizer.push(seen(3 + k / RATE, larger, small, large))
    assert (np.diff(model.features[1:], axis=0) == 0).all(), "it is one hand that stands still"
    shape = canonical(large.points, SIZE, np.array(True))
    whole = encode(np.repeat(shape[None], 2, 0), np.array([True, True]))
    np.testing.assert_array_equal(model.features[-1], whole[-1])


def test_a_hand_whose_side_was_misjudged_is_not_blended_with_its_mirror_image() -> None:
    resampler = Resampler(FEATURES)
    left, right = moved(0.1, right=0.4), moved(0.1, right=0.6)
    resampler.push(seen(1.0, left))
    ticks = resampler.push(seen(1.1, right))
    assert [tick.mirrored for tick in ticks] == [True, False, False]
    for tick in ticks:
        of = left if tick.mirrored else right
        exact = canonical(of.points, SIZE, np.array(not tick.mirrored))
        np.testing.assert_array_equal(tick.points, exact)
    model = Scripted("_")
    recognizer = recognizer_of(model)
    for k in range(8):
        recognizer.push(seen(3 + k / RATE, left if k < 4 else right))
    assert (np.stack(model.features)[:, 60:62] == 0).all(), "no leap from one side to the other"


def test_a_letter_held_for_ever_is_read_once() -> None:
    recognizer = recognizer_of(Scripted("_" + "a" * 300), EndpointConfig(rest_s=1.0))
    assert read(recognizer, 300) == ["a"]
    assert recognizer.finish() == []


def test_spaces_at_the_edges_are_no_text() -> None:
    recognizer = recognizer_of(Scripted("_  _a_ _b_  _"))
    for k in range(16):
        recognizer.push(seen(10 + k / RATE, on_its_way(k)))
    (final,) = finals(recognizer)
    assert final.text == "a b"
    silent = recognizer_of(Scripted("_  _"))
    read(silent, 8)
    assert silent.finish() == []


def test_look_ahead_moves_the_times_back_and_the_end_waits_for_it() -> None:
    recognizer = recognizer_of(Scripted("_____aa", look_ahead=2))
    assert read(recognizer, 8) == []
    (final,) = finals(recognizer)
    (char,) = final.chars
    # The first frame makes no tick, so tick 0 is that of frame 1.
    assert char.start == pytest.approx(10 + 6 / RATE, abs=1e-6)
    assert char.end == pytest.approx(10 + 7 / RATE, abs=1e-6)


def test_partials_come_only_with_changes_and_stable_text_stays() -> None:
    recognizer = recognizer_of(Scripted("__aaaa___bbbb___"))
    shown = []
    for k in range(17):
        shown += recognizer.push(seen(3 + k / RATE, hand()))
    assert [(h.text, h.stable) for h in shown] == [("a", 0), ("a", 1), ("ab", 1), ("ab", 2)]


@pytest.mark.parametrize(("still", "text"), [(True, "a"), (False, "aba")])
def test_a_hand_that_holds_still_keeps_its_letter(still: bool, text: str) -> None:
    recognizer = recognizer_of(Scripted("_aaaab_aaaa_"))
    for k in range(16):
        recognizer.push(seen(3 + k / RATE, HAND if still else on_its_way(k)))
    assert [h.text for h in finals(recognizer)] == [text]


def test_a_stall_ends_the_segment() -> None:
    recognizer = recognizer_of(Scripted("_aa_"))
    read(recognizer, 6)
    assert [h.text for h in recognizer.push(seen(100.0, hand())) if h.final] == ["a"]


@pytest.mark.parametrize(
    ("sees", "shown"),
    [
        ("_________", [(3, "a"), (6, "ab")]),
        ("___a__b__", [(2, "a"), (5, "ab")]),
        ("___a_____", [(2, "a"), (6, "ab")]),
        ("___a_b___", [(2, "a"), (4, "ab"), (5, "a"), (6, "ab")]),  # what was not so is withdrawn
    ],
)
def test_a_letter_is_shown_a_tick_early_if_the_hand_holding_still_would_make_it(
    sees: str, shown: list[tuple[int, str]]
) -> None:
    recognizer = recognizer_of(Foreseeing("___a__b__", sees))
    partials: list[tuple[int, str]] = []
    for tick in range(-1, 9):  # the first frame makes none
        for h in recognizer.push(seen(10 + tick / RATE, on_its_way(tick))):
            assert h.stable <= len(h.text)
            if [h.text] != [text for _, text in partials[-1:]]:
                partials.append((tick, h.text))
    assert partials == shown
    assert [h.text for h in finals(recognizer)] == ["ab"]


def test_what_a_decoder_has_read_before_is_forgotten() -> None:
    decoder = BeamDecoder(Scripted("").alphabet)
    for k in range(5):
        decoder.step(np.log(np.float32([0.01, 0.01, 0.97, 0.01])), 100 + k / RATE)
    recognizer = Recognizer(Scripted("_bb_"), FEATURES, decoder)
    read(recognizer, 6)
    assert [h.text for h in finals(recognizer)] == ["b"]


def with_words(script: str, *words: str, only: bool = False) -> list[Hypothesis]:
    model = Scripted(script)
    decoder = BeamDecoder(model.alphabet)
    known = words_of_client(words, only, "off", model.alphabet)
    recognizer = Recognizer(model, FEATURES, decoder, words=known, keep_landmarks=True)
    found = [
        h for n in range(len(script) + 20) for h in recognizer.push(seen(n / RATE, on_its_way(n)))
    ]
    return found + recognizer.finish()


def test_what_a_closed_list_does_not_have_ends_in_a_final_without_text() -> None:
    finals = [h for h in with_words("__aa__bb__aa__", "bbbb", only=True) if h.final]
    assert [(h.text, h.plain, h.segment) for h in finals] == [("", "aba", 1)]
    assert finals[0].landmarks
    assert finals[0].confidence == 0


def test_a_text_with_words_carries_the_reading_without() -> None:
    finals = [h for h in with_words("__aa__bb__aa__", "aba", only=True) if h.final]
    assert [(h.text, h.plain) for h in finals] == [("aba", "aba")]
    without = [h for h in with_words("__aa__bb__aa__") if h.final]
    assert [(h.text, h.plain) for h in without] == [("aba", None)]


def test_other_words_end_the_segment() -> None:
    model = Scripted("__aa__bb__")
    recognizer = Recognizer(model, FEATURES, BeamDecoder(model.alphabet))
    for n in range(10):
        recognizer.push(seen(n / RATE, on_its_way(n)))
    known = words_of_client(["ab"], False, "off", model.alphabet)
    assert [h.text for h in recognizer.use_words(known)] == ["ab"]
    assert recognizer.words is known
