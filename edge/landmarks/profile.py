"""How much computing the landmark stage may use: `PROFILES`, and which one suits the board."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.files import Contents
from edge.landmarks import derived, weights

Name = Literal["auto", "fast", "balanced", "accurate"]


@dataclass(frozen=True, slots=True)
class Profile:
    """
    Attributes:
        eight_bit: the hand model computes in int8, where the runtime does so fast.
        max_reused_frames: how often the landmarks of a hand that does not move are reused.
        motion_threshold: levels of 255, of the `edge.landmarks.motion_gate.MotionGate`.
    """

    eight_bit: bool
    max_reused_frames: int
    motion_threshold: float = 8.0

    @property
    def palm(self) -> Contents:
        """Raises ConfigError, as `edge.landmarks.weights.read`."""
        return weights.read("palm_detection_full")

    @property
    def hand(self) -> Contents:
        """Raises ConfigError, as `edge.landmarks.weights.read`."""
        name = "hand_landmark_full"
        return derived.read(name) if self.eight_bit and derived.available() else weights.read(name)

    @property
    def pose(self) -> Contents:
        """Raises ConfigError, as `edge.landmarks.weights.read`."""
        name = "pose_landmark_full"
        return derived.read(name) if derived.available() else weights.read(name)


# Chosen by the letters misread in rendered texts that no reported figure uses. MediaPipe's lite
# hand model halves the cost once more, but from its landmarks 3 % of those letters are misread.
PROFILES = {
    "fast": Profile(eight_bit=True, max_reused_frames=4, motion_threshold=12.0),
    "balanced": Profile(eight_bit=True, max_reused_frames=2),
    "accurate": Profile(eight_bit=False, max_reused_frames=0),
}

_CPUINFO = Path("/proc/cpuinfo")


def for_this_board() -> str:
    """The name of the profile for this machine.

    An ARM core without the dot-product instructions (Pi 4, Pi Zero) gets "fast", any other
    "balanced". Nothing was measured on a Pi; int8 is known to gain least there.
    """
    if platform.machine() not in ("aarch64", "armv7l"):
        return "balanced"
    try:
        cpuinfo = _CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "fast"
    # The kernel's name of the extension on 64-bit ARM; 32-bit kernels do not name it.
    return "balanced" if "asimddp" in cpuinfo else "fast"


def choose(name: Name) -> tuple[str, Profile]:
    """(name, profile) of the profile called ``name``, "auto" being `for_this_board`."""
    chosen = for_this_board() if name == "auto" else name
    return chosen, PROFILES[chosen]
