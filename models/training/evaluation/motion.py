"""How real and synthesised hands move: numbers and a picture.

    python -m models.training.evaluation.motion --data ../shared/data --out motion.png

The three real phrases beside the same texts synthesised at the same speed by training signers, as
ten points: by the motion of the first models, and by that which training uses now. How still the
synthesis keeps the palm (`script._STEADY_RANGE`, `pose_library._UPRIGHT`) was set after looking at
these, so the real phrases are not an untouched test of it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.training.data.hands import Floats, training
from models.training.evaluation import real_phrases
from models.training.synthesis.camera import TRAINING_VIEW, Camera
from models.training.synthesis.pose_library import build_library
from models.training.synthesis.render import render
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.ten_points import encode
from models.training.synthesis.texts import Texts
from models.training.synthesis.training_script import TrainingWriter

_TIPS, _BASES = (1, 3, 5, 7, 9), (2, 4, 6, 8)
_STILL = 0.03
"""Palm lengths per tick of the mean finger tip, below which a hand counts as still."""
_SYNTHESISED = 24
_MOTIONS = (
    ("first motion", ScriptWriter, Camera()),
    ("fitted", TrainingWriter, TRAINING_VIEW),
)


@dataclass(frozen=True)
class Motion:
    """Of one phrase, a tick each.

    Attributes:
        speed: [T - 1] of the finger tips around the wrist, mean, in palm lengths per tick.
        lean: [T] of the palm in the picture, degrees from upright, thumb side positive.
        width: [T] index base to little finger base in palm lengths: less is turned away.
    """

    speed: Floats
    lean: Floats
    width: Floats

    def figures(self) -> dict[str, float]:
        """Figures to compare."""
        return {
            "still_share": round(float((self.speed < _STILL).mean()), 2),
            "speed_median": round(float(np.median(self.speed)), 3),
            "speed_p90": round(float(np.percentile(self.speed, 90)), 3),
            "lean_p10_p90": round(float(np.ptp(np.percentile(self.lean, [10, 90]))), 1),
            "width_p10_p90": round(float(np.ptp(np.percentile(self.width, [10, 90]))), 2),
        }


def motion(features: Floats) -> Motion:
    """Of features [T, 21] (`models.training.synthesis.ten_points`), all ticks present."""
    points = features[:, :20].reshape(-1, 10, 2)
    tips, bases = points[:, _TIPS], points[:, _BASES]
    speed = np.linalg.norm(np.diff(tips, axis=0), axis=-1).mean(1)
    middle = bases.mean(1)
    lean = np.degrees(np.arctan2(middle[:, 0], -middle[:, 1]))
    return Motion(speed, lean, np.linalg.norm(bases[:, 0] - bases[:, 3], axis=-1))


def synthesised(
    data: Path, text: str, ticks: int, kind: type[ScriptWriter], camera: Camera, seed: int = 0
) -> list[Motion]:
    """``text`` synthesised by several training signers so as to last about ``ticks``."""
    rng = np.random.default_rng(seed)
    library = build_library(training(data), data, 1)
    writer = kind(library, Texts(data), ticks + 40, rng)
    timelines = [writer.phrase(text, ticks / len(text)) for _ in range(_SYNTHESISED)]
    hands, present = render(timelines, library, rng, camera)
    features = encode(hands, present)
    return [motion(f[p]) for f, p in zip(features, present, strict=True) if p.sum() > ticks // 2]


def draw(rows: list[tuple[str, Motion, list[Motion]]], out: Path) -> None:
    """Real (dark) over synthesised (light), a row a phrase."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(rows), 3, figsize=(12, 7), layout="constrained")
    names = ("speed", "lean", "width")
    for line, (text, real, made) in zip(axes, rows, strict=True):
        for name, panel in zip(names, line, strict=True):
            for one in made[:2]:
                panel.plot(getattr(one, name), color="tab:orange", alpha=0.5, linewidth=1)
            panel.plot(getattr(real, name), color="black", linewidth=1)
            panel.grid(alpha=0.2)
        line[0].set_ylabel(text, fontsize=8)
    labels = (
        "speed of the finger tips, palm lengths a tick",
        "lean of the palm, degrees",
        "width of the palm, palm lengths",
    )
    for panel, label in zip(axes[0], labels, strict=True):
        panel.set_title(label, fontsize=9)
    for panel in axes[-1]:
        panel.set_xlabel("ticks of 1/30 s")
    figure.suptitle("Three real phrases (black), the same synthesised (two signers, orange)")
    figure.savefig(out, dpi=90)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows = []
    print("| phrase | hands | " + " | ".join(motion(np.ones((3, 21))).figures()) + " |")
    print("|" + "---|" * 7)
    for text, features in real_phrases.phrases(options.data):
        real = motion(features)
        print(f"| {text} | real | " + " | ".join(map(str, real.figures().values())) + " |")
        for name, kind, camera in _MOTIONS:
            made = synthesised(options.data, text, len(features), kind, camera)
            if kind is TrainingWriter:
                rows.append((text, real, made))
            rows_of_figures = [one.figures() for one in made]
            medians = [
                f"{np.median([f[k] for f in rows_of_figures]):.3g}" for k in rows_of_figures[0]
            ]
            print(f"| | made, {name} | " + " | ".join(medians) + " |")
    draw(rows, options.out)


if __name__ == "__main__":
    main()
