"""The landmarks of a frame by the parts of a recording."""

from __future__ import annotations

from edge.camera import Frame
from edge.landmarks import Landmarks
from edge.recording import Parts


def parts_of(frame: Frame, landmarks: Landmarks) -> Parts:
    """What was found, and what else came with the frame of a recording (its pose, its face).

    Of two hands, the one that is more likely the right one is it.
    """
    parts = {name: points for name, points in (frame.parts or {}).items() if "hand" not in name}
    hands = sorted(landmarks.hands[:2], key=lambda hand: hand.right)
    if len(hands) == 2:
        parts["left_hand"], parts["right_hand"] = (hand.points for hand in hands)
    for hand in hands[:1] if len(hands) == 1 else ():
        parts["right_hand" if hand.right >= 0.5 else "left_hand"] = hand.points
    return parts
