"""How the machine and the process are doing, as far as the kernel tells."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from edge.config import Config
from edge.events import Status
from edge.events.state_publisher import Voice
from edge.landmarks import Landmarks
from edge.landmarks.profile import choose
from edge.pipeline.camera_stage import Watch
from edge.pipeline.slot import Slot
from edge.pipeline.statistics import Vitals
from edge.recognize.delegate import DelegateSelection

_PAGE = os.sysconf("SC_PAGE_SIZE")

# Bits of the firmware's get_throttled that say what is so now; 16 higher, what has been so.
_THROTTLED = (
    (0x1, "under-voltage"),
    (0x2, "frequency capped"),
    (0x4, "throttled"),
    (0x8, "soft temperature limit"),
)


class Health:
    """Gives the daemon's `Status`; nothing is measured until it is asked for.

    Attributes:
        choice: of the delegate.
    """

    def __init__(
        self,
        watch: Watch,
        landmarks: Slot[Landmarks],
        vitals: Vitals,
        voice: Voice,
        choice: DelegateSelection,
    ) -> None:
        self._watch = watch
        self._landmarks = landmarks
        self._vitals = vitals
        self._voice = voice
        self.choice = choice
        self._began = time.monotonic()

    def status(self, config: Config) -> Status:
        """Now; may be called in any thread, and does not block."""
        delegate = self.choice.delegate
        reading, judge = self._vitals.read(), self._watch.judge
        return Status(
            state=self._voice.state,
            uptime_s=round(time.monotonic() - self._began, 1),
            fps=round(reading.fps, 1),
            frames=reading.frames,
            dropped=reading.dropped,
            dropped_tracked=self._landmarks.dropped,
            black=judge.black,
            same=judge.same,
            restarts=self._watch.restarts,
            last_error=self._voice.error,
            rss_mb=rss_mb(),
            temperature_c=temperature_c(),
            throttled=throttled(),
            delegate=delegate.name,
            delegate_reason=delegate.reason,
            bundle=config.recognize.bundle,
            profile=choose(config.landmarks.profile)[0],
            source=self._watch.source,
        )


def rss_mb() -> float:
    """Resident megabytes of this process; 0 where it cannot be told."""
    with suppress(OSError, ValueError, IndexError):
        return round(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6, 1)
    return 0.0


def temperature_c(sys: Path = Path("/sys")) -> float | None:
    """Of the hottest thermal zone, in degrees Celsius; None where there is none."""
    zones = _numbers(sys, "class/thermal/thermal_zone*/temp", 10)
    return max((milli / 1000 for milli in zones), default=None)


def throttled(sys: Path = Path("/sys")) -> str | None:
    """Why the board holds its clock down now; empty where it does not; None where it tells nothing.

    From the Raspberry Pi's firmware, through the kernel: that needs no device and no program.
    """
    told = _numbers(sys, "devices/platform/soc*/soc*:firmware/get_throttled", 16)
    if not told:
        return None
    return ", ".join(name for bit, name in _THROTTLED if told[0] & bit)


def _numbers(folder: Path, pattern: str, base: int) -> list[int]:
    """What the files hold that can be read; with no descriptor left, none can."""
    numbers = []
    with suppress(OSError):
        for file in folder.glob(pattern):
            with suppress(OSError, ValueError):
                numbers.append(int(file.read_text(), base))
    return numbers
