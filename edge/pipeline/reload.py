"""Reads the configuration again and applies it while the daemon runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge.config import Config
from edge.errors import UserError
from edge.events import Session
from edge.system import memory
from edge.system.notify import Notifier

log = logging.getLogger(__name__)


class Reloader:
    """Reads and applies in a thread of its own, for models take a while to load.

    A configuration that is rejected changes nothing; either way clients learn what happened.
    """

    def __init__(
        self,
        reread: Callable[[], Config],
        apply: Callable[[Config], str],
        notifier: Notifier,
        session: Session,
    ) -> None:
        """
        Args:
            reread: gives the configuration; may raise `UserError`.
            apply: puts it in place, or raises `UserError` and changes nothing; returns what to add
                to the message, which may be empty.
        """
        self._reread = reread
        self._apply = apply
        self._notifier = notifier
        self._session = session
        self._requested = False
        self._thread = threading.Thread()

    def request(self) -> None:
        """Reload soon; several requests before `poll` are one."""
        self._requested = True

    def poll(self) -> None:
        """Begin what was requested, unless the last one still goes on; returns at once."""
        if self._requested and not self._thread.is_alive():
            self._requested = False
            self._thread = threading.Thread(target=self._run, name="reload", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        self._notifier.reloading()
        try:
            message = f"the configuration was read again{self._apply(self._reread())}"
            log.warning("%s", message)
            self._session.announce(message)
        except UserError as error:
            message = f"the configuration stays as it was: {error}"
            log.error("%s", message)
            self._session.announce(message, error=True)
        finally:
            self._notifier.reloaded()
            memory.trim()
