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
        model: which of MediaPipe's hand and palm models; "lite" costs half of "full".
        eight_bit: the hand model computes in int8, where the runtime does so fast.
        patience: frames for which the landmarks of a hand that does not move are kept.
    """

    model: Literal["full", "lite"]
    eight_bit: bool
    patience: int

    @property
    def palm(self) -> Path:
        """Raises BadSetup, as `edge.landmarks.weights.path`."""
        return weights.path(f"palm_detection_{self.model}")

    @property
    def hand(self) -> Path:
        """Raises BadSetup, as `edge.landmarks.weights.path`."""
        name = f"hand_landmark_{self.model}"
        return derived.path(name) if self.eight_bit and derived.available() else weights.path(name)


PROFILES = {
    "fast": Profile("lite", eight_bit=True, patience=3),
    "balanced": Profile("full", eight_bit=True, patience=3),
    "accurate": Profile("full", eight_bit=False, patience=0),
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
