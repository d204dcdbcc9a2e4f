"""A foreign bundle in the real process: from pixels to the events of a program that reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Ishara
from tests.foreign_models import folder

COLUMNS = ("x_right_hand_0", "x_left_hand_0", "frame")


@pytest.mark.parametrize("window", [0, 20])
def test_a_rendered_hand_is_read(
    landmark_weights: None, ishara: Ishara, tmp_path: Path, window: int
) -> None:
    bundle = folder(tmp_path / "theirs", COLUMNS, {"x_right_hand_0": "hand"}, empty="else")
    config = tmp_path / "theirs.toml"
    config.write_text(f'[recognize]\nbundle = "{bundle}"\nwindow = {window}\n')
    run = ishara(
        "run", "--json", "--once", "--config", str(config), "--source", "signer:ab?pace=0",
        "--socket", str(tmp_path / "socket"),
    )  # fmt: skip
    said, wrong = run.communicate(timeout=120)
    assert run.returncode == 0, wrong
    events = [json.loads(line) for line in said.splitlines()]
    finals = [event for event in events if event["type"] == "final"]
    assert {event["text"] for event in finals} == {"hand"}
    assert len(finals) == 1 if window == 0 else len(finals) > 1
    assert [event["segment"] for event in finals] == list(range(1, len(finals) + 1))
    assert {event["text"] for event in events if event["type"] == "partial"} <= {"hand"}
