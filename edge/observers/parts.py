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
    if len(hands) == 2:
        return {"left_hand": hands[0].points, "right_hand": hands[1].points}
    return {"right_hand" if hand.right >= 0.5 else "left_hand": hand.points for hand in hands}
