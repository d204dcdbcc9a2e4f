"""Where a benchmark ran: the machine, its state, the program, and the models in use."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent.parent
UNREADABLE = "not readable"
PACKAGES = (
    "numpy", "opencv-python-headless", "opencv-python", "ai-edge-litert", "tflite-runtime",
    "matplotlib",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """Board, processor, system, versions and revision."""
    board = _read("/proc/device-tree/model").rstrip("\0")
    return {
        "raspberry_pi": board.startswith("Raspberry Pi"),
        "board": board or UNREADABLE,
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "cores_usable": len(os.sched_getaffinity(0)),
        "memory_mib": _memory(),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        **_revision(),
    }


def state() -> dict[str, Any]:
    """What changes while it runs: temperatures, governor, frequency, throttling, load."""
    frequency = "/sys/devices/system/cpu/cpu0/cpufreq"
    khz = _read(f"{frequency}/scaling_cur_freq")
    return {
        "temperature_c": _temperatures() or UNREADABLE,
        "governor": _read(f"{frequency}/scaling_governor") or UNREADABLE,
        "frequency_mhz": int(khz) // 1000 if khz else UNREADABLE,
        "throttled": _throttled(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _cpu() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        if line.lower().startswith(("model name", "hardware")):
            return line.partition(":")[2].strip()
    return platform.processor() or UNREADABLE


def _memory() -> int | str:
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) // 1024
    return UNREADABLE


def _temperatures() -> dict[str, float]:
    out = {}
    for zone in sorted(Path("/sys/class/thermal").glob("thermal_zone*")):
        millidegrees = _read(zone / "temp")
        if millidegrees:
            out[_read(zone / "type") or zone.name] = int(millidegrees) / 1000
    return out


def _throttled() -> str:
    if not shutil.which("vcgencmd"):
        return UNREADABLE
    return _said(["vcgencmd", "get_throttled"]) or UNREADABLE


def _revision() -> dict[str, Any]:
    git = ["git", "-C", str(REPOSITORY)]
    revision = _said([*git, "rev-parse", "HEAD"])
    if not revision:
        return {"revision": UNREADABLE, "changed": None}
    return {"revision": revision, "changed": bool(_said([*git, "status", "--porcelain"]))}


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _read(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def warning(environment: dict[str, Any]) -> str:
    """The first line of every output of a run that was not on a Raspberry Pi; else empty."""
    if environment["raspberry_pi"]:
        return ""
    where = f"{environment['cpu']}, {environment['cores']} cores, {environment['architecture']}"
    return f"NOT MEASURED ON A RASPBERRY PI: {where}. Nothing here says how fast a Pi is."


def command_line() -> tuple[str, ...]:
    return ("python", *sys.orig_argv[1:])
