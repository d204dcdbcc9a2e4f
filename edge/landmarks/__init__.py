"""The landmark stage: `edge.camera.frame.Frame` -> `Landmarks`."""

from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.tracker import HandTracker

__all__ = ["Hand", "HandTracker", "Landmarks"]
