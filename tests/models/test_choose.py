"""Choosing: a bundle and what is read of drawn and real letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.landmarks.hand import Landmarks
from edge.recognize.decode import DecoderCosts
from edge.recognize.inspect import shipped
from models.training.evaluation import choose
from models.training.evaluation.recorded_clips import Clip


def test_a_bundle_is_read_by_the_whole_recogniser() -> None:
    read = choose.reader(shipped()[0], DecoderCosts())
    still = tuple(Landmarks((), (64, 48), n / 30, n / 30, n) for n in range(30))
    assert read([still, still]) == ["", ""]


def test_the_real_words_are_not_chosen_by(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def clips(folder: Path, group: str) -> list[Clip]:
        asked.append(group)
        return [Clip(folder, group, "a", "unknown")]

    monkeypatch.setattr(choose, "clips", clips)
    monkeypatch.setattr(choose, "Tracked", lambda profile: lambda clip: ())
    read: choose.Reader = lambda streams: ["a"] * len(streams)  # noqa: E731
    lines = list(choose.report(read, data, "balanced", 2))
    assert asked == ["letters"]
    assert lines[0].startswith(
        "drawn letters, move 0.4 s, hold 1 s, rest 0 s: 6 of 156; b a 6, c a 6,"
    )
    assert lines[-1].startswith("real letters, balanced, 2x, false before 0, after 0: 1 of 1; ")
    assert sum("(0)" in line for line in lines) == 8
