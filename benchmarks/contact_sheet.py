"""Draws docs/alphabet.png: the signer's handshapes, each by another signer.

python benchmarks/contact_sheet.py docs/alphabet.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edge.camera.signer import Signer

LETTERS = "abcdefghijklmnopqrstuvwxyz"
COLUMNS, TILE = 7, 172
SEEDS = (3, 16, 5, 4, 13, 28, 17, 29, 21)
MOMENTS = {"j": (0.05, 0.95), "z": (0.05, 0.95)}  # drawn letters: their start and their end


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path)
    picture = parser.parse_args().picture
    tiles = []
    for k, letter in enumerate(LETTERS):
        seed = SEEDS[k % len(SEEDS)]
        tiles.extend(tile(letter, seed, share) for share in MOMENTS.get(letter, (0.5,)))
    rows = [np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)]
    sheet = np.vstack(rows)
    cv2.imwrite(str(picture), sheet[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{picture}: {sheet.shape[1]}x{sheet.shape[0]}, {picture.stat().st_size // 1000} kB")


def tile(letter: str, seed: int, share: float) -> NDArray[np.uint8]:
    """One letter, cut out of its frame and labelled: RGB [TILE, TILE, 3]."""
    signer = Signer(letter, seed=seed, pace=False, size=(960, 720), speed=2)
    shown = signer.spelled[0]
    moment = shown.start + share * (shown.end - shown.start)
    frame = signer.read()
    while frame is not None and frame.time < moment:
        frame = signer.read()
    assert frame is not None, "the clip outlasts its letters"
    joints = signer.truth(frame.time)
    assert joints is not None, "the hand is up while it spells"
    spots = joints[:, :2] * signer.size
    half = int(1.38 * signer.palm)
    x, y = ((spots.max(0) + spots.min(0)) / 2 + (0, 0.22 * signer.palm)).astype(int)
    x = int(np.clip(x, half, signer.size[0] - half))
    y = int(np.clip(y, half, signer.size[1] - half))
    cut = frame.pixels[y - half : y + half, x - half : x + half]
    small = cv2.resize(cut, (TILE, TILE), interpolation=cv2.INTER_AREA)
    # Without its noise, and in coarser colours, the picture packs into a third of the bytes.
    small = cv2.bilateralFilter(small, 5, 18, 2) // 6 * 6 + 3
    for colour, thick in (((0, 0, 0), 4), ((255, 255, 255), 2)):
        spot, font = (8, 26), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(small, letter.upper(), spot, font, 0.8, colour, thick, cv2.LINE_AA)
    return np.asarray(small, np.uint8)


if __name__ == "__main__":
    main()
