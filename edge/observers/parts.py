"""The landmarks of a frame by the parts of a recording."""

from __future__ import annotations

from edge.camera import Frame
from edge.landmarks import Landmarks
from edge.recording import FoundParts


def parts_of(frame: Frame, landmarks: Landmarks) -> FoundParts:
    """What was found in ``frame``; all that came with it, where it is of a recording.

    Of two hands, the one that is more likely the right one is it.
    """
    if frame.parts is not None:
        return frame.parts
    hands = sorted(landmarks.hands[:2], key=lambda hand: hand.right)
    sides = (
        ("left_hand", "right_hand")
        if len(hands) == 2
        else ("right_hand" if hand.right >= 0.5 else "left_hand" for hand in hands)
    )
    found = {side: hand.points for side, hand in zip(sides, hands, strict=True)}
    if landmarks.pose:
        found["pose"] = landmarks.pose.points
    if landmarks.face:
        found["face"] = landmarks.face.points
    return found
