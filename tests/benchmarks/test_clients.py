"""The benchmark of bad clients, in small: that it runs, and that good clients lose nothing."""

from __future__ import annotations

import pytest

from benchmarks.clients import figures, run_round, verdict


def test_a_loud_run_rounddisconnects_and_loses_nothing() -> None:
    loud = run_round(20, 0.5, loud=True)
    found = figures([loud])
    assert found["events"] == 16 * 15  # half a second of thirty a second, for each good client
    assert found["missed"] == 0
    assert found["disconnected"] > 0
    assert 0 < found["p50"] <= found["p95"] <= found["max"]


def test_the_bound_is_judged_where_there_are_samples_enough(
    capsys: pytest.CaptureFixture[str],
) -> None:
    quiet = {"events": 130, "missed": 0, "p95": 3.0}
    assert verdict(quiet, {**quiet, "p95": 13.0}) == 0
    assert verdict(quiet, {**quiet, "p95": 13.1}) == 1
    assert verdict(quiet, {**quiet, "missed": 1}) == 1
    capsys.readouterr()
    assert verdict(quiet, {**quiet, "events": 129, "p95": 90.0}) == 3
    assert capsys.readouterr().out == "\nNOT JUDGED: too few samples for p95: 129 of 130 needed\n"
