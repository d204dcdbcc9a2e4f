"""Reads the configuration again and applies it while the daemon runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

from edge.config import Config
from edge.errors import UserError, first_line
from edge.events import Session
from edge.system import memory
from edge.system.notify import Notifier

log = logging.getLogger(__name__)

DEADLINE_S = 60.0
"""Several times what the models take to load on the slowest board."""

MOST_HANGING = 3
"""Reloads given up whose threads still wait; each may hold as much memory as the models."""


class Reloader:
    """Reads and applies in a thread of its own, for models take a while to load.

    A configuration that is rejected, or that a bug or a hanging file system keeps from being
    applied, changes nothing; either way clients learn what happened.
    """

    def __init__(
        self,
        reread: Callable[[], Config],
        apply: Callable[[Config, Callable[[], bool]], str],
        notifier: Notifier,
        session: Session,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """
        Args:
            reread: gives the configuration; may raise `UserError`.
            apply: puts it in place, or raises and changes nothing; returns what to add to the
                message, which may be empty. It calls the function it is given before it changes
                anything, and changes nothing where that says False: the time is over.
            deadline_s: seconds from the beginning of a reload until it is given up.
        """
        self._reread = reread
        self._apply = apply
        self._notifier = notifier
        self._session = session
        self._requested = False
        self._deadline_s = deadline_s
        self._attempt: _Attempt | None = None
        self._hanging: list[threading.Thread] = []

    def request(self) -> None:
        """Reload soon; several requests before `poll` are one."""
        self._requested = True

    def poll(self) -> None:
        """Begin what was requested, unless the last one still goes on; returns at once."""
        attempt = self._attempt
        if attempt and attempt.thread.is_alive():
            if time.monotonic() - attempt.began < self._deadline_s or not attempt.give_up():
                return
            self._hanging.append(attempt.thread)
            self._end(f"reading it took longer than {self._deadline_s:g} s")
        self._attempt = None
        if self._requested:
            self._requested = False
            self._notifier.reloading()
            self._hanging = [thread for thread in self._hanging if thread.is_alive()]
            if len(self._hanging) >= MOST_HANGING:
                self._end("earlier reloads still hang: restart the service")
                return
            self._attempt = _Attempt(self._run)
            self._attempt.thread.start()

    def _run(self, attempt: _Attempt) -> None:
        try:
            done, failure = self._apply(self._reread(), attempt.claim), ""
        except UserError as error:
            done, failure = "", str(error)
        except Exception as error:
            log.exception("the configuration could not be applied")
            done, failure = "", f"{type(error).__name__}: {first_line(error)}"
        if attempt.claim():
            self._end(failure, done)

    def _end(self, failure: str, done: str = "") -> None:
        if failure:
            message = f"the configuration stays as it was: {failure}"
            log.error("%s", message)
        else:
            message = f"the configuration was read again{done}"
            log.warning("%s", message)
        self._session.announce(message, error=bool(failure))
        self._notifier.reloaded()
        memory.trim()


class _Attempt:
    """One reload: it is put in place or given up, never both."""

    def __init__(self, run: Callable[[_Attempt], None]) -> None:
        self.began = time.monotonic()
        self.thread = threading.Thread(target=run, args=(self,), name="reload", daemon=True)
        self._lock = threading.Lock()
        self._end: Literal["", "claimed", "given up"] = ""

    def claim(self) -> bool:
        """Whether it has not been given up; from then on it cannot be."""
        with self._lock:
            self._end = self._end or "claimed"
            return self._end == "claimed"

    def give_up(self) -> bool:
        """Whether it has not been claimed; from then on it cannot be."""
        with self._lock:
            self._end = self._end or "given up"
            return self._end == "given up"
