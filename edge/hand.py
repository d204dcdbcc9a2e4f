"""One hand of 21 points: how they are numbered."""

from __future__ import annotations

# MediaPipe's order: the wrist, then four points of each finger from its base to its tip, thumb
# first (https://ai.google.dev/edge/mediapipe/solutions/vision/hand_landmarker).
HAND_POINTS = 21
WRIST = 0
THUMB_CMC, THUMB_MCP, THUMB_IP, THUMB_TIP = 1, 2, 3, 4
INDEX_BASE, MIDDLE_BASE, RING_BASE, LITTLE_BASE = 5, 9, 13, 17
FINGER_BASES = (INDEX_BASE, MIDDLE_BASE, RING_BASE, LITTLE_BASE)
FINGERTIPS = (4, 8, 12, 16, 20)
