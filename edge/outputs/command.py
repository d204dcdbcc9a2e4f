"""Runs a command for each final: ``ishara run --on-final COMMAND``."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import signal
import subprocess

from edge.errors import UserError
from edge.events import Final, Published
from edge.outputs.threaded import ThreadedSink

log = logging.getLogger(__name__)

COMMAND_TIMEOUT_S = 30.0

QUEUE_FINALS = 16
"""Finals that may wait for the command."""


class CommandSink(ThreadedSink):
    """Runs the command with the final's text as its last argument, one at a time, in no shell.

    What it prints goes to stderr: stdout may be read by a program. It gets no input.
    """

    def __init__(self, command: str) -> None:
        """
        Raises:
            UserError: ``command`` cannot be split into words, or there is no such program.
        """
        super().__init__("on-final", QUEUE_FINALS)
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise UserError(f"--on-final {command}: {error}") from error
        if not self._words or shutil.which(self._words[0]) is None:
            raise UserError(f"--on-final {command}: there is no such program")

    def put(self, published: Published) -> None:
        if isinstance(published.event, Final) and published.event.text:
            super().put(published)

    def write(self, published: Published) -> None:
        """Return when the command has ended; it is killed after `COMMAND_TIMEOUT_S`."""
        if not isinstance(event := published.event, Final):
            return
        try:
            # A session of its own, so that what the command started is killed with it.
            process = subprocess.Popen(
                [*self._words, event.text],
                stdin=subprocess.DEVNULL,
                stdout=2,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # ValueError: a zero byte in the text
            log.warning("--on-final: %s cannot be run: %s", self._words[0], error)
            return
        try:
            code = process.wait(COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            log.warning("--on-final: %s was killed after %g s", self._words[0], COMMAND_TIMEOUT_S)
            return
        if code:
            log.warning("--on-final: %s ended with code %d", self._words[0], code)
