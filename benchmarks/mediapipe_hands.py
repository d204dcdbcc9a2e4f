"""The MediaPipe half of `landmark_parity`: runs where mediapipe is installed, without `edge`.

A job comes as JSON on stdin: ``photos`` (each seen alone), ``video`` (tracked), ``complexity``
(0 lite, 1 full), ``out``. The answer is the npz file ``out``, read by `landmark_parity`.
"""

import json
import sys
import time
import zlib

import cv2
import mediapipe
import numpy as np


def look(hands, picture):
    """(points [21, 3] image-normalised or NaN, right, checksum of the pixels, CPU seconds)."""
    pixels = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    start = time.process_time()
    answer = hands.process(pixels)
    spent = time.process_time() - start
    points, right = np.full((21, 3), np.nan), False
    if answer.multi_hand_landmarks:
        points = np.array([(p.x, p.y, p.z) for p in answer.multi_hand_landmarks[0].landmark])
        # MediaPipe takes the picture for a selfie, mirrored: its "Left" is a right hand here.
        right = answer.multi_handedness[0].classification[0].label == "Left"
    return points, right, zlib.crc32(pixels), spent


def frames(path):
    clip = cv2.VideoCapture(path)
    while True:
        there, picture = clip.read()
        if not there:
            return
        yield picture


def main():
    job = json.load(sys.stdin)
    made = mediapipe.solutions.hands.Hands
    seen = []
    with made(True, max_num_hands=1, model_complexity=job["complexity"]) as hands:
        seen += [look(hands, cv2.imread(path)) for path in job["photos"]]
    with made(False, max_num_hands=1, model_complexity=job["complexity"]) as hands:
        seen += [look(hands, picture) for picture in frames(job["video"])]
    points, right, checksum, seconds = zip(*seen, strict=True)
    np.savez(
        job["out"],
        points=np.array(points),
        right=np.array(right),
        checksum=np.array(checksum, np.uint32),
        seconds=np.array(seconds),
        version=mediapipe.__version__,
    )


if __name__ == "__main__":
    main()
