"""How well the hand tracker sees the signer: hits and landmark error per letter, as Markdown.

Each seed spells the alphabet in an order of its own, then a word with doubled letters, at 3 letters
a second; every frame goes through the project's tracker. A hit is a hand found in a frame. The
error is the median distance, over the 21 landmarks, between the tracker's and the signer's true
joints in the picture, in palm lengths (wrist to knuckle of the middle finger of the same hand
facing the camera).

    python benchmarks/signer_check.py --seeds 20
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edge.camera.signer import Signer
from edge.landmarks import HandTracker

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOVING, HIDDEN = "between letters", "entering and leaving"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many signers")
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument("--speed", type=float, default=3.0, help="letters per second")
    given = parser.parse_args()
    seen: dict[str, list[tuple[bool, float, float]]] = defaultdict(list)
    drawn: list[float] = []
    for seed in range(given.first, given.first + given.seeds):
        order = "".join(np.random.default_rng(seed).permutation(list(LETTERS)))
        for text in (order, "llama happy pizza"):
            watch(Signer(text, seed=seed, speed=given.speed, pace=False), seen, drawn)
    report(seen, drawn, given.seeds)


def watch(
    signer: Signer, seen: dict[str, list[tuple[bool, float, float]]], drawn: list[float]
) -> None:
    """Track one clip; adds (hit, error, right) of each frame under what was shown in it."""
    tracker = HandTracker()
    while True:
        before = time.process_time()
        frame = signer.read()
        if frame is None:
            return
        cost = time.process_time() - before
        truth = signer.truth(frame.time)
        hands = tracker(frame).hands
        if truth is None:
            seen["no hand"].append((bool(hands), np.nan, np.nan))
            continue
        drawn.append(cost)
        kind = shown(signer, frame.time)
        if (truth[:, :2] < 0).any() or (truth[:, :2] > 1).any():
            kind = HIDDEN
        if not hands:
            seen[kind].append((False, np.nan, np.nan))
            continue
        off = (hands[0].points[:, :2] - truth[:, :2]) * signer.size
        error = float(np.median(np.hypot(*off.T))) / signer.palm
        seen[kind].append((True, error, hands[0].right))


def shown(signer: Signer, moment: float) -> str:
    """What is shown at ``moment``: a letter, a doubled letter, or what the hand does instead."""
    before = None
    for spelled in signer.spelled:
        double = before is not None and before.text == spelled.text
        if double and before is not None and before.start <= moment <= spelled.end:
            return "doubled, sliding"
        if spelled.start <= moment <= spelled.end:
            return "space" if spelled.text == " " else spelled.text
        before = spelled
    return MOVING


def report(seen: dict[str, list[tuple[bool, float, float]]], drawn: list[float], n: int) -> None:
    """Print the table, worst first."""
    empty = seen.pop("no hand")
    rows = []
    for kind, frames in seen.items():
        hit, error, right = np.array(frames, np.float64).T
        found = error[hit > 0] if hit.any() else np.array([np.nan])
        rows.append((kind, len(hit), hit.mean(), np.median(found), np.percentile(found, 90), right))
    rows.sort(key=lambda row: (row[2], -row[3]))
    print("| shown | frames | hits % | error median | p90 | right hand % |")
    print("|---|---:|---:|---:|---:|---:|")
    for kind, count, hits, median, high, right in rows:
        share = 100 * np.mean(right[~np.isnan(right)] > 0.5)
        print(f"| {kind} | {count} | {100 * hits:.1f} | {median:.3f} | {high:.3f} | {share:.0f} |")
    letters = [frame for kind, frames in seen.items() if kind in LETTERS for frame in frames]
    hit, error, _ = np.array(letters, np.float64).T
    false = sum(found for found, *_ in empty)
    print(f"\n{n} signers. All letters: {100 * hit.mean():.2f} % hits, ", end="")
    print(f"median error {np.nanmedian(error):.3f} palm lengths. ", end="")
    print(f"Hands seen where there is none: {false} of {len(empty)} frames. ", end="")
    fast, slow = 1e3 * np.percentile(drawn, [50, 95])
    print(f"CPU time to draw a 640x480 frame: median {fast:.1f} ms, p95 {slow:.1f} ms.")


if __name__ == "__main__":
    main()
