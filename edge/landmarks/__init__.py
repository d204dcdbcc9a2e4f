"""The landmark stage: `edge.camera.frame.Frame` -> `Landmarks`."""

from edge.config import LandmarkConfig
from edge.landmarks.area import Area, AreaTracker
from edge.landmarks.body import Face, Pose
from edge.landmarks.contract import Parts, Tracker
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.profile import choose
from edge.landmarks.replay import Replay
from edge.landmarks.tracker import HandTracker

__all__ = [
    "Face", "Hand", "HandTracker", "Landmarks", "Parts", "Pose", "Tracker", "open_replay",
    "open_tracker",
]  # fmt: skip


def open_tracker(config: LandmarkConfig, parts: Parts | None = None) -> Tracker:
    """The tracker that the ``[landmarks]`` section of a configuration asks for.

    Args:
        parts: what somebody reads, beside what the configuration asks for.

    Raises:
        ConfigError: no TFLite runtime, weights that are missing or damaged, or a backend that is
            not installed.
    """
    wanted = (parts or Parts()) | Parts(config.hands)
    area = Area.of(config.area)
    holistic = wanted.holistic or config.holistic == "on"
    if not holistic and config.backend == "tflite":
        _, profile = choose(config.profile)
        return HandTracker(wanted.hands, profile, config.threads, config.search_interval, area)
    tracker = (
        _mediapipe(wanted, holistic) if config.backend == "mediapipe" else _holistic(config, wanted)
    )
    return AreaTracker(tracker, area) if area else tracker


def open_replay(config: LandmarkConfig, parts: Parts | None = None) -> Tracker:
    """The same for a recording of landmarks, whose frames carry them; needs no model."""
    wanted = (parts or Parts()) | Parts(config.hands)
    return Replay(wanted.hands, Area.of(config.area))


def _holistic(config: LandmarkConfig, wanted: Parts) -> Tracker:
    from edge.landmarks.holistic import HolisticTracker  # few need it

    _, profile = choose(config.profile)
    return HolisticTracker(
        profile,
        config.threads,
        config.search_interval,
        pose_every=1 if wanted.pose else config.pose_every,
        face=wanted.face or config.holistic == "on",
    )


def _mediapipe(wanted: Parts, holistic: bool) -> Tracker:
    from edge.landmarks.mediapipe import MediapipeHands, MediapipeHolistic

    return MediapipeHolistic() if holistic else MediapipeHands(wanted.hands)
