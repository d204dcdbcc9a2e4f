"""Delays between attempts."""

from __future__ import annotations

from itertools import islice

from edge.pipeline.backoff import Backoff
from edge.pipeline.staleness import stale


def test_delays_double_up_to_a_bound_and_start_over() -> None:
    backoff = Backoff(0.5, 8.0)
    delays = list(islice(iter(backoff.next, None), 7))
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    backoff.reset()
    assert backoff.next() == 0.5


def test_age_makes_a_frame_stale() -> None:
    assert not stale(10.0, 10.9)
    assert stale(10.0, 11.1)
