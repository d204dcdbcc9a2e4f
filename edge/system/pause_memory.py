"""Remembers across a crash that the program was paused."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from edge.system import activation
from edge.system.notify import Notifier

log = logging.getLogger(__name__)

NAME = "paused"
"""Of the descriptor that systemd keeps."""


class PauseMemory:
    """An empty file beside the socket; under systemd, which removes the runtime directory before it
    starts a crashed service again, also a descriptor that it keeps for us (FDSTORE)."""

    def __init__(self, socket: Path, notifier: Notifier) -> None:
        """To be made before `edge.system.activation.listening`, which clears the environment."""
        self._file = socket.with_name(f"{socket.name}.{NAME}")
        self._notifier = notifier
        self._kept = activation.stored(NAME)

    @property
    def found(self) -> bool:
        """The program was paused when it crashed."""
        return self._kept or os.path.lexists(self._file)

    def set(self, paused: bool) -> None:
        """It is, or no longer; where that cannot be remembered, the log says so."""
        if paused and not self._kept:
            self._kept = self._have_it_kept()
        elif not paused and self._kept:
            self._notifier.forget(NAME)
            self._kept = False
        try:
            if paused:
                flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
                os.close(os.open(self._file, flags, 0o600))
            else:
                self._file.unlink(missing_ok=True)
        except OSError as error:  # the folder of a socket that systemd made is not ours
            if not self._kept and os.path.lexists(self._file) != paused:
                what = "the pause" if paused else "the end of the pause"
                log.warning("%s is not remembered beyond a crash: %s", what, error)

    def _have_it_kept(self) -> bool:
        """Whether systemd keeps a descriptor now."""
        try:
            handle = os.memfd_create(NAME, os.MFD_CLOEXEC)
        except OSError:
            return False
        try:
            return self._notifier.store(NAME, handle)
        finally:
            os.close(handle)
