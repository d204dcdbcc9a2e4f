"""When the signer's hand is in view, by its own truth."""

from __future__ import annotations

import numpy as np

from edge.camera.signer import Signer

SEEN = (0, 5, 9, 13, 17)
"""Joints that must be inside the picture for the hand to be in view: the wrist and the knuckles,
on which the tracker's region rests."""

_STEP = 0.002


def in_view(signer: Signer, moment: float) -> bool:
    """Whether the wrist and all knuckles are inside the picture ``moment`` seconds from the
    first frame."""
    joints = signer.truth(moment)
    if joints is None:
        return False
    spots = joints[SEEN, :2]
    return bool(np.all((spots >= 0) & (spots < 1)))


def appears(signer: Signer) -> float:
    """Seconds from the first frame at which the hand comes into view."""
    moment = 0.0
    while not in_view(signer, moment):
        moment += _STEP
    return moment


def leaves(signer: Signer) -> float:
    """Seconds from the first frame at which the hand goes out of view and stays out."""
    moment = signer.duration
    while not in_view(signer, moment):
        moment -= _STEP
    return moment
