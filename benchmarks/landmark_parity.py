"""Compares Ishara's hand tracker with MediaPipe 0.10.18 on photos and a video; prints Markdown.

    python benchmarks/landmark_parity.py --mediapipe-python VENV/bin/python [DATA] [--time 5]

MediaPipe needs other packages than Ishara, so it runs in an environment of its own
(``python3.11 -m venv VENV && VENV/bin/pip install mediapipe==0.10.18``). DATA holds
``photos/SOURCE/LETTER/*.jpg`` and ``video/ARE.mp4``. Both sides look for one hand; each photo is
seen alone, the video is tracked. Exits with 1 where the bar is missed.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edge.camera.frame import Frame
from edge.landmarks import HandTracker, Landmarks
from edge.landmarks.profile import PROFILES
from edge.runtime import interpreter_class

REPOSITORY = Path(__file__).resolve().parent.parent
MEDIAN_BAR, HITS_BAR = 0.5, 98.0  # % of palm length, % of MediaPipe's hits
WARM_UP = 10  # frames of a clip that are not timed

Floats = NDArray[np.float64]


@dataclass
class Answers:
    """One side's answers, a row a picture.

    Attributes:
        points: [n, 21, 3] image-normalised, NaN where no hand was found.
        right: [n] bool, the signer's right hand.
        checksum: [n], of the decoded pixels.
        seconds: [n], CPU time.
    """

    points: Floats
    right: NDArray[np.bool_]
    checksum: NDArray[np.uint32]
    seconds: Floats


@dataclass
class Row:
    """How one source of pictures compares."""

    source: str
    pictures: int
    theirs: int
    both: int
    ours_only: int
    distance: Floats
    depth: Floats
    same_hand: int

    @property
    def hits(self) -> float:
        return 100 * self.both / max(self.theirs, 1)

    def markdown(self) -> str:
        distances = self.distance if len(self.distance) else np.array([np.nan])
        depths = self.depth if len(self.depth) else np.array([np.nan])
        return (
            f"| {self.source} | {self.pictures} | {self.theirs} | {self.hits:.1f} "
            f"| {self.ours_only} | {np.median(distances):.3f} | {np.percentile(distances, 95):.3f} "
            f"| {np.median(depths):.3f} | {100 * self.same_hand / max(self.both, 1):.1f} |"
        )


def frames(video: Path) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """RGB pixels and time of each frame of a clip."""
    clip = cv2.VideoCapture(str(video))
    rate = clip.get(cv2.CAP_PROP_FPS)
    n = 0
    while True:
        there, picture = clip.read()
        if not there:
            return
        yield rgb(picture), n / rate
        n += 1


def rgb(picture: Any) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    return pixels


def ours(photos: list[Path], video: Path, name: str, search: float) -> tuple[Answers, Any]:
    """Ishara's answers, and the sizes [n, 2] of the pictures."""
    tracker = HandTracker(profile=PROFILES[name], search_interval=search)
    seen, sizes, checksums, seconds = [], [], [], []

    def look(pixels: NDArray[np.uint8], at: float) -> None:
        start = time.process_time()
        landmarks = tracker(Frame(pixels, at, at, 0))
        seconds.append(time.process_time() - start)
        seen.append(one(landmarks))
        sizes.append(landmarks.size)
        checksums.append(zlib.crc32(pixels))

    for photo in photos:
        tracker.reset()
        look(rgb(cv2.imread(str(photo))), 0.0)
    tracker.reset()
    for pixels, at in frames(video):
        look(pixels, at)
    points, right = zip(*seen, strict=True)
    answers = Answers(
        np.array(points), np.array(right), np.array(checksums, np.uint32), np.array(seconds)
    )
    return answers, np.array(sizes)


def one(landmarks: Landmarks) -> tuple[Any, bool]:
    if not landmarks.hands:
        return np.full((21, 3), np.nan), False
    return landmarks.hands[0].points, landmarks.hands[0].right >= 0.5


def theirs(python: str, photos: list[Path], video: Path) -> tuple[Answers, str]:
    """MediaPipe's answers and its version, from the other environment."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "answers.npz")
        job = {"photos": [str(path) for path in photos], "video": str(video)}
        job |= {"complexity": 1, "out": out}  # type: ignore[dict-item]
        script = Path(__file__).with_name("mediapipe_hands.py")
        done = subprocess.run(
            [python, str(script)], input=json.dumps(job), text=True, capture_output=True
        )
        if done.returncode:
            sys.exit(f"{python} could not run MediaPipe:\n{done.stderr}")
        with np.load(out) as found:
            names = ("points", "right", "checksum", "seconds")
            return Answers(*(found[name] for name in names)), str(found["version"])


def compare(source: str, mine: Answers, other: Answers, sizes: Any, rows: Any) -> Row:
    """The pictures ``rows`` (bool [n]) of both sides; distances in % of MediaPipe's palm length."""
    scale = np.stack([sizes[:, 0], sizes[:, 1], sizes[:, 0]], axis=-1)[:, None]
    found, expected = (~np.isnan(side.points[:, 0, 0]) & rows for side in (mine, other))
    both = found & expected
    reference = (other.points * scale)[both]
    gap = (mine.points * scale)[both] - reference
    palm = np.linalg.norm(reference[:, 9, :2] - reference[:, 0, :2], axis=1)[:, None]
    return Row(
        source=source,
        pictures=int(rows.sum()),
        theirs=int(expected.sum()),
        both=int(both.sum()),
        ours_only=int((found & ~expected).sum()),
        distance=(100 * np.linalg.norm(gap[..., :2], axis=2) / palm).ravel(),
        depth=(100 * np.abs(gap[..., 2]) / palm).ravel(),
        same_hand=int((mine.right == other.right)[both].sum()),
    )


