"""How far a comparison is: elapsed time, and an estimate of what remains."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], object]


class Progress:
    """Reports how far it is, in items; an item counts once for each side that processes it.

    Attributes:
        title: of what is being done, for the reports.
    """

    def __init__(
        self,
        total: int,
        say: Say,
        limit_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            total: items of the whole comparison.
            say: called with each report.
            limit_s: a time limit that may end it before all items are done.
        """
        self.title = ""
        self._total = total
        self._say = say
        self._most = "" if limit_s is None else ", or less: the time is limited"
        self._clock = clock
        self._began = clock()
        self._done = 0

    def advance(self, items: int) -> None:
        """Report that ``items`` more are done."""
        self._done += items
        elapsed = self._clock() - self._began
        left = elapsed * max(0, self._total - self._done) / self._done
        self._say(
            f"{self.title}, {duration(elapsed)} elapsed, "
            f"about {duration(left)} remaining{self._most}"
        )


def duration(seconds: float) -> str:
    """Minutes and seconds: 3:07."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
