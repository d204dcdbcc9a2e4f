from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.training.synthesis.batches import batch
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.texts import Texts
from models.training.synthesis.timeline import Timeline
from models.training.synthesis.training_script import TrainingWriter

ALPHABET = "abcdefghijklmnopqrstuvwxyz 0123456789"


@pytest.fixture
def writer(library: PoseLibrary, texts: Texts) -> TrainingWriter:
    return TrainingWriter(library, texts, 200, np.random.default_rng(3))


def seen(timeline: Timeline, start: float, end: float) -> bool:
    return not any(a < end and b > start for a, b in timeline.absent)


def test_times_never_go_back(writer: TrainingWriter) -> None:
    for _ in range(200):
        timeline = writer.draw()
        assert all(a <= b + 1e-3 for a, b in itertools.pairwise(timeline.times))
        spans = [(start, end) for _, start, end in timeline.text]
        assert all(start <= end for start, end in spans)
        assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(spans))


def test_what_a_visit_spells_is_seen(writer: TrainingWriter) -> None:
    for _ in range(100):
        timeline = writer.visits()
        assert all(
            seen(timeline, start, end)
            for letter, start, end in timeline.text
            if start >= 0 and end < timeline.length
        )


def test_a_hand_comes_and_goes_several_times(writer: TrainingWriter) -> None:
    absences = [len(writer.visits().absent) for _ in range(50)]
    assert max(absences) >= 3


def test_nothing_to_read_is_nothing(writer: TrainingWriter) -> None:
    assert not any(writer.distractor().text for _ in range(60))


def test_a_hand_may_be_half_formed(writer: TrainingWriter) -> None:
    shares = [share for _ in range(50) for _, share in writer.visits().halves]
    assert any(0.2 < share < 0.9 for share in shares)


def test_features_are_finite(writer: TrainingWriter, library: PoseLibrary) -> None:
    made = batch([writer.draw() for _ in range(32)], library, ALPHABET, 3, writer.rng)
    assert np.isfinite(made.features).all()
