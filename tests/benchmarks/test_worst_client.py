"""The benchmark of one client doing its worst, in small."""

from __future__ import annotations

import json

import pytest

from benchmarks.worst_client import KINDS, figures, measured, verdict


@pytest.mark.parametrize("kind", ["leaves", "connections"])
def test_one_does_its_worst_and_nobody_misses_an_event(landmark_weights: None, kind: str) -> None:
    found = measured(kind, clients=2, rounds=1, seconds=1.0)
    assert found["done_a_second"] > 0
    assert found["status_ms"] < 10_000
    assert found["quiet"]["missed"] == found["loud"]["missed"] == 0
    assert kind in KINDS


def line(seq: int, **fields: object) -> bytes:
    return json.dumps({"type": "final", "seq": seq, **fields}).encode()


def test_what_is_missing_and_how_late_the_rest_is() -> None:
    came = [
        (7, 0.5, b'{"type":"hello"}'),
        *((7, when, line(seq, captured=when - 0.03)) for when, seq in ((1.0, 1), (1.1, 2))),
        *(
            (7, when, line(seq, captured=when - 0.02))
            for when, seq in ((2.0, 3), (2.5, 4), (3.0, 6))
        ),
    ]
    found = figures(came, [(1.5, 7.5, True)])
    assert (found["events"], found["received"], found["missed"]) == (3, 3, 1)
    assert found["finals_a_minute"] == 30
    assert found["p50"] == pytest.approx(20)


def test_the_bound_is_judged_where_there_are_samples_enough() -> None:
    quiet = {"events": 130, "missed": 0, "p95": 30.0}

    def judged(**loud: float) -> str:
        return verdict({"quiet": quiet, "loud": {**quiet, **loud}}).split(":")[0]

    assert judged(p95=50.0) == "MET"
    assert judged(p95=50.1) == "MISSED"
    assert judged(missed=1) == "MISSED"
    assert judged(events=129, p95=90.0) == "NOT JUDGED"
