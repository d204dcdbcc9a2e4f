"""Training batches from the competition's folder."""

from __future__ import annotations

import itertools
import os
import pickle
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from edge.errors import ConfigError
from edge.recognize.hand_features import WIDTH, encode
from models.training import aslfr
from models.training.architecture.shape import HAND, HOLISTIC
from models.training.aslfr import SETS, Landmarks, holistic
from models.training.aslfr.cache import Cache, open_folder
from models.training.aslfr.characters import ALPHABET, readable
from models.training.aslfr.feed import TAIL, Counts, Feed
from models.training.aslfr.prepare import EDGE, Sets, prepare
from models.training.augment import NONE, Augment
from models.training.synthesis.batches import IGNORE, Batch
from tests.models.test_aslfr_format import REASON, Made, make, write_tiny_folder

pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)

WORDS = ("hello", "a/b.com", "988-021", "12 oak road", "see")
TRAIN = [
    [make(100 + n, (1, 2, 3)[n % 3], WORDS[n % 5], 20 + 3 * n) for n in range(8)],
    [make(200 + n, (1, 2, 3)[n % 3], WORDS[n % 5], 24 + n) for n in range(3)],
    [make(300, 5, "a-b", 20), make(301, 5, "cd", 90), make(302, 6, "ef", 20, "none")],
]
SUPPLEMENT = [[make(400, 2, "this is fine", 40), make(401, 0, "never look", 40)]]
"""Signers 1-3 are trained on, 5 and 6 are in the development split, 0 is for validation."""
TRAINED = [m for m in (*TRAIN[0], *TRAIN[1], SUPPLEMENT[0][0])]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_folder(tmp_path_factory.mktemp("folder"), TRAIN, SUPPLEMENT)


@pytest.fixture(scope="module")
def filled(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("cache")
    for sets in get_args(Sets):
        Cache(open_folder(root, sets), where, sets)
    return where


def landmarks_of(made: Made) -> Landmarks:
    points = np.concatenate([made.parts[s.part][:, list(s.points)] for s in SETS], axis=1)
    return Landmarks(SETS, points, np.arange(len(points)))


def texts_of(batch: Batch) -> list[str]:
    ends = np.cumsum(batch.sizes)
    rows = np.split(batch.targets, ends[:-1])
    return ["".join(ALPHABET[symbol - 1] for symbol in row) for row in rows]


def first(feed: Feed, count: int) -> list[Batch]:
    return list(itertools.islice(feed, count))


def same(one: Batch, other: Batch) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("features", "lengths", "targets", "sizes", "frames")
    )


# What is prepared


def test_a_prepared_hand_gives_the_live_features() -> None:
    landmarks = landmarks_of(make(1, 1, "a", 60))
    points = landmarks.points.copy()
    points[:25, 21:42] = np.nan  # 25 ticks without a hand, then the last 20
    points[40:, 21:42] = np.nan
    landmarks = Landmarks(SETS, points, landmarks.frames)
    ready = prepare(landmarks, "hand")
    # Frames 4, 9, ... have no hand at all: the last one with a hand is 38.
    kept = slice(25 - EDGE, 39 + EDGE)
    whole = aslfr.read_hand(landmarks)
    np.testing.assert_array_equal(ready.present[:, 0], whole.present[kept])
    live = whole.features()[kept]
    np.testing.assert_allclose(encode(ready.points, ready.present[:, 0]), live, atol=1e-4)
    assert ready.seen == whole.present.sum()


def test_a_phrase_without_a_hand_has_no_ticks() -> None:
    for sets in get_args(Sets):
        ready = prepare(landmarks_of(make(1, 1, "a", 30, "none")), sets)
        assert (len(ready.points), ready.seen) == (0, 0)


