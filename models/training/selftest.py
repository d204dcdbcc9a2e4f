"""Adds a self-test to a bundle: a known input with the expected output, checked at every start.

python -m models.training.selftest models/bundles/ishara-stream

The poses are the rendered signer's, so the bundle contains no real hand. The expected output
is what the model gives on this machine; other runtimes round differently, hence the tolerance.
"""

from __future__ import annotations

import argparse
import base64
import re
from pathlib import Path

import numpy as np

from edge.camera.signer.appearance import Appearance
from edge.camera.signer.motion import Motion
from edge.camera.signer.render import Renderer
from edge.recognize import bundle
from edge.recognize.hand_features import canonical, encode
from edge.recognize.model import StreamingModel
from edge.recognize.selftest import STEPS, SelfTest, read
from models.training import toml

TEXT = "leaf"
HOLD, BLEND = 6, 4
TOLERANCE = 0.2
_SIZE = (640, 480)


def poses(text: str) -> np.ndarray:
    """int8 [len(text), WIDTH]: the features of each letter in the middle of its time."""
    appearance = Appearance.from_seed(0)
    motion = Motion(text, 2.0, 0, 2.4, appearance.tilt)
    renderer = Renderer(appearance, _SIZE)
    shown = [motion.pose((s.start + s.end) / 2) for s in motion.spelled]
    points = np.stack([renderer.joints(pose) for pose in shown if pose is not None])
    hands = canonical(points, _SIZE, np.ones(len(points), bool))
    # Each on its own: a hand that is held does not move.
    rows = [encode(np.stack([hand, hand]), np.ones(2, bool))[-1] for hand in hands]
    return np.rint(np.stack(rows) * STEPS).astype(np.int8)


def record(folder: Path, text: str = TEXT) -> SelfTest:
    """Ask the model in ``folder`` and write the answer into its ``bundle.toml``.

    Raises:
        ValueError: it misreads the poses, so they are no test of it.
    """
    model = StreamingModel(bundle.load(folder))
    asked = SelfTest(text, (0.0,) * len(text), TOLERANCE, HOLD, BLEND, poses(text))
    answer, chances = read(model, asked.ticks())
    if answer != text:
        raise ValueError(f"{folder} reads {answer!r} for {text!r}: choose another text")
    table = {
        "text": text, "chances": [round(chance, 2) for chance in chances],
        "tolerance": TOLERANCE, "hold": HOLD, "blend": BLEND,
        "poses": [base64.b64encode(pose.tobytes()).decode() for pose in asked.poses],
    }  # fmt: skip
    file = folder / bundle.FILE
    file.write_text(written(file.read_text(encoding="utf-8"), table), encoding="utf-8")
    return SelfTest.of(table, asked.poses.shape[1])


def written(text: str, table: dict[str, object]) -> str:
    """``text``, of a ``bundle.toml``, with ``table`` as its self-test."""
    parts = [p for p in re.split(r"(?m)^(?=\[)", text) if not p.startswith("[selftest]")]
    at = next((n for n, p in enumerate(parts) if p.startswith("[provenance]")), len(parts))
    parts.insert(at, "\n".join([*toml.table(table, "selftest")[1:], "", ""]))
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--text", default=TEXT, help="letters of the signer that the model reads")
    args = parser.parse_args()
    test = record(args.folder, args.text)
    print(f"{args.folder}: reads {test.text!r}, chances {test.chances}, {len(test.ticks())} ticks")


if __name__ == "__main__":
    main()
