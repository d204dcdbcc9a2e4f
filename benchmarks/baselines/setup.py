"""Installs what the baselines need in ``.venv-baselines``: once, before a comparison.

    python -m benchmarks.baselines.setup

About 2 GB. What cannot be installed is skipped, and the comparison says why. Nothing of it is
committed. MediaPipe is 0.10.18: later releases that look up a metrics host are never installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.baselines.registry import HOME, REPOSITORY, python

MEDIAPIPE = "mediapipe==0.10.18"
PACKAGES = {
    # In one call, and from before they required numpy 2, with which mediapipe does not work.
    "mediapipe": (MEDIAPIPE, "ai-edge-litert", "pandas<3", "pyarrow<20"),
    "signspell": ("signspell==2.0.1", MEDIAPIPE),
}
MODULES = "lib/python3.*/site-packages/mediapipe/modules"


class Skipped(Exception):
    """A part cannot be made; the text is the reason, one line."""


def environment(home: Path, name: str) -> None:
    """A virtual environment with `PACKAGES` of ``name``, by pip."""
    ready, wanted = home / name / "ready", "\n".join(PACKAGES[name])
    if ready.is_file() and ready.read_text() == wanted:
        return
    _run([_interpreter(), "-m", "venv", "--clear", home / name])
    pip: list[str | Path] = [python(home, name), "-m", "pip", "install", "--quiet"]
    _run([*pip, "--disable-pip-version-check", *PACKAGES[name]])
    ready.write_text(wanted)


def bundles(home: Path) -> None:
    """The bundles of the Tasks HandLandmarker, put together from the weights in the wheel.

    Both have the full palm detector: the lite one lacks the metadata that Tasks requires. It
    runs only while searching for a hand.
    """
    modules = next((home / "mediapipe").glob(MODULES), None)
    if modules is None:
        raise Skipped("MediaPipe, whose weights it needs, is not installed")
    for kind in ("lite", "full"):
        with zipfile.ZipFile(home / f"hand_landmarker_{kind}.task", "w") as bundle:
            palm = modules / "palm_detection" / "palm_detection_full.tflite"
            hand = modules / "hand_landmark" / f"hand_landmark_{kind}.tflite"
            bundle.write(palm, "hand_detector.tflite")
            bundle.write(hand, "hand_landmarks_detector.tflite")


def networks(home: Path) -> None:
    """The networks of random weights, by the training extra's environment."""
    if all((home / f"{name}.tflite").is_file() for name in ("ishara-176", "window-70")):
        return
    trainer = REPOSITORY / ".venv-training" / "bin" / "python"
    if not (REPOSITORY / ".venv-training" / "ready").is_file():
        _run(["make", ".venv-training/ready", f"PYTHON={sys.executable}"])
    _run([trainer, "-m", "benchmarks.baselines.networks", home])


PARTS: dict[str, Callable[[Path], None]] = {
    "mediapipe": lambda home: environment(home, "mediapipe"),
    "bundles": bundles,
    "networks": networks,
    "signspell": lambda home: environment(home, "signspell"),
}


def make(home: Path = HOME, say: Callable[[str], object] = print) -> dict[str, str]:
    """Makes all parts; {part: reason} of those that cannot be made."""
    home.mkdir(exist_ok=True)
    reasons: dict[str, str] = {}
    for name, part in PARTS.items():
        try:
            part(home)
        except Skipped as why:
            reasons[name] = str(why)
        say(f"{name}: {'skipped, ' + reasons[name] if name in reasons else 'ready'}")
    (home / "skipped.json").write_text(json.dumps(reasons), encoding="utf-8")
    return reasons


def _interpreter() -> str:
    """A Python that mediapipe 0.10.18 has wheels for: 3.9 to 3.12."""
    if sys.version_info < (3, 13):
        return sys.executable
    found = shutil.which("python3.12") or shutil.which("python3.11")
    if found is None:
        raise Skipped(f"{MEDIAPIPE} needs Python 3.9 to 3.12, and none is installed")
    return found


def _run(command: list[str | Path]) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, errors="replace")
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        raise Skipped(f"{Path(words[0]).name} failed: {(errors or lines or ['no message'])[-1]}")


if __name__ == "__main__":
    make()
