"""How much the landmark stage spends on exactness: `PROFILES`, and which one suits the board."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.landmarks import derived, weights

Name = Literal["auto", "fast", "balanced", "accurate"]


@dataclass(frozen=True, slots=True)
class Profile:
    """
    Attributes:
        eight_bit: the hand model computes in int8, where the runtime does so fast.
        patience: frames for which the landmarks of a hand that does not move are kept.
        still: levels of 255 by which the mean of a cell may change where nothing moves.
    """

    eight_bit: bool
    patience: int
    still: float = 8.0

    @property
    def palm(self) -> Path:
        """Raises ConfigError, as `edge.landmarks.weights.path`."""
        return weights.path("palm_detection_full")

    @property
    def hand(self) -> Path:
        """Raises ConfigError, as `edge.landmarks.weights.path`."""
        name = "hand_landmark_full"
        return derived.path(name) if self.eight_bit and derived.available() else weights.path(name)


# Chosen by what is read of rendered texts that are in no reported figure. MediaPipe's lite hand
# model halves the cost once more, but from its landmarks 3 % of those texts' letters are misread.
PROFILES = {
    "fast": Profile(eight_bit=True, patience=4, still=12.0),
    "balanced": Profile(eight_bit=True, patience=2),
    "accurate": Profile(eight_bit=False, patience=0),
}

_FEATURES = Path("/proc/cpuinfo")


def suited() -> str:
    """The profile for this machine.

    An ARM core without the dot-product instructions, a Pi 4's or a Zero's, gets "fast"; all others
    "balanced". Nothing was measured on a Pi: what is known is that int8 gains least there.
    """
    if platform.machine() not in ("aarch64", "armv7l"):
        return "balanced"
    try:
        told = _FEATURES.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "fast"
    # The kernel's name of the extension on 64-bit ARM; 32-bit kernels do not name it.
    return "balanced" if "asimddp" in told else "fast"


def choose(name: Name) -> tuple[str, Profile]:
    """(name, profile) of the one ``name`` names, "auto" being `suited`."""
    chosen = suited() if name == "auto" else name
    return chosen, PROFILES[chosen]
