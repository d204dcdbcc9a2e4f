"""The baselines, what each needs, and where it is installed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.baselines.clips import Kind

REPOSITORY = Path(__file__).resolve().parents[2]
HOME = REPOSITORY / ".venv-baselines"
"""Environments, bundles and networks of the baselines; never committed."""
PROFILES = ("balanced", "fast", "accurate")
SEEN: tuple[Kind, ...] = ("real", "rendered")

HOLISTIC = "MediaPipe Holistic"
KEPT = "Real-Time ASL's way"
PUBLISHED = "Real-Time ASL's way, as published"
SIGNSPELL = "signspell"
STEP = "Ishara Edge, step of the recogniser"
WINDOW = "Ishara's network, over its window"


def own(profile: str) -> str:
    """The name of one of our profiles in the figures."""
    return f"Ishara Edge, {profile}"


@dataclass(frozen=True)
class Baseline:
    """One side.

    Attributes:
        python: of its environment.
        serves: module and class in `workers`.
        needs: the part of the set-up it needs, a key of `setup.PARTS`; "" for none.
        file: option that names a file of the set-up, and the file.
        kinds: of input it takes.
    """

    name: str
    python: Path
    serves: str
    needs: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    file: tuple[str, Path] | None = None
    kinds: tuple[Kind, ...] = SEEN

    def all_options(self) -> dict[str, Any]:
        """Its options, with the path of its file among them."""
        return self.options | ({self.file[0]: str(self.file[1])} if self.file else {})


def python(home: Path, name: str) -> Path:
    return home / name / "bin" / "python"


def registry(home: Path = HOME) -> list[Baseline]:
    """All, ours first."""
    ours, theirs = Path(sys.executable), python(home, "mediapipe")
    holistic = {"complexity": 1}
    chunk = ("model", home / "window-70.tflite")
    return [
        *(Baseline(own(p), ours, "own:Reader", options={"profile": p}) for p in PROFILES),
        Baseline(HOLISTIC, theirs, "trackers:Holistic", "mediapipe", holistic),
        *(
            Baseline(
                f"MediaPipe Hands, {n}", theirs, "trackers:Hands", "mediapipe", {"complexity": c}
            )
            for c, n in enumerate(("lite", "full"))
        ),
        *(
            Baseline(
                f"MediaPipe Tasks HandLandmarker, {n}", theirs, "trackers:Tasks", "bundles",
                file=("bundle", home / f"hand_landmarker_{n}.task"),
            )
            for n in ("lite", "full")
        ),
        Baseline(KEPT, theirs, "windows:Kept", "networks", holistic, chunk),
        Baseline(PUBLISHED, theirs, "windows:Published", "networks", holistic, chunk),
        Baseline(SIGNSPELL, python(home, "signspell"), "spelled:Signspell", "signspell"),
        Baseline(STEP, ours, "own:Step", kinds=("ticks",)),
        Baseline(
            WINDOW, ours, "own:Window", "networks",
            file=("model", home / "ishara-176.tflite"), kinds=("ticks",),
        ),
    ]  # fmt: skip


def missing(baseline: Baseline, home: Path = HOME) -> str | None:
    """Why ``baseline`` cannot run, in a line; None where all it needs is installed."""
    needed = [baseline.python, *([baseline.file[1]] if baseline.file else [])]
    if all(path.exists() for path in needed):
        return None
    known = skipped(home)
    reasons = [known[part] for part in (baseline.needs, "mediapipe") if part in known]
    return reasons[0] if reasons else "not set up: run `python -m benchmarks.baselines.setup`"


def skipped(home: Path) -> dict[str, str]:
    """Parts that the set-up could not make, with the reasons."""
    try:
        reasons: dict[str, str] = json.loads((home / "skipped.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return reasons
