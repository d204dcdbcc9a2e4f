"""The landmark stage: `edge.camera.frame.Frame` -> `Landmarks`."""

from edge.config import LandmarkConfig
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.profile import choose
from edge.landmarks.tracker import HandTracker

__all__ = ["Hand", "HandTracker", "Landmarks", "open_tracker"]


def open_tracker(settings: LandmarkConfig) -> HandTracker:
    """The tracker that the ``[landmarks]`` of a configuration ask for.

    Raises:
        ConfigError: no TFLite runtime, or weights that are missing or damaged.
    """
    _, profile = choose(settings.profile)
    return HandTracker(settings.hands, profile, settings.threads, settings.search_interval)
