"""How the board and the process are doing, as far as the kernel reports it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")

# Bits of the firmware's get_throttled: what is so now; 16 bits higher, what has been so.
_THROTTLED = (
    (0x1, "under-voltage"),
    (0x2, "frequency capped"),
    (0x4, "throttled"),
    (0x8, "soft temperature limit"),
)


def rss_mb() -> float:
    """Resident megabytes of this process; 0 where it cannot be found out."""
    with suppress(OSError, ValueError, IndexError):
        return round(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6, 1)
    return 0.0


def temperature_c(sys: Path = Path("/sys")) -> float | None:
    """Of the hottest thermal zone, in degrees Celsius; None where there is none."""
    zones = _numbers(sys, "class/thermal/thermal_zone*/temp", 10)
    return max((milli / 1000 for milli in zones), default=None)


def throttled(sys: Path = Path("/sys")) -> str | None:
    """Why the board limits its clock now; empty where it does not; None where that is unknown.

    From the Raspberry Pi's firmware, through the kernel: that needs no device and no program.
    """
    flags = _numbers(sys, "devices/platform/soc*/soc*:firmware/get_throttled", 16)
    if not flags:
        return None
    return ", ".join(name for bit, name in _THROTTLED if flags[0] & bit)


def _numbers(folder: Path, pattern: str, base: int) -> list[int]:
    """The numbers in the files that can be read; with no descriptor left, none can."""
    numbers = []
    with suppress(OSError):
        for file in folder.glob(pattern):
            with suppress(OSError, ValueError):
                numbers.append(int(file.read_text(), base))
    return numbers
