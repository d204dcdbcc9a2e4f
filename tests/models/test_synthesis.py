from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from edge.recognize.hand_features import WIDTH
from models.training.synthesis.batches import batch
from models.training.synthesis.camera import PERFECT_VIEW
from models.training.synthesis.k_and_p import with_k_as_p
from models.training.synthesis.pose import points
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.render import render
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.targets import IGNORE
from models.training.synthesis.texts import TEST_PHRASES, Texts
from models.training.synthesis.timeline import Timeline

ALPHABET = "abcdefghijklmnopqrstuvwxyz 0123456789"


def writer(library: PoseLibrary, texts: Texts, length: int = 160, seed: int = 0) -> ScriptWriter:
    return ScriptWriter(library, texts, length, np.random.default_rng(seed))


def test_a_steady_camera_sees_the_poses_as_they_are(library: PoseLibrary) -> None:
    timeline = Timeline(30, calm=True)
    timeline.key(0, 3, (0, 0))
    timeline.key(30, 3, (0, 0))
    hands, present = render([timeline], library, np.random.default_rng(0), PERFECT_VIEW)
    assert present.all()
    assert_allclose(hands[0], np.broadcast_to(points(library.poses[3]), (30, 21, 3)), atol=1e-4)


def test_the_hand_is_where_the_keys_say_and_absent_where_they_say(library: PoseLibrary) -> None:
    timeline = Timeline(30, calm=True, absent=[(20, 25)])
    timeline.key(0, 3, (0, 0))
    timeline.key(10, 3, (2, -1), smooth=False)
    hands, present = render([timeline], library, np.random.default_rng(0), PERFECT_VIEW)
    assert_allclose(hands[0, 5, 0, :2], [1, -0.5], atol=1e-3)
    assert_allclose(hands[0, 29, 0, :2], [2, -1], atol=1e-3)
    assert [t for t in range(30) if not present[0, t]] == [20, 21, 22, 23, 24]


def test_a_batch_is_whole_and_says_what_it_shows(library: PoseLibrary, texts: Texts) -> None:
    w = writer(library, texts)
    made = batch([w.draw() for _ in range(64)], library, ALPHABET, 2, w.rng)
    assert made.features.shape == (64, 160, WIDTH)
    assert np.isfinite(made.features).all()
    assert len(made.targets) == made.sizes.sum()
    start = 0
    for n, size in enumerate(made.sizes):
        said = made.frames[n][made.frames[n] > 0]
        once = [int(s) for i, s in enumerate(said) if i == 0 or s != said[i - 1]]
        symbols = made.targets[start : start + size].tolist()
        assert set(once) <= set(symbols)
        text = "".join(ALPHABET[s - 1] for s in symbols)
        assert text == "".join(letter for letter, _, _ in made.spans[n])
        start += size


def test_the_same_seed_makes_the_same_batch(library: PoseLibrary, texts: Texts) -> None:
    rows = []
    for _ in range(2):
        w = writer(library, texts, seed=4)
        rows.append(batch([w.draw() for _ in range(8)], library, ALPHABET, 2, w.rng).features)
    assert np.array_equal(rows[0], rows[1])


@pytest.mark.parametrize("ticks", [2.0, 5.0, 12.0])
def test_a_given_text_is_spelled_in_order(library: PoseLibrary, texts: Texts, ticks: float) -> None:
    timeline = writer(library, texts, 600).phrase("jazz book", ticks)
    assert "".join(letter for letter, _, _ in timeline.text).strip() == "jazz book"
    spans = [(start, end) for _, start, end in timeline.text]
    assert all(start <= end for start, end in spans)
    assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(spans))


def test_stills_are_never_followed_by_a_space(library: PoseLibrary, texts: Texts) -> None:
    w = writer(library, texts)
    for _ in range(200):
        assert all(letter != " " for letter, _, _ in w.stills().text)


def test_nothing_to_read_is_nothing(library: PoseLibrary, texts: Texts) -> None:
    w = writer(library, texts)
    assert not any(w.distractor().text for _ in range(50))