def parity(args: argparse.Namespace, photos: list[Path], video: Path) -> bool:
    """Prints the comparison; True where the bar is met."""
    mine, sizes = ours(photos, video, args.profile, args.search_interval)
    other, version = theirs(args.mediapipe_python, photos, video)
    sources = np.array([path.parent.parent.name for path in photos])
    names = np.concatenate([sources, np.full(len(sizes) - len(photos), video.name)])
    is_video = np.arange(len(names)) >= len(photos)
    rows = [compare(name, mine, other, sizes, names == name) for name in np.unique(names)]
    rows.sort(key=lambda row: (row.hits >= HITS_BAR, -np.median(row.distance)))
    totals = [
        compare("**photos**", mine, other, sizes, ~is_video),
        compare(f"**{video.name}**", mine, other, sizes, is_video),
    ]
    differ = int((mine.checksum != other.checksum).sum())
    print(f"# Landmark parity, {args.profile}\n")
    print(f"{environment()}; reference: mediapipe {version}, mp.solutions.hands, one hand.")
    print(f"Search interval {args.search_interval} s. Pictures decoded differently: {differ}.\n")
    print(
        "Distances in % of palm length (wrist to joint 9, in pixels), "
        "over the pictures where both found a hand.\n"
    )
    print(
        "| source | pictures | its hits | ours of its hits, % | ours only | median | p95 "
        "| depth, median | handedness agrees, % |\n|---|---|---|---|---|---|---|---|---|"
    )
    print("\n".join(row.markdown() for row in totals + rows if row.source != video.name))
    met = all(row.hits >= HITS_BAR and np.median(row.distance) <= MEDIAN_BAR for row in totals)
    print(f"\nBar: median <= {MEDIAN_BAR} %, hits >= {HITS_BAR:g} %: {'met' if met else 'MISSED'}.")
    return bool(met)


def timing(args: argparse.Namespace, video: Path) -> None:
    """Prints CPU time per tracked frame of both sides, run alternately."""
    mine, other = [], []
    for _ in range(args.time):
        answers, _ = ours([], video, args.profile, args.search_interval)
        mine.append(per_tracked_frame(answers))
        answers, _ = theirs(args.mediapipe_python, [], video)
        other.append(per_tracked_frame(answers))
    ratios = np.array(mine) / np.array(other)
    print(f"\n## CPU time per tracked frame, {video.name}, {args.time} runs in turn\n")
    print("| | median, ms | runs |\n|---|---|---|")
    for name, runs in (("Ishara", mine), ("mp.solutions.hands", other)):
        print(f"| {name} | {np.median(runs):.2f} | {', '.join(f'{ms:.2f}' for ms in runs)} |")
    print(
        f"\nRatio {np.median(ratios):.2f} (of each pair {ratios.min():.2f}-{ratios.max():.2f}). "
        "Not measured on a Raspberry Pi: trust the ratio, not the milliseconds."
    )


def per_tracked_frame(answers: Answers) -> float:
    """CPU-milliseconds, search included, for each frame with a hand; without the first frames."""
    hits = ~np.isnan(answers.points[WARM_UP:, 0, 0])
    return float(1e3 * answers.seconds[WARM_UP:].sum() / hits.sum())


def environment() -> str:
    runtime, _ = interpreter_class()
    return f"{platform.machine()}, Python {platform.python_version()}, {runtime}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--mediapipe-python", required=True, metavar="PATH")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="accurate")
    parser.add_argument("--search-interval", type=float, default=0.1, metavar="SECONDS")
    parser.add_argument("--time", type=int, default=0, metavar="RUNS", help="measure CPU time too")
    args = parser.parse_args()
    photos = sorted(args.data.glob("photos/*/*/*.jpg"))
    video = args.data / "video" / "ARE.mp4"
    if not photos or not video.is_file():
        parser.error(f"{args.data} holds no photos/SOURCE/LETTER/*.jpg or no video/ARE.mp4")
    met = parity(args, photos, video)
    if args.time:
        timing(args, video)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
