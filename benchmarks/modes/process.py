"""A real ``ishara run``, watched from outside: by a client of its socket and through /proc."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.modes.settings import REPOSITORY, Options
from edge.errors import UserError

TICK = os.sysconf("SC_CLK_TCK")
READY_TIMEOUT_S = 60.0
"""Seconds until a process that is not ready counts as broken."""


class Ishara:
    """A running ``ishara run --source URI``; leaving its context ends it.

    Attributes:
        began: monotonic seconds at which it was started.
        connected: at which its socket took a client; None before.
        events: (received, event) of all that came over the socket.
        usage: (monotonic seconds, CPU seconds so far, RSS in MiB), once a second.
    """

    def __init__(
        self,
        uri: str,
        options: Options,
        once: bool = True,
        frame_log: Path | None = None,
        slow: float = 0.0,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ishara-")
        self._path = str(Path(self._folder.name) / "s")
        start = [sys.executable, "-m", "edge"]
        if frame_log:
            start = [
                sys.executable,
                "-m",
                "benchmarks.modes.instrumented_run",
                str(frame_log),
                str(slow),
            ]
        start += ["run", "--source", uri, "--socket", self._path]
        start += ["--config", str(options.config_file())]
        start += ["--once"] if once else []
        self.connected: float | None = None
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.usage: list[tuple[float, float, float]] = []
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            start, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "ISHARA_DEBUG": "1"},  # what it has mapped is reported
        )  # fmt: skip
        self.pid = self._process.pid
        if options.core is not None:
            os.sched_setaffinity(self.pid, {options.core})
        self._threads = [threading.Thread(target=f) for f in (self._listen, self._measure)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Ishara:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
        self.wait(10.0)
        self._folder.cleanup()

    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> float:
        """Stop it. Returns the seconds it took."""
        began = time.monotonic()
        self._process.terminate()
        self.wait(10.0)
        return time.monotonic() - began

    def wait(self, timeout: float) -> None:
        """Wait for its end.

        Raises:
            UserError: it does not end, or failed.
        """
        try:
            _, stderr = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, stderr = self._process.communicate()
            stderr = f"it did not end within {timeout:g} s"
        except ValueError:  # it has been waited for before
            return
        for thread in self._threads:
            thread.join()
        if self._process.returncode:
            raise UserError(f"ishara run ended with {self._process.returncode}: {stderr.strip()}")

    def until(self, kind: str, *states: str) -> tuple[float, dict[str, Any]]:
        """The first (received, event) of a type, of one of ``states`` if any, waiting for it.

        Raises:
            UserError: it does not come.
        """
        deadline = time.monotonic() + READY_TIMEOUT_S
        seen = 0
        while True:
            alive = self.running()
            while seen < len(self.events):
                event = self.events[seen][1]
                if event["type"] == kind and (not states or event["state"] in states):
                    return self.events[seen]
                seen += 1
            if not alive and not self._threads[0].is_alive():
                self.wait(10.0)
                raise UserError(f"ishara run ended without a {kind}")
            if time.monotonic() > deadline:
                raise UserError(f"ishara run: no {kind} within {READY_TIMEOUT_S:g} s")
            time.sleep(0.002)

    def working(self) -> float:
        """Waits until it has looked at a frame. Returns when that was, monotonic seconds."""
        return self.until("state", "searching", "reading")[0]

    def live(self) -> Iterator[tuple[float, dict[str, Any]]]:
        """The events after the snapshot of the past: after the answer to the client's ping."""
        pong = False
        for received, event in self.events:
            if pong:
                yield received, event
            pong = pong or event["type"] == "pong"

    def rss(self) -> tuple[float, float]:
        """(now, highest so far), MiB."""
        return status(self.pid)

    def _listen(self) -> None:
        """The client's thread."""
        client = socket.socket(socket.AF_UNIX)
        while True:
            try:
                client.connect(self._path)
                break
            except OSError:
                if not self.running():
                    client.close()
                    return
                time.sleep(0.001)
        self.connected = time.monotonic()
        client.sendall(b'{"type":"ping"}\n')
        with client, client.makefile("rb") as lines:
            try:
                for line in lines:
                    received = time.monotonic()
                    self.events.append((received, json.loads(line)))
            except ConnectionResetError:
                return

    def _measure(self) -> None:
        """The thread that reads /proc."""
        due = time.monotonic()
        while self.running():
            try:
                self.usage.append((time.monotonic(), cpu_seconds(self.pid), status(self.pid)[0]))
            except OSError:
                return
            due += 1.0
            while self.running() and time.monotonic() < due:
                time.sleep(0.05)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads so far.

    Raises:
        OSError: it has ended.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def status(pid: int) -> tuple[float, float]:
    """(VmRSS, VmHWM) of a process, MiB; zeros of one that has just ended.

    Raises:
        OSError: it has ended.
    """
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(found.get("VmRSS", 0)) / 1024, int(found.get("VmHWM", 0)) / 1024
