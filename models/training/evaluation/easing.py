"""How hands get from one letter to the next: an animator's ways beside made ones.

    python -m models.training.evaluation.easing --data ../shared/data

The animator's ways are those of ``real/transitions.npz`` between two still letters. Made ways are
those of phrases of training signers that take at least a fifth of a second, seen without noise: by
the motion of the first models, and by that which training uses now.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from edge.hand import FINGERTIPS
from models.training.data.hands import Floats, normal, training
from models.training.evaluation.transitions import REST, Ways
from models.training.synthesis.camera import PERFECT_VIEW, TRAINING_VIEW, Camera
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.render import render
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import Texts
from models.training.synthesis.training_script import TrainingWriter

_SHORTEST_TICKS = 6
_LENGTH_TICKS = 600
_SMALL = 0.15
"""Palm lengths: a fingertip that goes less far has no time of its own."""
_MOTIONS = (
    ("made, first motion", ScriptWriter, Camera()),
    ("made, fitted", TrainingWriter, TRAINING_VIEW),
)


@dataclass(frozen=True, slots=True)
class Easing:
    """Of one way.

    Attributes:
        main: share of its time that the middle 80 % of the path takes; 0.8 at constant speed.
        detour: length of the path of all fingertips over its straight length.
        spread: standard deviation, over the fingertips, of the share of its time at which each
            has half of its path behind it.
    """

    main: float
    detour: float
    spread: float


def easing(tips: Floats) -> Easing | None:
    """Of fingertips [T, 5, 3] around the wrist in palm lengths; None where nothing moves."""
    steps = np.diff(tips, axis=0)
    whole = np.sqrt((steps * steps).sum((1, 2)))
    straight = float(np.sqrt(((tips[-1] - tips[0]) ** 2).sum()))
    if straight < _SMALL:
        return None
    early, late = (_when(whole, share) for share in (0.1, 0.9))
    each = np.linalg.norm(steps, axis=-1).T
    moving = [finger for finger in each if finger.sum() >= _SMALL]
    halves = [_when(finger, 0.5) for finger in moving]
    return Easing(late - early, float(whole.sum()) / straight, float(np.std(halves)))


def _when(steps: Floats, share: float) -> float:
    """The share of the time at which ``share`` of the path of ``steps`` [T] is behind."""
    behind = np.append(0, np.cumsum(steps)) / steps.sum()
    return float(np.interp(share, behind, np.linspace(0, 1, len(behind))))


def drawn(ways: Ways) -> Iterator[Floats]:
    """Fingertips of the animator's ways between letters that stand."""
    for pair, way in ways.drawn.items():
        if REST not in pair and not set("jz") & set(pair):
            yield _tips(way)


def made(
    writer: ScriptWriter, library: PoseLibrary, camera: Camera, rng: np.random.Generator
) -> Iterator[Floats]:
    """Fingertips of the ways of one phrase between two letters that stand."""
    timeline = writer.phrase(ticks=float(np.exp(rng.uniform(np.log(7), np.log(40)))))
    still = replace(PERFECT_VIEW, lag=camera.lag, smear=camera.smear)
    hands, _ = render([timeline], library, rng, still)
    for (a, _, start), (b, end, _) in pairwise(timeline.text):
        plain = a != b and not set("jz ") & {a, b}
        if plain and end - start >= _SHORTEST_TICKS and end < len(hands[0]):
            yield _tips(hands[0, round(start) : round(end) + 1])


def _tips(hands: Floats) -> Floats:
    scaled = normal(hands)
    tips: Floats = scaled[:, FINGERTIPS]
    return tips


def row(name: str, ways: Iterable[Floats]) -> str:
    found = [one for way in ways if (one := easing(way))]
    cells = [name, str(len(found))]
    for figure in ("main", "detour", "spread"):
        values = np.percentile([getattr(one, figure) for one in found], (10, 50, 90))
        cells.append(" / ".join(f"{value:.2f}" for value in values))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--phrases", type=int, default=120)
    options = parser.parse_args()
    print("| ways | count | time of the middle 80 % | detour | spread of the fingers |")
    print("|" + "---|" * 5)
    print(row("drawn by an animator", drawn(Ways.load(options.data))), flush=True)
    library = build_library(training(options.data), options.data, 1)
    for name, kind, camera in _MOTIONS:
        rng = np.random.default_rng(0)
        writer = kind(library, Texts(options.data), _LENGTH_TICKS, rng)
        ways = (w for _ in range(options.phrases) for w in made(writer, library, camera, rng))
        print(row(name, ways), flush=True)


if __name__ == "__main__":
    main()
