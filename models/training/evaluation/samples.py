"""Samples to measure on: phrases by one signer's hands, and static poses of letters.

The same seed gives the same samples, whatever reads them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.recognize.hand_features import RATE, encode
from models.training.data.hands import Floats
from models.training.synthesis.camera import PERFECT_VIEW, Camera
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.render import render
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import Texts
from models.training.synthesis.timeline import Timeline

STATIC_LETTERS = "abcdefghiklmnopqrstuvwxy"
"""The letters that are no motion."""
OWN = Camera(variety=0, other_side=0, yaw=0.24)
"""A signer's own hands: the camera effects of training but those that change the hand itself."""
_WORDS = ("phrases", "words", "names", "places", "urls")
_MAX_TICKS = 480
BEFORE = 15
"""Ticks before a still or a clip."""
AFTER = 25
"""Ticks read after the end of the last character."""


@dataclass(frozen=True)
class Sample:
    """Something to read.

    Attributes:
        truth: what is shown.
        signer: who spells.
        speed: characters per second, from start to start; NaN for a single one.
        kind: "words", "random letters", "static", or "clip".
        features: float32 [T, WIDTH], from the initial state.
        spans: (character, start, end) of each, in ticks.
    """

    truth: str
    signer: str
    speed: float
    kind: str
    features: Floats
    spans: tuple[tuple[str, float, float], ...]


def phrases(library: PoseLibrary, texts: Texts, count: int = 48, seed: int = 5) -> list[Sample]:
    """``count`` texts of one to three words a signer, at the speed of real spelling.

    Args:
        library: the signers.
        texts: what they spell, every other time; else it is random letters.
    """
    out = []
    for number, signer in enumerate(library.signers):
        rng = np.random.default_rng((seed, number))
        writer = ScriptWriter(library, texts, _MAX_TICKS, rng)
        made = 0
        while made < count:
            ticks = float(texts.pace[rng.integers(len(texts.pace))])
            kind = ("words", "random letters")[made % 2]
            text = _text(texts, kind, rng)
            timeline = writer.phrase(text, ticks, signer)
            if timeline.text and timeline.text[-1][2] < _MAX_TICKS - AFTER:
                out.append(_sample(timeline, text, signer.name, kind, library, rng, OWN))
                made += 1
    return out


def static_poses(
    library: PoseLibrary,
    letters: str = STATIC_LETTERS,
    count: int = 12,
    seconds: float = 1.0,
    seed: int = 7,
) -> list[Sample]:
    """Each signer's own frames, each shown still for a while without any camera effect."""
    out = []
    for signer in library.signers:
        rng = np.random.default_rng(seed)
        for letter in sorted(set(letters) & set(signer.own_letters)):
            for row in rng.permutation(signer.letters[letter])[:count]:
                start, end = float(BEFORE), BEFORE + RATE * seconds
                timeline = Timeline(int(end) + AFTER + 5, calm=True)
                timeline.absent += [(-1, start), (end, 1000)]
                timeline.key(start, row, (0, 0))
                timeline.key(end, row, (0, 0))
                timeline.text.append((letter, start, end))
                out.append(
                    _sample(timeline, letter, signer.name, "static", library, rng, PERFECT_VIEW)
                )
    return out


def _text(texts: Texts, kind: str, rng: np.random.Generator) -> str:
    kinds = [kind] if kind != "words" else [name for name in _WORDS if texts.every(name)]
    words: list[str] = []
    while len(words) < 3:
        words += texts.kind(kinds[rng.integers(len(kinds))], rng).split()
    return " ".join(words[: rng.integers(1, 4)])


def _sample(
    timeline: Timeline,
    text: str,
    signer: str,
    kind: str,
    library: PoseLibrary,
    rng: np.random.Generator,
    camera: Camera,
) -> Sample:
    hands, present = render([timeline], library, rng, camera)
    end = int(timeline.text[-1][2]) + AFTER
    spans = tuple(timeline.text[: len(text)])  # a hand that goes loose at its end adds a space
    starts = [start for _, start, _ in spans]
    pace = (len(starts) - 1) / (starts[-1] - starts[0]) if len(starts) > 1 else math.nan
    features = encode(hands, present)[0, :end]
    return Sample(text, signer, pace * RATE, kind, features, spans)