def test_frames_name_the_letter_after_the_look_ahead(library: PoseLibrary) -> None:
    timeline = Timeline(60, calm=True)
    timeline.key(0, 3, (0, 0))
    timeline.text.append(("c", 20, 40))
    for look_ahead in (0, 2):
        rng = np.random.default_rng(0)
        frames = batch([timeline], library, ALPHABET, look_ahead, rng, PERFECT_VIEW).frames[0]
        assert (np.flatnonzero(frames == 3) == np.arange(20, 41) + look_ahead).all()
        assert frames[19 + look_ahead] == IGNORE
        assert frames[50 + look_ahead] == 0


def test_texts_keep_out_the_phrases_kept_for_testing(texts: Texts) -> None:
    rng = np.random.default_rng(0)
    assert texts.words == ["hello", "small", "world"]
    drawn = [texts.draw(rng) for _ in range(200)]
    assert not any(phrase in text for text in drawn for phrase in TEST_PHRASES)
    assert all(set(text) <= set(ALPHABET) for text in drawn)
    words = sum("hello" in text or "small" in text or "world" in text for text in drawn)
    assert 60 < words < 140


def test_a_hand_that_shows_its_other_side_is_turned_about_the_upright_axis(
    library: PoseLibrary,
) -> None:
    sideways, upright = library.signers[0].letters["g"][0], library.signers[0].letters["b"][0]
    timeline = Timeline(30, calm=True)
    timeline.key(0, int(sideways), (0, 0))
    timeline.key(10, int(upright), (0, 0), smooth=False)
    camera = replace(PERFECT_VIEW, other_side=1.0)
    hands, _ = render([timeline], library, np.random.default_rng(0), camera)
    seen, was = hands[0, 0], points(library.poses[int(sideways)])
    assert_allclose(seen[:, 1], was[:, 1], atol=1e-3)
    assert_allclose(np.hypot(seen[:, 0], seen[:, 2]), np.hypot(was[:, 0], was[:, 2]), atol=1e-3)
    assert np.abs(seen[:, 0] - was[:, 0]).max() > 0.3
    assert_allclose(hands[0, 12], points(library.poses[int(upright)]), atol=1e-3)


def test_a_letter_is_shown_by_its_twin_now_and_then(library: PoseLibrary) -> None:
    signer, rng = library.signers[0], np.random.default_rng(0)
    nines = set(signer.letters["9"].tolist())
    shown = [set(signer.rows_for("f", rng).tolist()) == nines for _ in range(400)]
    assert 0.1 < np.mean(shown) < 0.3
    assert not any(set(signer.rows_for("a", rng)) - set(signer.letters["a"]) for _ in range(50))


def test_a_long_way_may_wander(library: PoseLibrary, texts: Texts) -> None:
    w = writer(library, texts, 400, seed=3)
    slow = [w.phrase("ab", 40) for _ in range(60)]
    relaxed = {int(n) for s in library.signers for n in (*s.relaxed_rows, *s.gesture_rows)}
    letters = {int(n) for s in library.signers for c in "ab" for n in s.letters[c]}
    between = 0
    for timeline in slow:
        rows = timeline.rows
        holds = [n for n, row in enumerate(rows) if row in letters]
        between += any(row in relaxed for row in rows[holds[0] : holds[-1]])
    assert 3 < between < 35


def test_k_is_shown_as_p_too_with_the_palm_of_k(library: PoseLibrary) -> None:
    before = {signer.name: len(signer.letters["k"]) for signer in library.signers}
    own = replace(library, signers=[replace(s, letters=dict(s.letters)) for s in library.signers])
    more = with_k_as_p(own, np.random.default_rng(0))
    assert len(more.poses) == len(more.mean_orientation) == len(more.sideways)
    for signer in more.signers:
        new = signer.letters["k"][before[signer.name] :]
        assert len(new) >= 20
        assert new.min() >= len(library.poses)
        assert not more.sideways[new].any()
        old = more.poses.orientation[signer.letters["k"][: before[signer.name]]]
        apart = np.abs(more.poses.orientation[new][:, None] - old[None]).max(-1).min(1)
        assert apart.max() < 1e-6
        np.testing.assert_allclose(np.linalg.norm(more.poses.bones[new], axis=-1), 1, atol=1e-4)
