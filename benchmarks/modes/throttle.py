"""A process held to a share of one core: by the kernel's quota, else by signals."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
PERIOD_S = 0.02
"""Seconds in which the process gets its share once: short, for a long one is a long stall."""
POLL_S = 0.001
"""Seconds between two looks at what it has used."""


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


class Stopper:
    """Does with signals what the kernel does for ``cpu.max``: what was used beyond the share,
    because a stop comes late, is taken from the next periods."""

    def __init__(self, pid: int, share: float, period: float = PERIOD_S) -> None:
        self._pid = pid
        self._share, self._period = share, period
        # How Linux numbers the CPU clock of another process: see clock_getcpuclockid(3).
        self._clock = (~pid << 3) | 2
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stopper")
        self._thread.start()

    def end(self) -> None:
        """Leave the process running."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            used = time.clock_gettime(self._clock)
            due, left = time.monotonic(), 0.0
            while not self._over.is_set():
                due = max(due + self._period, time.monotonic())
                left = min(0.0, left) + self._share * self._period
                if left > 0:
                    os.kill(self._pid, signal.SIGCONT)
                while (now := time.monotonic()) < due and not self._over.is_set():
                    self._over.wait(min(POLL_S, due - now) if left > 0 else due - now)
                    before, used = used, time.clock_gettime(self._clock)
                    left -= used - before
                    if left <= 0:
                        os.kill(self._pid, signal.SIGSTOP)
        except OSError:  # it has ended
            return
        finally:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGCONT)


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
