"""The MediaPipe half of `holistic_parity`: runs where mediapipe is installed, without `edge`.

A job comes as JSON on stdin: ``clips`` (paths; each is tracked alone), ``out``. The answer is the
npz file ``out``, read by `holistic_parity`: for each clip its arrays, a row a frame.
"""

import json
import sys
import time
import zlib

import cv2
import mediapipe
import numpy as np

PARTS = {
    "pose": ("pose_landmarks", 33),
    "face": ("face_landmarks", 468),
    "left": ("left_hand_landmarks", 21),
    "right": ("right_hand_landmarks", 21),
}


def frames(path):
    clip = cv2.VideoCapture(path)
    while True:
        there, picture = clip.read()
        if not there:
            return
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def points(answer, name, count):
    """[count, 3] image-normalised, NaN where nothing was found."""
    found = getattr(answer, name)
    if found is None:
        return np.full((count, 3), np.nan)
    return np.array([(p.x, p.y, p.z) for p in found.landmark])


def main():
    job = json.load(sys.stdin)
    out = {"version": mediapipe.__version__}
    for number, clip in enumerate(job["clips"]):
        seen = {name: [] for name in (*PARTS, "checksum", "seconds")}
        with mediapipe.solutions.holistic.Holistic(model_complexity=1) as holistic:
            for pixels in frames(clip):
                start = time.process_time()
                answer = holistic.process(pixels)
                seen["seconds"].append(time.process_time() - start)
                seen["checksum"].append(zlib.crc32(pixels))
                for name, (attribute, count) in PARTS.items():
                    seen[name].append(points(answer, attribute, count))
        out |= {f"{number}/{name}": np.array(rows) for name, rows in seen.items()}
    np.savez(job["out"], **out)


if __name__ == "__main__":
    main()
