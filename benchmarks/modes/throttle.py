"""A process held to a share of one core: by the kernel's quota, else by signals."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

CGROUPS = Path("/sys/fs/cgroup")
PERIOD_S = 0.02
"""In each period the process gets its share: a short one, because a long one is a long stall."""
POLL_S = 0.001
"""Seconds between two readings of its CPU time."""


@contextmanager
def quota(pid: int, share: float) -> Iterator[str]:
    """Hold process ``pid`` to ``share`` of one core. Gives the name of the way it is done.

    Where no cgroup v2 with a cpu controller can be made, the process is stopped by a signal once
    it has used up its share of a period, and continued at the end of it.
    """
    how = f"{1000 * PERIOD_S * share:g} ms of CPU every {1000 * PERIOD_S:g} ms"
    group = _cgroup(pid, share)
    if group is None:
        stopper = Stopper(pid, share)
        try:
            yield f"stopped and continued by signals, {how}"
        finally:
            stopper.end()
        return
    try:
        yield f"cgroup v2 cpu.max, {how}"
    finally:
        with suppress(OSError):
            (group.parent / "cgroup.procs").write_text(str(pid), encoding="utf-8")
        with suppress(OSError):
            group.rmdir()


class Process(Protocol):
    """What `hold` needs of a process; `over` ends it."""

    def now(self) -> float:
        """Monotonic seconds."""

    def used(self) -> float:
        """CPU seconds so far."""

    def stop(self) -> None: ...

    def go_on(self) -> None: ...

    def wait(self, seconds: float) -> None:
        """Wait, less long where it is over."""

    def over(self) -> bool: ...


def hold(process: Process, share: float, period_s: float = PERIOD_S) -> None:
    """Hold a process to ``share`` of one core as the kernel does for ``cpu.max``.

    What it used beyond its share, because a stop comes late, is taken from the next periods.
    """
    used = process.used()
    due, left = process.now(), 0.0
    while not process.over():
        due = max(due + period_s, process.now())
        left = min(0.0, left) + share * period_s
        if left > 0:
            process.go_on()
        while (now := process.now()) < due and not process.over():
            process.wait(min(POLL_S, due - now) if left > 0 else due - now)
            before, used = used, process.used()
            left -= used - before
            if left <= 0:
                process.stop()


class Stopper:
    """Holds a process by signals, in a thread of its own, until `end`."""

    def __init__(self, pid: int, share: float) -> None:
        self._pid = pid
        # How Linux numbers the CPU clock of another process: see clock_getcpuclockid(3).
        self._clock = (~pid << 3) | 2
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(share,), name="stopper")
        self._thread.start()

    def end(self) -> None:
        """Leave the process running."""
        self._over.set()
        self._thread.join()

    def now(self) -> float:
        return time.monotonic()

    def used(self) -> float:
        return time.clock_gettime(self._clock)

    def stop(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def wait(self, seconds: float) -> None:
        self._over.wait(seconds)

    def over(self) -> bool:
        return self._over.is_set()

    def _run(self, share: float) -> None:
        try:
            hold(self, share)
        except OSError:  # it has ended
            return
        finally:
            with suppress(ProcessLookupError):
                self.go_on()


def _cgroup(pid: int, share: float) -> Path | None:
    """A new group with ``pid`` in it and its quota set; None where none can be made."""
    own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    inside = next((line[3:] for line in own if line.startswith("0::")), "/")
    for parent in dict.fromkeys((CGROUPS / inside.lstrip("/"), CGROUPS)):
        group = parent / f"ishara-benchmark-{pid}"
        try:
            if "cpu" not in (parent / "cgroup.controllers").read_text(encoding="utf-8").split():
                continue
            group.mkdir()
        except OSError:
            continue
        try:
            if not (group / "cpu.max").exists():  # not handed down to it
                raise FileNotFoundError
            period = round(1e6 * PERIOD_S)
            (group / "cpu.max").write_text(f"{round(share * period)} {period}")
            (group / "cgroup.procs").write_text(str(pid))
            return group
        except OSError:
            with suppress(OSError):
                group.rmdir()
    return None
