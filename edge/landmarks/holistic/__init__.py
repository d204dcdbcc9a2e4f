"""Pose, face and both hands of one person, as MediaPipe Holistic finds them."""

from edge.landmarks.holistic.tracker import HolisticTracker

__all__ = ["HolisticTracker"]
