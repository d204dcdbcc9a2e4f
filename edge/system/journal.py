"""What is logged, in the form its reader wants: a person at a terminal, or systemd's journal."""

from __future__ import annotations

import logging
import os
import sys
from types import TracebackType
from typing import TextIO

log = logging.getLogger(__name__)

# Of syslog(3); what is below is LOG_DEBUG, 7.
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)


class JournalFormatter(logging.Formatter):
    """``<N>`` before every line, the priority of sd-daemon(3); the journal has the time."""

    def __init__(self) -> None:
        super().__init__("%(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        priority = next((n for level, n in _PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


def under_journal() -> bool:
    """Whether stderr is the stream to the journal that systemd names in ``JOURNAL_STREAM``.

    The variable alone does not tell: it is inherited by those whose stderr goes elsewhere.
    """
    try:
        stream = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def configure(level: str) -> None:
    """Log to stderr from ``level`` up; under the journal, an uncaught exception too."""
    handler = logging.StreamHandler(_stream())
    if under_journal():
        handler.setFormatter(JournalFormatter())
        sys.excepthook = _crashed
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _stream() -> TextIO:
    """Stderr by a descriptor of its own: number 2 goes elsewhere while a model is loaded
    (`edge.runtime`), and what another thread logs meanwhile would be lost."""
    try:
        return os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    except OSError:
        return sys.stderr


def complain(reason: object) -> None:
    """Say on stderr, in one line, why the program ends or what it could not do."""
    print(f"<3>{reason}" if under_journal() else f"ishara: {reason}", file=sys.stderr)


def _crashed(
    kind: type[BaseException], crash: BaseException, traceback: TracebackType | None
) -> None:
    log.critical("crashed", exc_info=(kind, crash, traceback))
