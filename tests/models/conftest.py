from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.training.data.hands import DIGITS, LETTERS, Source, normal
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.texts import TEST_PHRASES, Texts

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the real hands are not here")
    return DATA


def flat_hand(rng: np.random.Generator) -> np.ndarray:
    """An open right hand, fingers up, with every joint off by a little."""
    hand = np.zeros((21, 3), np.float32)
    for finger in range(5):
        x = 0.6 - 0.3 * finger
        for joint in range(4):
            hand[1 + 4 * finger + joint] = (x, -0.5 - 0.35 * joint, 0.02 * joint)
    return hand + rng.normal(0, 0.03, hand.shape).astype(np.float32)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> PoseLibrary:
    """Two made-up signers who know all letters."""
    rng = np.random.default_rng(0)
    sources = []
    for name in ("one", "two"):
        hands = np.stack([flat_hand(rng) for _ in range(36 * 4)])
        letters = np.repeat(list(LETTERS + DIGITS), 4)
        sources.append(Source(name, "letters_images.train", normal(hands), letters))
    return build_library(sources, tmp_path_factory.mktemp("data"), 0, training_clips=False)


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    rows = ["sequence_id,phrase,frames_after_dropna"]
    rows += ["1,hello small world,90.0", "2,what a lovely red jacket,100.0", "3,555-1234,60.0"]
    (tmp_path / "phrase_frames.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Texts(tmp_path, digits=False)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty phrases of three words each, and the three that are kept."""
    folder = tmp_path_factory.mktemp("phrases")
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefgh"), 5)) for _ in range(120)]
    phrases = (
        [" ".join(rng.choice(words, 3)) for _ in range(60)] + list(TEST_PHRASES) + ["555-1234"]
    )
    rows = ["sequence_id,phrase,frames_after_dropna"]
    rows += [f"{n},{phrase},{5.0 * len(phrase)}" for n, phrase in enumerate(phrases)]
    (folder / "phrase_frames.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
