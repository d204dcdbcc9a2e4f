"""Compares Ishara's holistic tracker with MediaPipe Holistic 0.10.18 on clips; prints Markdown.

    python -m benchmarks.holistic_parity --mediapipe-python VENV/bin/python [DATA] [--time 3]

MediaPipe runs in an environment of its own, as for `benchmarks.landmark_parity`. DATA holds
``video/ARE.mp4`` and ``real/words/*.mp4``, of which every fifth is taken. Both sides take each
clip for one of 30 frames a second, as MediaPipe does. Exits with 1 where the bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.landmark_parity import REPOSITORY, WARM_UP, environment, frames
from edge.camera.frame import Frame
from edge.landmarks import Landmarks
from edge.landmarks.body import FACE_POINTS, LEFT_SHOULDER, POSE_POINTS, RIGHT_SHOULDER
from edge.landmarks.holistic import HolisticTracker
from edge.landmarks.profile import PROFILES

RATE = 30.0
EVERY_FIFTH = 5
FACE_SIDES = (234, 454)  # points at the cheekbones
# part -> (points, the two points whose distance is the unit, what that is, the bar in %)
PARTS = {
    "left": (21, (0, 9), "palm length", 2.0),
    "right": (21, (0, 9), "palm length", 2.0),
    "pose": (POSE_POINTS, (LEFT_SHOULDER, RIGHT_SHOULDER), "shoulder width", 3.0),
    "face": (FACE_POINTS, FACE_SIDES, "face width", 1.0),
}
MODES = {1: "every frame", 10: "every tenth"}
"""How often the pose model runs: frames."""

Answers = Mapping[str, Any]
"""Of one clip: "pose", "face", "left" and "right" [n, points, 3] image-normalised or NaN;
"checksum" [n] of the decoded pixels; "seconds" [n] of CPU time; "size" (width, height)."""


def ours(clip: Path, profile: str, pose_every: int, search_interval: float) -> Answers:
    """Ishara's answers."""
    tracker = HolisticTracker(
        PROFILES[profile], search_interval=search_interval, pose_every=pose_every
    )
    seen: dict[str, list[Any]] = {name: [] for name in (*PARTS, "checksum", "seconds")}
    size = (0, 0)
    for n, (pixels, _) in enumerate(frames(clip)):
        start = time.process_time()
        landmarks = tracker(Frame(pixels, n / RATE, n / RATE, n))
        seen["seconds"].append(time.process_time() - start)
        seen["checksum"].append(zlib.crc32(pixels))
        for name, points in _parts(landmarks).items():
            seen[name].append(np.full((PARTS[name][0], 3), np.nan) if points is None else points)
        size = landmarks.size
    return {name: np.array(rows) for name, rows in seen.items()} | {"size": size}


def _parts(landmarks: Landmarks) -> dict[str, Any]:
    hands = {hand.right >= 0.5: hand.points for hand in landmarks.hands}
    return {
        "left": hands.get(False),
        "right": hands.get(True),
        "pose": landmarks.pose and landmarks.pose.points,
        "face": landmarks.face and landmarks.face.points,
    }


def theirs(python: str, clips: list[Path]) -> tuple[list[Answers], str]:
    """MediaPipe's answers and its version, from the other environment."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "answers.npz")
        job = {"clips": [str(clip) for clip in clips], "out": out}
        script = Path(__file__).with_name("mediapipe_holistic.py")
        done = subprocess.run(
            [python, str(script)], input=json.dumps(job), text=True, capture_output=True
        )
        if done.returncode:
            sys.exit(f"{python} could not run MediaPipe:\n{done.stderr}")
        names = (*PARTS, "checksum", "seconds")
        with np.load(out) as found:
            answers = [
                {name: found[f"{number}/{name}"] for name in names} for number in range(len(clips))
            ]
            return answers, str(found["version"])


def distances(part: str, mine: Answers, other: Answers) -> Any:
    """[frames where both see the part, points], % of MediaPipe's unit."""
    _, (start, end), _, _ = PARTS[part]
    there = _seen(mine, part) & _seen(other, part)
    a, b = (side[part][there][..., :2] * np.array(mine["size"]) for side in (mine, other))
    unit = np.linalg.norm(b[:, end] - b[:, start], axis=1)
    return 100 * np.linalg.norm(a - b, axis=2) / unit[:, None]


