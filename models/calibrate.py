"""The ranges of the hand models' activations, for their 8-bit form.

    python -m models.calibrate ../shared/data

Runs the float models on hands: photos of training signers, as the tracker cuts them out and a
little off, and the rendered signer. Writes ``models/landmark_ranges.toml``: the lowest and highest
value of every activation that becomes int8. True extremes, not averages of them: an average clips
the wrist, which lies at the end of the range.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.signer import Signer
from edge.landmarks import derived, weights
from edge.landmarks.hand_model import HandModel
from edge.landmarks.int8 import activations
from edge.landmarks.palm import PalmDetector
from edge.landmarks.roi import Cropper, Roi, from_landmarks
from edge.landmarks.tracker import MARGINS, MIN_PRESENCE

SIGNERS = ("Aashritha-T", "mannan-123", "saivardhan26123", "snrao310")
"""Training signers whose photos are used; none of the validation signers'."""

TEXTS = ("the quick brown fox", "jumps over lazy", "dog in my zebra vest")
CROPS_PER_SIGNER = 90
"""Crops of each signer."""

OUT = Path(__file__).with_name("landmark_ranges.toml")
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def regions(pixels: Pixels, detector: PalmDetector, hand_model: HandModel) -> list[Roi]:
    """Where the tracker would crop the hand in a picture: after detection and while tracking."""
    for margin in dict.fromkeys(MARGINS):
        for palm in detector(pixels, margin)[:1]:
            view = hand_model(pixels, palm.roi)
            if view.presence >= MIN_PRESENCE:
                first = from_landmarks(view.points)
                return [palm.roi, first, from_landmarks(hand_model(pixels, first).points)]
    return []


def crops(data: Path, rng: np.random.Generator) -> Iterator[Floats]:
    """Inputs of the hand models, float32 [1, 224, 224, 3] in 0-1."""
    detector = PalmDetector(weights.path("palm_detection_full"))
    hand_model = HandModel(weights.path("hand_landmark_full"))
    crop = Cropper(224)
    for signer in SIGNERS:
        cut = []
        for photo in sorted((data / "photos" / signer).rglob("*.jpg")):
            picture = cv2.imread(str(photo))
            pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
            for roi in regions(pixels, detector, hand_model):
                cut += [crop(pixels, region).copy() for region in (roi, _jittered(roi, rng))]
        print(f"{signer}: {len(cut)} crops", file=sys.stderr)
        yield from (cut[n] for n in rng.permutation(len(cut))[:CROPS_PER_SIGNER])
    for seed, text in enumerate(TEXTS, 500):
        source = Signer(text, seed=seed, pace=False)
        while (frame := source.read()) is not None:
            if frame.index % 7 == 0:
                for roi in regions(frame.pixels, detector, hand_model)[-1:]:
                    yield crop(frame.pixels, roi).copy()


def _jittered(roi: Roi, rng: np.random.Generator) -> Roi:
    x, y, size, angle = rng.normal(0, (0.03, 0.03, 0.06, 0.1))
    return Roi(
        roi.x + x * roi.size, roi.y + y * roi.size, roi.size * np.exp(size), roi.angle + angle
    )


def ranges(name: str, inputs: list[Floats]) -> dict[str, tuple[float, float]]:
    """The extremes of each activation of the weights ``name`` over ``inputs``."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    model = weights.path(name)
    # XNNPACK keeps no values between its operators; the plain kernels do when asked.
    interpreter: Any = Interpreter(
        model_path=str(model),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    wanted = activations(model.read_bytes())
    low = dict.fromkeys(wanted, np.inf)
    high = dict.fromkeys(wanted, -np.inf)
    for x in inputs:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        for tensor, index in wanted.items():
            values = interpreter.get_tensor(index)
            low[tensor] = min(low[tensor], values.min())
            high[tensor] = max(high[tensor], values.max())
    return {tensor: (float(low[tensor]), float(high[tensor])) for tensor in wanted}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="the folder with photos/SIGNER/LETTER/*.jpg")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    inputs = list(crops(options.data, np.random.default_rng(options.seed)))
    lines = [
        "# Lowest and highest value of each activation of the hand models, by the tensor's name:",
        f"# `python -m models.calibrate DATA --seed {options.seed}`, {len(inputs)} crops.",
    ]
    for name in derived.EIGHT_BIT:
        lines += ["", f"[{name}]"]
        for tensor, (low, high) in ranges(name, inputs).items():
            lines.append(f'"{tensor}" = [{low:.6g}, {high:.6g}]')
        print(f"{name}: done", file=sys.stderr)
    OUT.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
