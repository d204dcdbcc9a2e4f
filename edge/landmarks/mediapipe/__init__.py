"""MediaPipe's own package as a tracker, for comparison: ``[landmarks] backend = "mediapipe"``."""

from edge.landmarks.mediapipe.trackers import MediapipeHands, MediapipeHolistic

__all__ = ["MediapipeHands", "MediapipeHolistic"]
