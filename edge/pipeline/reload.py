"""Takes the configuration anew while the daemon runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge.config import Config
from edge.errors import UserError
from edge.events.state_publisher import Voice
from edge.system import memory
from edge.system.notify import Notifier

log = logging.getLogger(__name__)


class Reload:
    """Reads and applies in a thread of its own, for models take a while to load.

    A configuration that is refused changes nothing; either way it is said what happened.
    """

    def __init__(
        self,
        reread: Callable[[], Config],
        apply: Callable[[Config], str],
        notifier: Notifier,
        voice: Voice,
    ) -> None:
        """
        Args:
            reread: gives the configuration; may raise `UserError`.
            apply: puts it in place, or raises `UserError` and changes nothing; returns what to add
                to the news, which may be empty.
        """
        self._reread = reread
        self._apply = apply
        self._notifier = notifier
        self._voice = voice
        self._wanted = False
        self._thread = threading.Thread()

    def ask(self) -> None:
        """Wanted; `turn` sees to it. Asked several times before that, it is done once."""
        self._wanted = True

    def turn(self) -> None:
        """Begin what was asked for, unless the last one still goes on; returns at once."""
        if self._wanted and not self._thread.is_alive():
            self._wanted = False
            self._thread = threading.Thread(target=self._run, name="reload", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        self._notifier.reloading()
        try:
            said = f"the configuration was read again{self._apply(self._reread())}"
            log.warning("%s", said)
            self._voice.remark(said)
        except UserError as refusal:
            log.error("the configuration stays as it was: %s", refusal)
            self._voice.remark(f"the configuration stays as it was: {refusal}", error=True)
        finally:
            self._notifier.reloaded()
            memory.trim()
