"""A running ishara whose camera breaks on command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.listener import Listener

CAMERA = Path(__file__).parent / "camera"
CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Usage:
    """Of the process, now: resident megabytes, open descriptors, threads."""

    rss_mb: float
    descriptors: int
    threads: int


class Service:
    """``ishara run`` in a process of its own.

    Attributes:
        socket: where it publishes.
        config: its configuration file; write it, then send SIGHUP.
        process: the process.
    """

    def __init__(
        self,
        folder: Path,
        source: str = "signer:hello world",
        *,
        config: str = "",
        arguments: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        faults: tuple[str, ...] = (),
        files: dict[str, str] | None = None,
        output: int | None = None,
        error: int | None = None,
        before: Callable[[], None] | None = None,
        verbose: bool = False,
        shell: Sequence[str] = (),
    ) -> None:
        """Starts it.

        Args:
            folder: an empty folder for its files.
            source: what to watch; breakable if it is a signer.
            config: the text of its configuration file.
            arguments: more of them, after ``run``.
            environment: more variables.
            faults: those that are there from the beginning.
            files: the same, with what their files say.
            output, error: descriptors of its standard output and error output; without one, the
                file that `said` reads.
            before: called in the new process before the program.
            verbose: log what happens, not only warnings.
            shell: the words of a command that becomes the program, given before it.
        """
        self.socket = folder / "run" / "ishara" / "ishara.sock"
        self.config = folder / "ishara.toml"
        self._faults = folder / "faults"
        self._said = folder / "stderr"
        for made in (folder / "run", self._faults):
            made.mkdir(mode=0o700)
        self.config.write_text(config)
        for fault in faults:
            self.start(fault)
        for fault, said in (files or {}).items():
            (self._faults / fault).write_text(said)
        log = ("--log", "info") if verbose else ()
        command = [*shell, sys.executable, "-m", "edge", *log, "run", "--config", str(self.config)]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [*command, *(("--source", source) if source else ()), *arguments],
                stdout=said if output is None else output,
                stderr=said if error is None else error,
                preexec_fn=before,
                env={
                    **{k: v for k, v in os.environ.items() if k != "RUNTIME_DIRECTORY"},
                    "PYTHONPATH": f"{CAMERA}:{CHECKOUT}",
                    "ISHARA_DEBUG": "1",  # `usage` looks into it
                    "ISHARA_FAULTS": str(self._faults),
                    "XDG_RUNTIME_DIR": str(folder / "run"),
                    **(environment or {}),
                },
            )
        self._listeners: list[Listener] = []

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            listener.close()
        self.process.kill()
        self.process.wait()

    def start(self, fault: str, said: str = "") -> float:
        """Inject a fault, with what its file says; when, in monotonic seconds."""
        new = self._faults / f"{fault}.new"  # it is read at any moment: never half of it
        new.write_text(said)
        new.rename(self._faults / fault)
        return time.monotonic()

    def active(self, fault: str) -> bool:
        """Whether the file of the fault is there."""
        return (self._faults / fault).exists()

    def end(self, fault: str) -> float:
        (self._faults / fault).unlink()
        return time.monotonic()

    @contextmanager
    def during(self, fault: str) -> Iterator[float]:
        began = self.start(fault)
        try:
            yield began
        finally:
            self.end(fault)

    def listen(self) -> Listener:
        """A new client, closed with the service."""
        listener = Listener(self.socket)
        self._listeners.append(listener)
        return listener

    def send(self, number: int) -> float:
        self.process.send_signal(number)
        return time.monotonic()

    def stop(self, most: float = 10.0) -> tuple[int, float]:
        """(exit code, seconds) of a SIGTERM."""
        began = self.send(signal.SIGTERM)
        code = self.process.wait(most)
        return code, time.monotonic() - began

    @property
    def said(self) -> str:
        """What it wrote to its standard error output so far."""
        return self._said.read_text(errors="replace")

    def free_descriptor(self) -> int:
        """The number that the next descriptor would have: with this limit there is none.

        With a lower one, poll(2) would refuse the descriptors that are open.
        """
        taken = {int(each.name) for each in Path(f"/proc/{self.process.pid}/fd").iterdir()}
        return min(set(range(len(taken) + 1)) - taken)

    def usage(self) -> Usage:
        proc = Path(f"/proc/{self.process.pid}")
        pages = int((proc / "statm").read_text().split()[1])
        return Usage(
            pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            len(list((proc / "fd").iterdir())),
            len(list((proc / "task").iterdir())),
        )
