"""The benchmark of bad clients, in small: that it runs, and that good clients lose nothing."""

from __future__ import annotations

from benchmarks.clients import figures, round_


def test_a_loud_round_throws_out_and_loses_nothing() -> None:
    loud = round_(20, 0.5, loud=True)
    found = figures([loud])
    assert found["events"] == 16 * 15  # half a second of thirty a second, for each good client
    assert found["missed"] == 0
    assert found["thrown_out"] > 0
    assert 0 < found["p50"] <= found["p95"] <= found["max"]
