"""The log, in the form its reader wants: a person at a terminal, or systemd's journal.

Log lines are written in a thread of their own, from a bounded queue: a standard error output that
nobody reads delays nobody.
"""

from __future__ import annotations

import atexit
import logging
import os
import select
import sys
import threading
from contextlib import suppress
from io import UnsupportedOperation
from queue import Full, Queue
from types import TracebackType
from typing import TextIO

log = logging.getLogger(__name__)

MAX_WAITING = 1000
"""Lines that may wait to be written; what comes beyond is lost, and counted."""

LAST_LINES_S = 0.3
"""Seconds that the last lines are given at the end of the process."""

# Of syslog(3); what is below is LOG_DEBUG, 7.
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)


class JournalFormatter(logging.Formatter):
    """``<N>`` before every line, the priority of sd-daemon(3); the journal adds the time."""

    def __init__(self) -> None:
        super().__init__("%(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        priority = next((n for level, n in _PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


class Writer:
    """Writes log records in a thread of its own."""

    def __init__(self, target: logging.Handler) -> None:
        self._target = target
        self._waiting: Queue[logging.LogRecord | threading.Event | None] = Queue(MAX_WAITING)
        self._lost = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def put(self, record: logging.LogRecord) -> None:
        """Have it written; returns at once."""
        try:
            self._waiting.put_nowait(record)
        except Full:
            self._lost += 1

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Write what waits, for at most ``timeout`` seconds; whether that was enough."""
        with suppress(Full):
            self._waiting.put_nowait(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def flush(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds until what waits now is written."""
        written = threading.Event()
        with suppress(Full):
            self._waiting.put_nowait(written)
            written.wait(timeout)

    def _run(self) -> None:
        while (record := self._waiting.get()) is not None:
            if isinstance(record, threading.Event):
                record.set()
                continue
            self._target.handle(record)
            if self._lost:
                lost, self._lost = self._lost, 0
                self._target.handle(_lines_lost(lost))


class _Handler(logging.Handler):
    """Formats a record's arguments in the caller's thread, then gives it to a `Writer`."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args = record.getMessage(), None
        self._writer.put(record)


_writers: list[Writer] = []


def under_journal() -> bool:
    """Whether stderr is the stream to the journal that systemd names in ``JOURNAL_STREAM``.

    The variable alone does not say so: children inherit it, and their stderr may go elsewhere.
    """
    try:
        stream = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def configure(level: str) -> None:
    """Log to stderr from ``level`` up, and an uncaught exception too."""
    target = logging.StreamHandler(_stream())
    if under_journal():
        target.setFormatter(JournalFormatter())
    else:
        target.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    writer = Writer(target)
    writer.start()
    _writers.append(writer)
    atexit.register(close)
    logging.raiseExceptions = False  # a full disk behind it: no traceback for each line
    logging.basicConfig(level=level.upper(), handlers=[_Handler(writer)])
    sys.excepthook = _crashed


def close() -> bool:
    """The process ends: write what waits. False where nobody reads it: the thread that writes
    would hold up an orderly end of the process (`logging.shutdown` waits for its lock)."""
    written = [writer.stop(LAST_LINES_S) for writer in _writers]
    _writers.clear()
    return all(written)


def complain(reason: object) -> None:
    """Print to stderr, in one line, why the program ends or what it could not do."""
    _print(3, reason)


def notify(line: str) -> None:
    """Print to stderr, whatever the log level, what somebody should know who did not ask."""
    _print(5, line)


def _print(priority: int, line: object) -> None:
    for writer in _writers:
        writer.flush(LAST_LINES_S)
    if not _writable(sys.stderr):
        return
    with suppress(OSError, ValueError):  # a full disk, say: the exit code still says it
        print(f"<{priority}>{line}" if under_journal() else f"ishara: {line}", file=sys.stderr)


def _stream() -> TextIO:
    """Stderr by a descriptor of its own: number 2 goes elsewhere while a model is loaded
    (`edge.runtime`), and what another thread logs meanwhile would be lost."""
    try:
        return os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    except OSError:
        return sys.stderr


def _writable(stream: TextIO) -> bool:
    """A line can be written now, without waiting for a reader."""
    try:
        return bool(select.select([], [stream.fileno()], [], LAST_LINES_S)[1])
    except (OSError, ValueError, UnsupportedOperation):
        return True


def _lines_lost(count: int) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING",
         "msg": f"{count} log lines were lost: nobody read them"}
    )  # fmt: skip


def _crashed(
    kind: type[BaseException], crash: BaseException, traceback: TracebackType | None
) -> None:
    log.critical("crashed", exc_info=(kind, crash, traceback))
    if not close():
        os._exit(1)