def _seen(answers: Answers, part: str) -> Any:
    return ~np.isnan(answers[part][:, 0, 0])


def parity(mine: list[Answers], other: list[Answers], clips: list[Path]) -> bool:
    """Prints the comparison; True where the bars are met."""
    print(
        "| part | clip | frames | theirs | both | ours only | median, % | p95 | of |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    met = True
    for part, (_, _, unit, bar) in PARTS.items():
        every = []
        for clip, a, b in zip(clips, mine, other, strict=True):
            gaps = distances(part, a, b)
            every.append(gaps.ravel())
            x, y = _seen(a, part), _seen(b, part)
            middle, high = _spread(gaps)
            print(
                f"| {part} | {clip.stem} | {len(x)} | {y.sum()} | {(x & y).sum()} "
                f"| {(x & ~y).sum()} | {middle:.2f} | {high:.2f} | {unit} |"
            )
        middle, high = _spread(np.concatenate(every))
        met = met and middle <= bar
        print(f"| **{part}** | all | | | | | **{middle:.2f}** | {high:.2f} | bar {bar:g} % |")
    return met


def _spread(gaps: Any) -> tuple[float, float]:
    if not gaps.size:
        return float("nan"), float("nan")
    return float(np.median(gaps)), float(np.percentile(gaps, 95))


def timing(args: argparse.Namespace, clips: list[Path]) -> None:
    """Prints the CPU time a frame of both sides, run alternately."""
    sides = [(profile, every) for profile in ("accurate", "balanced") for every in MODES]
    spent: dict[str, list[float]] = {}
    for _ in range(args.time):
        answers, _ = theirs(args.mediapipe_python, clips)
        spent.setdefault("mp.solutions.holistic", []).append(_per_frame(answers))
        for profile, every in sides:
            run = [ours(clip, profile, every, 0.1) for clip in clips]
            name = f"Ishara, {profile}, pose {MODES[every]}"
            spent.setdefault(name, []).append(_per_frame(run))
    base = np.array(spent["mp.solutions.holistic"])
    print(f"\n## CPU time a frame, {args.time} runs in turn\n")
    print("| | median, ms | runs | times less |\n|---|---|---|---|")
    for name, runs in spent.items():
        less = np.median(base / np.array(runs))
        each = ", ".join(f"{ms:.1f}" for ms in runs)
        print(f"| {name} | {np.median(runs):.1f} | {each} | {less:.2f} |")
    print("\nNot measured on a Raspberry Pi: trust the ratio, not the milliseconds.")


def _per_frame(answers: list[Answers]) -> float:
    """CPU-milliseconds; without the first frames of each clip."""
    return float(1e3 * np.concatenate([a["seconds"][WARM_UP:] for a in answers]).mean())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--mediapipe-python", required=True, metavar="PATH")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="accurate")
    parser.add_argument("--pose-every", type=int, default=1, metavar="FRAMES")
    parser.add_argument("--time", type=int, default=0, metavar="RUNS", help="measure CPU time too")
    args = parser.parse_args()
    words = sorted(args.data.glob("real/words/*.mp4"))[::EVERY_FIFTH]
    clips = [clip for clip in (args.data / "video" / "ARE.mp4", *words) if clip.is_file()]
    if len(clips) < 2:
        parser.error(f"{args.data} holds no video/ARE.mp4 or no real/words/*.mp4")
    other, version = theirs(args.mediapipe_python, clips)
    mine = [ours(clip, args.profile, args.pose_every, 0.0) for clip in clips]
    differ = sum(
        int((a["checksum"] != b["checksum"]).sum()) for a, b in zip(mine, other, strict=True)
    )
    print(
        f"# Holistic parity, {args.profile}, pose {MODES.get(args.pose_every, args.pose_every)}\n"
    )
    print(f"{environment()}; reference: mediapipe {version}, mp.solutions.holistic, complexity 1.")
    print(f"Pictures decoded differently: {differ}. Distances between points, in the picture.\n")
    met = parity(mine, other, clips)
    print(f"\nBar, medians over all clips: {'met' if met else 'MISSED'}.")
    if args.time:
        timing(args, clips)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
