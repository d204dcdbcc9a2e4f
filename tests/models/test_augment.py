"""Augmentations: each does what it says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.recognize.hand_features import encode, palm
from models.training.architecture.shape import HOLISTIC
from models.training.augment import NAMES, NONE, Augment, HandSequences, Span, apply
from models.training.augment.affine import _about, affine
from models.training.augment.cut_mix import cut_mix
from models.training.augment.finger_dropout import finger_dropout
from models.training.augment.noise import noise
from models.training.augment.set_drop import set_drop
from models.training.augment.sets import fixed, origins, set_of
from models.training.augment.spatial_mask import spatial_mask
from models.training.augment.temporal_mask import temporal_mask
from models.training.augment.time_stretch import time_stretch
from tests.models.conftest import flat_hand

TICKS = 160
LETTERS = "abcdefgh"


def shape_of(char: str) -> np.ndarray:
    return flat_hand(np.random.default_rng(ord(char)))


def some(count: int = 8, signers: int = 2, ticks: int = TICKS, seed: int = 0) -> HandSequences:
    """Random letters, each held still at a place of its own; a quarter of the ticks is padding."""
    rng = np.random.default_rng(seed)
    points = np.zeros((count, ticks, 21, 3), np.float32)
    spans: list[list[Span]] = []
    length = ticks * 3 // 4
    for row in points:
        spans.append([])
        for start in range(4, length - 12, 12):
            char = str(rng.choice(list(LETTERS)))
            row[start:length] = shape_of(char) + np.append(rng.normal(0, 1, 2), 0)
            spans[-1].append((char, start, start + 9))
    present = np.broadcast_to(np.arange(ticks) < length, (count, ticks)).copy()
    present[:, :4] = False
    names = [f"signer {n % signers}" for n in range(count)]
    return HandSequences.of_hands(points, present, spans, names, np.full(count, length))


def holistic(count: int = 4, ticks: int = 40) -> HandSequences:
    rng = np.random.default_rng(1)
    points = rng.normal(0, 1, (count, ticks, 92, 3)).astype(np.float32)
    present = rng.random((count, ticks, 4)) < [0.2, 0.9, 0.9, 0.9]
    blank = [None] * count
    lengths = np.full(count, ticks)
    return HandSequences(
        points, present, lengths, [""] * count, list(blank), ["a"] * count, HOLISTIC
    )


def same(one: HandSequences, other: HandSequences) -> bool:
    return (
        one.points.tobytes() == other.points.tobytes()
        and one.present.tobytes() == other.present.tobytes()
        and one.lengths.tolist() == other.lengths.tolist()
        and one.texts == other.texts
        and one.spans == other.spans
    )


def copied(sequences: HandSequences) -> HandSequences:
    return replace(
        sequences,
        points=sequences.points.copy(),
        present=sequences.present.copy(),
        lengths=sequences.lengths.copy(),
        texts=list(sequences.texts),
        spans=[list(row) if row is not None else None for row in sequences.spans],
    )


def shapes(sequences: HandSequences, row: int) -> np.ndarray:
    hands = sequences.points[row]
    return hands - hands[:, :1]


def seen_letter(sequences: HandSequences, row: int, tick: int) -> str:
    here = shapes(sequences, row)[tick]
    away = {c: np.abs(here - (shape_of(c) - shape_of(c)[:1])).mean() for c in LETTERS}
    return min(away, key=lambda char: away[char])


# All of them


@pytest.mark.parametrize("sequences", [some(), holistic()])
def test_off_changes_nothing(sequences: HandSequences) -> None:
    was = copied(sequences)
    assert same(apply(sequences, NONE, np.random.default_rng(0)), was)
    for step in (
        cut_mix, time_stretch, affine, noise, finger_dropout, spatial_mask, temporal_mask, set_drop
    ):  # fmt: skip
        assert same(step(sequences, 0.0, np.random.default_rng(0)), was)


@pytest.mark.parametrize("sequences", [some(), holistic()])
def test_what_comes_in_stays_and_what_goes_out_is_sound(sequences: HandSequences) -> None:
    was = copied(sequences)
    every = Augment(**dict.fromkeys(NAMES, 1.0))
    new = apply(sequences, every, np.random.default_rng(0))
    assert same(sequences, was)
    assert not same(new, was)
    assert same(new, apply(sequences, every, np.random.default_rng(0)))
    assert np.isfinite(new.points).all()
    assert new.points.dtype == np.float32
    assert new.points.shape[:2] == new.present.shape[:2]
    for row in range(len(new)):
        assert not new.present[row, new.lengths[row] :].any()
        known = new.spans[row]
        assert known is None or new.texts[row] == "".join(char for char, _, _ in known)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "set_drop"])
def test_each_is_switched_by_its_name(name: str) -> None:
    sequences = some()
    alone = replace(NONE, **{name: 1.0})
    assert not same(apply(sequences, alone, np.random.default_rng(0)), sequences)
    assert getattr(Augment().without(name), name) == 0


def test_switching_one_off_leaves_what_the_others_do() -> None:
    sequences = some()
    noise, mask = replace(NONE, noise=1.0), replace(NONE, temporal_mask=1.0)
    both = apply(sequences, replace(noise, temporal_mask=1.0), np.random.default_rng(3))
    alone = [apply(sequences, a, np.random.default_rng(3)) for a in (noise, mask)]
    np.testing.assert_array_equal(both.points, alone[0].points)
    np.testing.assert_array_equal(both.present, alone[1].present)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"noise is 1\.5"):
        Augment(noise=1.5)
    with pytest.raises(ValueError, match="no augmentation 'nose'"):
        Augment().without("nose")


# TimeStretch


def test_letters_stay_in_their_spans_when_time_is_stretched() -> None:
    sequences = some()
    new = time_stretch(sequences, 1.0, np.random.default_rng(0))
    factors = new.lengths / sequences.lengths
    assert ((factors >= 0.69) & (factors <= 1.41)).all()
    assert factors.std() > 0.1
    assert new.texts == sequences.texts
    shares = []
    for row in range(len(sequences)):
        for char, start, end in new.spans[row] or []:
            ticks = range(int(np.ceil(start)), int(end) + 1)
            assert all(seen_letter(new, row, tick) == char for tick in ticks)
            shares.append((end - start) / 9 / factors[row])
    assert np.mean(shares) == pytest.approx(1, abs=0.05)
    assert np.std(shares) > 0.05  # the speed changes within


def test_between_two_ticks_the_hand_is_between_and_so_are_the_spans() -> None:
    """A wrist that tells the time: it moves one palm length a tick."""
    sequences = some(4)
    points = np.zeros_like(sequences.points)
    points[..., 0] = np.arange(TICKS)[:, None]
    new = time_stretch(replace(sequences, points=points), 1.0, np.random.default_rng(0))
    for row, length in enumerate(new.lengths):
        clock = new.points[row, :length, 0, 0]
        steps = np.diff(clock[8:])  # before, the hand is absent: there is nothing to blend
        assert steps.min() > 0.4
        assert steps.max() < 2.2
        assert np.abs(np.diff(steps)).max() < 0.1  # the speed changes smoothly
        for old, there in zip(sequences.spans[row] or [], new.spans[row] or [], strict=True):
            for before, after in zip(old[1:], there[1:], strict=True):
                if before > 12:
                    assert np.interp(after, np.arange(length), clock) == pytest.approx(
                        before, abs=0.01
                    )


def test_the_first_and_the_last_tick_stay_at_the_ends() -> None:
    sequences = some()
    new = time_stretch(sequences, 1.0, np.random.default_rng(0))
    for row, (old, length) in enumerate(zip(sequences.lengths, new.lengths, strict=True)):
        np.testing.assert_array_equal(new.points[row, 0], sequences.points[row, 0])
        np.testing.assert_allclose(new.points[row, length - 1], sequences.points[row, old - 1])


def test_a_stretched_sequence_is_cut_between_two_letters() -> None:
    sequences = some(24)
    new = time_stretch(sequences, 1.0, np.random.default_rng(0), longest=120)
    assert new.lengths.max() <= 120
    cut = 0
    for row in range(len(sequences)):
        assert sequences.texts[row].startswith(new.texts[row])
        known = new.spans[row] or []
        assert known[-1][2] <= new.lengths[row] <= known[-1][2] + 12 * 1.6
        cut += new.texts[row] != sequences.texts[row]
    assert cut > 4


def test_without_spans_it_is_not_cut_but_stretched_less() -> None:
    sequences = some(24)
    sequences = replace(sequences, spans=[None] * 24)
    new = time_stretch(sequences, 1.0, np.random.default_rng(0), longest=130)
    assert new.texts == sequences.texts
    assert new.lengths.max() == 130
    assert new.lengths.min() < 100


def test_ctc_keeps_the_ticks_it_needs() -> None:
    sequences = some(24)
    sequences = replace(sequences, texts=["a" * 70] * 24, spans=[None] * 24)
    new = time_stretch(sequences, 1.0, np.random.default_rng(0))
    assert new.lengths.min() == 105


# CutMix


def test_cut_mix_joins_two_of_one_signer_between_letters() -> None:
    sequences = some(12)
    new = cut_mix(sequences, 1.0, np.random.default_rng(0))
    mixed = 0
    for row in range(len(sequences)):
        text = new.texts[row]
        if text == sequences.texts[row]:
            continue
        mixed += 1
        joints = [
            (count, other)
            for count in range(1, len(text))
            for other in range(len(sequences))
            if other != row
            and sequences.signers[other] == sequences.signers[row]
            and sequences.texts[row].startswith(text[:count])
            and sequences.texts[other].endswith(text[count:])
            and text[count - 1] != text[count]
        ]
        assert joints
        for char, start, end in new.spans[row] or []:
            middle = int((start + end) / 2)
            assert seen_letter(new, row, middle) == char
        assert new.lengths[row] <= TICKS
        assert not new.present[row, new.lengths[row] :].any()
    assert mixed > 8


def test_the_second_hand_goes_on_where_the_first_one_was() -> None:
    sequences = some(12)
    new = cut_mix(sequences, 1.0, np.random.default_rng(0))
    for row in range(len(sequences)):
        steps = np.linalg.norm(
            np.diff(new.points[row, 4 : new.lengths[row], 0, :2], axis=0), axis=1
        )
        # Each change of letters is a jump; the joint, which lies in a hold, is none.
        assert (steps > 1e-3).sum() == len(new.texts[row]) - 1


def test_hands_that_are_alike_are_joined() -> None:
    sequences = some(2, signers=1)
    points, spans = np.zeros_like(sequences.points), []
    for row, text in enumerate(("abc", "dbe")):
        for n, char in enumerate(text):
            points[row, 4 + 12 * n :] = shape_of(char)
        spans.append([(char, 4 + 12 * n, 13 + 12 * n) for n, char in enumerate(text)])
    sequences = HandSequences.of_hands(
        points, sequences.seen, spans, ["a", "a"], np.array([50, 50])
    )
    for seed in range(5):
        new = cut_mix(sequences, 1.0, np.random.default_rng(seed))
        assert new.texts == ["abe", "dbc"]


def test_cut_mix_takes_nobody_elses_hand_and_needs_spans() -> None:
    sequences = some(6, signers=6)
    assert same(cut_mix(sequences, 1.0, np.random.default_rng(0)), sequences)
    sequences = replace(some(6), spans=[None] * 6)
    assert same(cut_mix(sequences, 1.0, np.random.default_rng(0)), sequences)


# What makes points unknown


def test_dropped_fingers_are_zero_in_the_features_and_the_palm_stays() -> None:
    sequences = some()
    new = finger_dropout(sequences, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(palm(new.points), palm(sequences.points))
    before, after = (encode(m.hands, m.seen) for m in (sequences, new))
    changed = (before != after)[..., :60].reshape(8, TICKS, 20, 3).any(-1)
    assert not after[..., :60].reshape(8, TICKS, 20, 3)[changed].any()
    np.testing.assert_array_equal(before[..., 60:], after[..., 60:])
    fingers = [[0, 1, 2, 3], [5, 6, 7], [9, 10, 11], [13, 14, 15], [17, 18, 19]]
    for row in range(len(sequences)):
        lost = [finger for finger in fingers if changed[row][:, finger].any()]
        assert 1 <= len(lost) <= 3
        when = changed[row].any(-1)
        assert all((changed[row][when][:, finger]).all() for finger in lost)
        assert (np.diff(when.astype(int)) == 1).sum() <= 1  # one stretch of time


@pytest.mark.parametrize("sequences", [some(), holistic()])
def test_masked_joints_lie_on_their_origin_throughout(sequences: HandSequences) -> None:
    new = spatial_mask(sequences, 1.0, np.random.default_rng(0))
    middle = origins(sequences.points, sequences.sets)
    np.testing.assert_array_equal(origins(new.points, sequences.sets), middle)
    changed = (new.points != sequences.points).any(-1).any(1)
    assert changed.any()
    for row, point in np.argwhere(changed):
        at = middle[row, :, set_of(sequences.sets)[point]]
        np.testing.assert_array_equal(new.points[row, :, point], at)
    start = 0
    for s in sequences.sets:
        assert not changed[:, start : start + s.points][:, fixed(s)].any()
        start += s.points


def test_a_temporal_mask_is_short_and_whole() -> None:
    sequences = some(40)
    new = temporal_mask(sequences, 1.0, np.random.default_rng(0))
    assert new.points is sequences.points
    lost = (sequences.present & ~new.present)[..., 0].sum(1)
    assert lost.max() <= 15
    assert (lost > 0).mean() > 0.9
    assert not (new.present & ~sequences.present).any()


def test_a_set_is_dropped_but_not_the_hand_that_spells() -> None:
    sequences = holistic(200)
    new = set_drop(sequences, 1.0, np.random.default_rng(0))
    dropped = ~new.present.any(1)
    assert (dropped.sum(1) == 1).all()
    assert dropped.sum(0)[1] == 0  # the right one is seen most
    assert (dropped.sum(0)[[0, 2, 3]] > 40).all()
    assert same(set_drop(some(), 1.0, np.random.default_rng(0)), some())


# Views and noise


def test_affine_is_one_linear_view_for_a_whole_sequence() -> None:
    sequences = some()
    new = affine(sequences, 1.0, np.random.default_rng(0))
    for row in range(len(sequences)):
        old, seen = (m.points[row, :90].reshape(-1, 3).astype(float) for m in (sequences, new))
        view, *_ = np.linalg.lstsq(old, seen, rcond=None)
        np.testing.assert_allclose(old @ view, seen, atol=1e-4)
        assert 0.03 < np.abs(view - np.eye(3)).max() < 0.9
        assert np.linalg.det(view) > 0.4  # never a mirror


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_turns_are_turns(axis: int) -> None:
    (turn,) = _about(axis, np.array([0.3]))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.trace(turn) == pytest.approx(1 + 2 * np.cos(0.3))
    assert turn[axis, axis] == 1


def test_noise_has_a_part_that_stays_and_a_part_that_changes() -> None:
    sequences = some()
    off = noise(sequences, 1.0, np.random.default_rng(0)).points - sequences.points
    bias = off.mean(1)
    assert 0.003 < np.abs(bias).mean() < 0.05
    assert 0.001 < (off - bias[:, None]).std() < 0.05
