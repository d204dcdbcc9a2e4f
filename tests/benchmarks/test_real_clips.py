"""The tables of the real clips: by group, by signer, by clip, worst first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import real_clips
from benchmarks.real_clips import Played, report, write
from edge.recognize.bundle import find, load
from models.training.evaluation.recorded_clips import Clip


def played(name: str, truth: str, read: str, speed: float = 1.0, signer: str = "unknown") -> Played:
    group = "numbers" if truth.isdigit() else "words" if len(truth) > 1 else "letters"
    clip = Clip(Path(group) / f"{name}.mp4", group, truth, signer)
    return Played(clip, "balanced", speed, read)


FOUND = [
    played("bear", "bear", "bear", signer="fluent-1"),
    played("bear", "bear", "wbeamz", 0.5, "fluent-1"),
    played("ok", "ok", ""),
    played("A", "a", "a"),
    played("ten", "10", "o"),
]


def test_groups_and_signers_are_worst_first() -> None:
    lines = report(FOUND).splitlines()
    words = [line for line in lines if line.startswith("| words |")]
    assert words == [
        "| words | balanced | 0.5x | 1 | 4 | 75.0 | 0 | 1, 1 |",
        "| words | balanced | 1x | 2 | 6 | 33.3 | 1 | 0, 0 |",
    ]
    by = [line.split(" | ")[0] for line in lines if line.startswith("| the o") or "fluent" in line]
    assert by == ["| the others", "| one fluent signer", "| one fluent signer"]


def test_a_clip_that_is_read_at_every_speed_is_only_counted() -> None:
    text = report(FOUND)
    assert "| words/bear | bear | bear | wbeamz | 3 |" in text
    assert "letters/A" not in text
    assert "1 right at every speed." in text
    assert "| numbers/ten | 10 | o | 2 |" in text


def test_what_was_read_is_kept_for_the_card(tmp_path: Path) -> None:
    write(FOUND, "ishara-stream", tmp_path / "real.json")
    kept = json.loads((tmp_path / "real.json").read_text(encoding="utf-8"))
    assert kept["bundle"] == load(find("ishara-stream")).sha256
    assert kept["clips"][1] == {
        "profile": "balanced", "speed": 0.5, "group": "words", "clip": "bear",
        "signer": "fluent-1", "truth": "bear", "read": "wbeamz",
    }  # fmt: skip


def test_every_clip_is_played_in_every_profile_at_every_speed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clip = FOUND[0].clip
    seen: list[float] = []
    monkeypatch.setattr(real_clips, "open_recognizer", lambda config: None)
    monkeypatch.setattr(real_clips, "open_tracker", lambda config: config.profile)
    monkeypatch.setattr(real_clips, "clips", lambda data: [clip])
    monkeypatch.setattr(real_clips, "through", lambda recognizer: lambda streams: ["bear"])
    monkeypatch.setattr(
        real_clips, "tracked", lambda tracker, file, speed: seen.append(speed) or iter(())
    )
    found = real_clips.play(Path(), real_clips.RecognizeConfig())
    assert [(p.profile, p.speed) for p in found] == [
        (profile, speed) for profile in ("balanced", "accurate") for speed in (0.5, 1.0, 2.0)
    ]
    assert seen == [0.5, 1.0, 2.0] * 2
