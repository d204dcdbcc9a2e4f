"""When a frame of a live source is too old to be read."""

from __future__ import annotations

MAX_AGE_S = 1.0
"""Seconds from its capture. A frame gets that old when the process or the machine was suspended;
a machine that is merely too slow drops frames at the slots long before."""


def stale(captured: float, now: float) -> bool:
    """Whether a frame captured at ``captured`` is too old at ``now``, both monotonic seconds."""
    return now - captured > MAX_AGE_S
