"""How soon hands are found, how long they are followed, and what a place without hands costs.

    python benchmarks/finding.py photos          # how soon the hand of each photo is found
    python benchmarks/finding.py clips FOLDER... # frames with a hand, tracks and how long they last
    python benchmarks/finding.py room PICTURE... # pictures without hands, moved before the camera

One thread. No text is read.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from edge.camera import open_camera
from edge.camera.frame import Frame
from edge.landmarks import HandTracker
from edge.landmarks.profile import PROFILES

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FPS = 30
ROOM_S = 30


class Counted:
    """A model that counts its calls."""

    def __init__(self, model: Any) -> None:
        self.calls, self._model = 0, model

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        return self._model(*args, **options)


def picture(file: Path) -> np.ndarray[Any, Any]:
    """RGB uint8 [height, width, 3]."""
    made = cv2.imread(str(file))
    if made is None:
        sys.exit(f"finding: {file} is no picture")
    return cv2.cvtColor(made, cv2.COLOR_BGR2RGB)


def photos(tracker: HandTracker, files: Iterable[Path]) -> None:
    """Each photo stands for a second."""
    at_once = within = count = 0
    for file in files:
        count += 1
        pixels = picture(file)
        tracker.reset()
        for n in range(FPS):
            if tracker(Frame(pixels, n / FPS, n / FPS, n)).hands:
                at_once += n == 0
                within += 1
                break
    print(f"{count} photos: hand found in the first frame {at_once}, later within a second "
          f"{within - at_once}, never {count - within}")  # fmt: skip


def clips(tracker: HandTracker, files: Iterable[Path]) -> None:
    print("| clip | frames | with a hand | tracks, frames each |\n|---|---|---|---|")
    frames = found = count = short = 0
    for file in files:
        tracker.reset()
        source = open_camera(f"video:{file}?pace=0")
        tracks: dict[int, int] = {}
        here = seen = 0
        while (frame := source.read()) is not None:
            hands = tracker(frame).hands
            here, seen = here + 1, seen + bool(hands)
            for hand in hands:
                tracks[hand.track] = tracks.get(hand.track, 0) + 1
        source.close()
        print(f"| {file.stem} | {here} | {seen} | {' '.join(map(str, tracks.values()))} |")
        frames, found, count = frames + here, found + seen, count + len(tracks)
        short += sum(lasts < 5 for lasts in tracks.values())
    print(f"| all | {frames} | {found} | {count} tracks, {short} shorter than 5 frames |")


@cache
def noise(height: int, width: int) -> np.ndarray[Any, Any]:
    """A camera's, with a deviation of 3 levels: [height, width, 3], larger than the picture."""
    made = np.random.default_rng(1).normal(0, 3, (height + 32, width + 32, 3))
    return np.round(made).astype(np.int16)


def noisy(pixels: np.ndarray[Any, Any], n: int) -> np.ndarray[Any, Any]:
    """The picture as frame ``n`` of a camera."""
    high, wide = pixels.shape[:2]
    top, left = 7 * n % 32, 11 * n % 31
    part = noise(high, wide)[top : top + high, left : left + wide]
    return np.clip(pixels + part, 0, 255).astype(np.uint8)


def moving(pixels: np.ndarray[Any, Any], width: int = 640, height: int = 480) -> Iterator[Frame]:
    """The picture, moved to and fro, nearer and away, with a camera's noise."""
    high, wide = pixels.shape[:2]
    for n in range(ROOM_S * FPS):
        turn = 2 * math.pi * n / (4 * FPS)
        scale = min(high / height, wide / width) * (0.8 + 0.15 * math.sin(2 * turn))
        x = wide * (0.5 + 0.1 * math.sin(turn)) - scale * width / 2
        y = high * (0.5 + 0.1 * math.cos(turn)) - scale * height / 2
        way = np.array([[scale, 0, x], [0, scale, y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(
            pixels, way, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT
        )
        yield Frame(noisy(seen, n), n / FPS, n / FPS, n)


def still(pixels: np.ndarray[Any, Any]) -> Iterator[Frame]:
    """The picture, with a camera's noise."""
    first = next(moving(pixels)).pixels
    for n in range(1, 1 + ROOM_S * FPS):
        yield Frame(noisy(first, n), n / FPS, n / FPS, n)


def room(tracker: HandTracker, files: Iterable[Path]) -> None:
    looks, palms = Counted(tracker._hand_model), Counted(tracker._palm_detector)
    tracker._hand_model, tracker._palm_detector = looks, palms  # type: ignore[assignment]
    print("a minute: | searches | looks of the hand model | CPU, s | frames with a hand")
    for name, way in (("moving", moving), ("still", still)):
        looks.calls = palms.calls = frames = found = 0
        busy = 0.0
        for file in files:
            tracker.reset()
            before = looks.calls
            for frame in way(picture(file)):
                began = time.process_time()
                found += bool(tracker(frame).hands)
                busy += time.process_time() - began
                frames += 1
            if looks.calls > before:
                print(f"{file.name} {name}: {looks.calls - before} looks", file=sys.stderr)
        minutes = frames / FPS / 60
        print(f"{name} | {palms.calls / minutes:.0f} | {looks.calls / minutes:.1f} | "
              f"{busy / minutes:.2f} | {found / minutes:.0f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("photos", "clips", "room"))
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="or folders of them")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="balanced")
    options = parser.parse_args()
    given = options.files or [DATA / "photos" if options.what == "photos" else DATA / "real"]
    files = [f for at in given for f in (sorted(at.rglob("*.*")) if at.is_dir() else [at])]
    wanted = (".mp4",) if options.what == "clips" else (".jpg", ".png")
    files = [file for file in files if file.suffix in wanted]
    tracker = HandTracker(profile=PROFILES[options.profile])
    {"photos": photos, "clips": clips, "room": room}[options.what](tracker, files)


if __name__ == "__main__":
    main()