def test_holistic_features_know_neither_place_nor_size() -> None:
    ready = prepare(landmarks_of(make(1, 1, "a", 30, "left_hand")), "holistic")
    rows = holistic.encode(ready.points, ready.present)
    assert rows.shape == (30, sum(s.width for s in HOLISTIC))
    assert np.isfinite(rows).all()
    moved = holistic.encode(ready.points * 3 + np.float32([5, -2, 1]), ready.present)
    np.testing.assert_allclose(rows, moved, atol=2e-3)
    ends = np.cumsum([s.width for s in HOLISTIC])
    np.testing.assert_array_equal(rows[:, ends - 1] > 0.5, ready.present)
    assert not rows[:, ends[0] : ends[1]].any()  # the right hand is never found
    live = prepare(landmarks_of(make(1, 1, "a", 30, "left_hand")), "hand")
    want = encode(live.points, live.present[:, 0])
    np.testing.assert_allclose(rows[:, 3:63], want[:, :60], atol=1e-5)
    np.testing.assert_allclose(rows[:, :2], want[:, 60:62], atol=1e-4)
    assert not rows[:, 2].any()


def test_face_and_pose_hang_on_the_mouth_and_the_elbows() -> None:
    ready = prepare(landmarks_of(make(1, 1, "a", 9)), "holistic")
    rows = holistic.encode(ready.points, ready.present)[0]
    face, pose = rows[128 : 128 + 120].reshape(40, 3), rows[249 : 249 + 30].reshape(10, 3)
    corners = face[[0, 10]]  # 61 and 291
    np.testing.assert_allclose(corners.sum(0), 0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(corners, axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(pose[0] + pose[5], 0, atol=1e-5)
    assert np.abs(rows).max() <= 2.5


# The cache


def test_what_is_cached_is_what_was_prepared(root: Path, filled: Path) -> None:
    written = [made for file in (*TRAIN, *SUPPLEMENT) for made in file]
    for sets in get_args(Sets):
        cache = Cache(open_folder(root, sets), filled, sets)
        for row, made in zip(cache.folder.rows, written, strict=True):
            want = prepare(landmarks_of(made), sets)
            ready = cache.load(row)
            np.testing.assert_array_equal(ready.points, want.points)
            np.testing.assert_array_equal(ready.present, want.present)
            assert (cache.ticks(row), cache.seen(row)) == (len(want.points), want.seen)


def test_landmark_files_are_read_once_and_again_when_they_change(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    folder = open_folder(root, "hand")

    def fill() -> list[str]:
        said.clear()
        Cache(folder, tmp_path, "hand", said.append)
        return list(said)

    assert len(fill()) == 4
    assert fill() == []
    os.utime(root / "train_landmarks" / "200.parquet", (1, 1))
    assert fill() == ["preparing 200.parquet, 2 of 4"]
    array = tmp_path / "hand" / "train_landmarks-300.npy"
    array.write_bytes(array.read_bytes()[:-500])
    assert fill() == ["preparing 300.parquet, 3 of 4"]
    (tmp_path / "hand" / "train_landmarks-100.npz").write_bytes(b"PK no more")
    assert fill() == ["preparing 100.parquet, 1 of 4"]
    monkeypatch.setattr("models.training.aslfr.cache._VERSION", 1000)
    assert len(fill()) == 4
    assert not list(tmp_path.rglob("*.part"))


def test_a_cache_that_cannot_be_written(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="give another folder"):
        Cache(open_folder(root, "hand"), tmp_path / "file", "hand")


# The feed


def test_an_epoch_is_every_phrase_of_the_training_signers(root: Path, filled: Path) -> None:
    feed = Feed(root, filled, size=4, augment=NONE)
    assert (feed.per_epoch, feed.shape_sets, feed.alphabet) == (3, HAND, ALPHABET)
    assert feed.counts == Counts(12, 0, 0, 0)
    epochs = [first(feed, 6)[:3], first(feed, 6)[3:]]
    for batches in epochs:
        found = Counter(text for batch in batches for text in texts_of(batch))
        assert found == Counter(readable(made.text) for made in TRAINED)
    assert not same(epochs[0][0], epochs[1][0])


def test_a_batch_is_what_was_filmed(root: Path, filled: Path) -> None:
    feed = Feed(root, filled, size=12, augment=NONE)
    (batch,) = first(feed, 1)
    assert batch.features.dtype == np.float32
    assert batch.features.shape == (12, batch.lengths.max(), WIDTH)
    assert (batch.frames == IGNORE).all()
    assert batch.frames.shape == batch.features.shape[:2]
    assert "abcom" in texts_of(batch)
    assert "988021" in texts_of(batch)
    n = texts_of(batch).index("this is fine")
    live = aslfr.read_hand(landmarks_of(SUPPLEMENT[0][0])).features()
    assert batch.lengths[n] == len(live) + TAIL
    np.testing.assert_allclose(batch.features[n, : len(live)], live, atol=1e-4)
    assert not batch.features[n, len(live) :].any()


def test_phrases_that_cannot_be_learned_are_counted(tmp_path: Path) -> None:
    files = [
        [make(1, 1, "abc", 30), make(2, 1, "abc", 60), make(3, 2, "abcdefgh", 8)],
        [make(4, 2, "-/-", 30), make(5, 2, "aab", 4), make(6, 3, "ab", 20, "none")],
    ]
    root = write_tiny_folder(tmp_path, files, [])
    feed = Feed(root, tmp_path / "cache", max_ticks=50, augment=NONE)
    # "abcdefgh" has a hand in 7 ticks; "aab" needs 4 and has them.
    assert feed.counts == Counts(kept=2, long=1, short=2, unread=1)
    with pytest.raises(ConfigError, match="no phrase of a training signer"):
        Feed(root, tmp_path / "cache", max_ticks=2)


def test_a_feed_goes_on_where_another_stopped(root: Path, filled: Path) -> None:
    whole = first(Feed(root, filled, size=5, seed=3), 7)
    rest = first(Feed(root, filled, size=5, seed=3, start=4), 3)
    assert all(same(a, b) for a, b in zip(whole[4:], rest, strict=True))
    other = first(Feed(root, filled, size=5, seed=4), 1)
    assert not same(whole[0], other[0])
    sent = pickle.loads(pickle.dumps(Feed(root, filled, size=5, seed=3)))
    assert same(first(sent, 1)[0], whole[0])


def test_processes_share_an_epoch(root: Path, filled: Path) -> None:
    feeds = [Feed(root, filled, size=2, rank=n, world=3, augment=NONE) for n in range(3)]
    assert {feed.per_epoch for feed in feeds} == {2}
    found = Counter(text for feed in feeds for batch in first(feed, 2) for text in texts_of(batch))
    assert found == Counter(readable(made.text) for made in TRAINED)
    with pytest.raises(ValueError, match="process 3 of 3"):
        Feed(root, filled, rank=3, world=3)


def test_sets_that_are_not_read(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="as ten: give hand or holistic"):
        Feed(root, tmp_path, "ten")  # type: ignore[arg-type]


def test_processes_do_not_draw_the_same(tmp_path: Path) -> None:
    root = write_tiny_folder(tmp_path, [[make(1, 1, "ab", 20)]], [])
    noisy = replace(NONE, noise=1.0)
    one, other = (
        first(Feed(root, tmp_path / "cache", size=1, rank=n, world=2, augment=noisy), 1)[0]
        for n in range(2)
    )
    assert not same(one, other)


def test_the_phrases_of_a_batch_are_about_equally_long(tmp_path: Path) -> None:
    files = [[make(n, 1 + n % 3, "ab", 10 + 5 * (n * 7 % 40)) for n in range(40)]]
    root = write_tiny_folder(tmp_path, files, [], row_group=5000)
    feed = Feed(root, tmp_path / "cache", size=5, augment=NONE)
    spreads = [np.ptp(batch.lengths) for batch in first(feed, feed.per_epoch)]
    assert len(spreads) == 8
    assert np.median(spreads) < 40  # at random 140


@pytest.mark.parametrize("sets", get_args(Sets))
def test_a_model_takes_the_batches(sets: Sets, root: Path, filled: Path) -> None:
    torch = pytest.importorskip("torch")
    from models.training.architecture import get_model

    torch.set_num_threads(1)
    feed = Feed(root, filled, sets, size=12, augment=Augment())
    model = get_model(
        8, 1, 1, (3,), 1, 0.0, sets=feed.shape_sets, symbols=1 + len(feed.alphabet), reach=4
    )
    (batch,) = first(feed, 1)
    chances = model(torch.from_numpy(batch.features)).log_softmax(-1).transpose(0, 1)
    loss = torch.nn.functional.ctc_loss(
        chances,
        *(torch.from_numpy(part) for part in (batch.targets, batch.lengths, batch.sizes)),
    )
    assert 0 < loss.item() < 1000  # not infinite: every phrase has the ticks it needs
