"""Who competes, what each needs, and where what was set up lies."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.clips import Kind

REPOSITORY = Path(__file__).resolve().parents[2]
HOME = REPOSITORY / ".venv-peers"
"""Environments, bundles and networks of the peers; never committed."""
PROFILES = ("balanced", "fast", "accurate")
SEEN: tuple[Kind, ...] = ("real", "rendered")

HOLISTIC = "MediaPipe Holistic"
KEPT = "Real-Time ASL's way"
PUBLISHED = "Real-Time ASL's way, as published"
SIGNSPELL = "signspell"
STEP = "Ishara Edge, step of the recogniser"
WINDOW = "Ishara's network, over its window"


def own(profile: str) -> str:
    """The name under which a profile of ours is told."""
    return f"Ishara Edge, {profile}"


@dataclass(frozen=True)
class Peer:
    """One side.

    Attributes:
        python: of its environment.
        serves: module and class in `far`.
        needs: which part of the set-up it needs: a key of `setup.PARTS`; "" needs none.
        file: option that names a file of the set-up, and the file.
        kinds: what it looks at.
    """

    name: str
    python: Path
    serves: str
    needs: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    file: tuple[str, Path] | None = None
    kinds: tuple[Kind, ...] = SEEN

    def told(self) -> dict[str, Any]:
        """All options."""
        return self.options | ({self.file[0]: str(self.file[1])} if self.file else {})


def python(home: Path, name: str) -> Path:
    return home / name / "bin" / "python"


def roster(home: Path = HOME) -> list[Peer]:
    """All, ours first."""
    ours, theirs = Path(sys.executable), python(home, "mediapipe")
    holistic = {"complexity": 1}
    chunk = ("model", home / "window-70.tflite")
    return [
        *(Peer(own(p), ours, "own:Reader", options={"profile": p}) for p in PROFILES),
        Peer(HOLISTIC, theirs, "trackers:Holistic", "mediapipe", holistic),
        *(
            Peer(f"MediaPipe Hands, {n}", theirs, "trackers:Hands", "mediapipe", {"complexity": c})
            for c, n in enumerate(("lite", "full"))
        ),
        *(
            Peer(
                f"MediaPipe Tasks HandLandmarker, {n}", theirs, "trackers:Tasks", "bundles",
                file=("bundle", home / f"hand_landmarker_{n}.task"),
            )
            for n in ("lite", "full")
        ),
        Peer(KEPT, theirs, "windows:Kept", "networks", holistic, chunk),
        Peer(PUBLISHED, theirs, "windows:Published", "networks", holistic, chunk),
        Peer(SIGNSPELL, python(home, "signspell"), "spelled:Signspell", "signspell"),
        Peer(STEP, ours, "own:Step", kinds=("ticks",)),
        Peer(
            WINDOW, ours, "own:Window", "networks",
            file=("model", home / "ishara-176.tflite"), kinds=("ticks",),
        ),
    ]  # fmt: skip


def missing(peer: Peer, home: Path = HOME) -> str | None:
    """Why ``peer`` cannot take part, in a line; None where all it needs is there."""
    needed = [peer.python, *([peer.file[1]] if peer.file else [])]
    if all(path.exists() for path in needed):
        return None
    known = skipped(home)
    said = [known[part] for part in (peer.needs, "mediapipe") if part in known]
    return said[0] if said else "not set up: run `python -m benchmarks.peers.setup`"


def skipped(home: Path) -> dict[str, str]:
    """What the set-up could not have, with its reasons."""
    try:
        reasons: dict[str, str] = json.loads((home / "skipped.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return reasons
