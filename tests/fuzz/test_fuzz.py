"""A short run of every target, and that a bug would be seen; `tests.fuzz` is the long run."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge.errors import UserError
from tests import hostile_models

from . import target as limits
from .target import Finding, Target, tried
from .targets import TARGETS

seeds = st.integers(0, 2**32)


@pytest.fixture(
    params=[name for name in TARGETS if name not in ("model", "bundle")], scope="module"
)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    # Not the model: this process has loaded the runtime, which that target watches for; nor the
    # bundle, each of which takes a while.
    made = TARGETS[request.param]()
    yield made
    made.close()


# Before those that flood the server, which for a while takes less of a user who did.
def test_good_inputs_are_taken(target: Target) -> None:
    assert tried(target.run, target.seeds[0]) == "taken"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seeds, st.booleans())
@example(0, True)
def test_odd_inputs_are_taken_or_refused(target: Target, seed: int, made: bool) -> None:
    rng = Random(seed)
    data = target.made(rng) if made else _damaged(rng.choice(target.seeds), rng)
    assert tried(target.run, data) in ("taken", "refused")


def _damaged(data: bytes, rng: Random) -> bytes:
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.randbytes(rng.randrange(4)) + data[at + rng.randrange(4) :]
    return data


def test_a_changed_model_is_refused_before_the_runtime_is_loaded() -> None:
    program = (
        "from random import Random; from tests.fuzz.target import tried;"
        "from tests.fuzz.targets import Model; m = Model();"
        "print({tried(m.run, m.made(Random(n))) for n in range(20)}, tried(m.run, bytes(4)));"
        "m.close()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "{'refused'} taken\n", done.stderr


def test_damaged_bundles_are_taken_or_refused() -> None:
    """Their models are loaded, in children that are forked, and where that went well here."""
    bundles = TARGETS["bundle"]()
    outcomes = [tried(bundles.run, bundles.made(Random(seed))) for seed in range(12)]
    assert set(outcomes) == {"taken", "refused"}
    assert tried(bundles.run, bundles.seeds[0]) == "taken"
    assert bundles.figures()["tried_in_a_child"] >= 10
    bundles.close()


def test_a_child_that_crashes_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = TARGETS["bundle"]()
    monkeypatch.setattr(bundles, "_changed", lambda data: hostile_models.crashing())
    assert tried(bundles.run, b"\xff") == "refused"
    assert bundles.figures() == {"tried_in_a_child": 1, "children_that_died": 1}
    bundles.close()


def test_what_must_not_be_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.1)

    def crash(data: bytes) -> bool:
        raise ZeroDivisionError

    def mumble(data: bytes) -> bool:
        raise UserError("x" * 5000)

    def spin(data: bytes) -> bool:
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            pass
        return True

    for bug, what in ((crash, "ZeroDivisionError"), (mumble, "no one can read"), (spin, "took")):
        found = tried(bug, b"")
        assert isinstance(found, Finding)
        assert what in found.what


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs the fuzz extra")
def test_the_long_run_in_small(tmp_path: Path) -> None:
    out = tmp_path / "fuzz.json"
    command = [sys.executable, "-m", "tests.fuzz", "--inputs", "3000", "--target", "requests"]
    subprocess.run([*command, "--out", out], check=True, capture_output=True)
    summary = json.loads(out.read_text())
    assert (summary["inputs"], summary["findings"]) == (3000, 0)
    (record,) = summary["targets"]
    assert record["taken"] > 0 < record["refused"]
