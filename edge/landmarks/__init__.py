"""The landmark stage: `edge.camera.frame.Frame` -> `Landmarks`."""

from edge.config import LandmarkConfig
from edge.landmarks.area import Area
from edge.landmarks.contract import Tracker
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.profile import choose
from edge.landmarks.replay import Replay
from edge.landmarks.tracker import HandTracker

__all__ = ["Hand", "HandTracker", "Landmarks", "Tracker", "open_replay", "open_tracker"]


def open_tracker(config: LandmarkConfig) -> Tracker:
    """The tracker that the ``[landmarks]`` section of a configuration asks for.

    Raises:
        ConfigError: no TFLite runtime, or weights that are missing or damaged.
    """
    _, profile = choose(config.profile)
    area = Area.of(config.area)
    return HandTracker(config.hands, profile, config.threads, config.search_interval, area)


def open_replay(config: LandmarkConfig) -> Tracker:
    """The same for a recording of landmarks, whose frames carry them; needs no model."""
    return Replay(config.hands, Area.of(config.area))
