"""Models that crash, raise, hang or take all memory, in bundles with the right SHA-256."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge import resources
from tests import hostile_models

from .conftest import Record, Start
from .test_files import SPELLED, command, one_line, reloaded, run
from .test_model_faults import SHIPPED, other

pytestmark = pytest.mark.fault("bytes")

MODELS: dict[str, tuple[Callable[[], bytes], str]] = {
    "crashes": (hostile_models.crashing, "the TFLite runtime crashes on it"),
    "raises": (hostile_models.raising, "gather index out of bounds"),
    "takes all memory": (hostile_models.greedy, "more than 384 MiB"),
}


def bundle(folder: Path, name: str, model: bytes) -> Path:
    """A copy of the shipped bundle with another model, which it vouches for."""
    made = Path(shutil.copytree(SHIPPED, folder / name.replace(" ", "-")))
    other("model.tflite", model)(made)
    return made


@pytest.mark.parametrize("name", MODELS)
def test_every_command_that_opens_a_bundle_says_it_in_a_line(
    landmark_weights: None, tmp_path: Path, name: str, record: Record
) -> None:
    model, reason = MODELS[name]
    made = bundle(tmp_path, name, model())
    config = tmp_path / "c.toml"
    config.write_text(f'[camera]\nsource = "signer:a"\n[recognize]\nbundle = "{made}"\n')
    for code, shown, said in (
        run("signer:a", tmp_path, "--config", str(config)),
        command("config", "--check", str(config)),
        command("models", "inspect", str(made)),
    ):
        assert (code, shown) == (78, "")
        assert one_line(said)
        assert f"{made / 'model.tflite'} cannot be loaded: " in said
        assert reason in said
    code, shown, said = command("doctor", "--config", str(config))
    assert (code, said) == (1, "")
    assert sum(reason in line for line in shown.splitlines()) == 1
    record(
        f"a bundle whose model {name}, with the right SHA-256",
        "run, config --check and models inspect: exit code 78, one line; doctor: one line",
        "so it is",
    )


@pytest.mark.parametrize("how", ["start", "confined"])
def test_a_reload_onto_such_a_bundle_changes_nothing(
    how: str, request: pytest.FixtureRequest, tmp_path: Path, record: Record
) -> None:
    start: Start = request.getfixturevalue(how)
    good = f'[camera]\nsource = "{SPELLED}"\n'
    hostile = dict(MODELS)
    if how == "start":  # once: it takes five seconds of the processor
        hostile["never ends"] = (hostile_models.endless, "to answer")
    service = start("", config=good)
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    for name, (model, reason) in hostile.items():
        made = bundle(tmp_path, name, model())
        service.config.write_text(f'{good}[recognize]\nbundle = "{made}"\n')
        said, _ = reloaded(service, client, name, most=120)
        assert said.startswith("the configuration stays as it was: "), name
        # On a machine with hardly any processor time, the deadline of the reload may come first.
        assert reason in said or "took longer than" in said, said
    model_of = bytearray((SHIPPED / "model.tflite").read_bytes())
    model_of[len(model_of) // 2] ^= 1
    made = bundle(tmp_path, "good", bytes(model_of))
    service.config.write_text(f'{good}[recognize]\nbundle = "{made}"\n')
    assert "was read again" in reloaded(service, client, "a good one")[0]
    client.wait(lambda event: event["type"] == "final", time.monotonic(), most=120)
    assert "Traceback" not in service.said
    where = ", in the unit's sandbox" if how == "confined" else ""
    record(
        f"SIGHUP onto a bundle whose model {', '.join(hostile)}{where}",
        "refused in one line, pings answered meanwhile; then one that is as good is taken",
        f"{len(hostile)} refused",
    )


@pytest.mark.fault(
    "bytes",
    "an 8-bit hand model that crashes the runtime, with the SHA-256 that is written down for it",
    "exit code 78, one line",
)
def test_a_hand_model_that_crashes_and_is_vouched_for(
    landmark_weights: None, tmp_path: Path
) -> None:
    """The 8-bit one: its SHA-256 is written down beside it, where it was made."""
    weights = Path(shutil.copytree(resources.weights(), tmp_path / "weights"))
    file, listed = weights / "hand_landmark_full_int8.tflite", weights / "int8.toml"
    if not file.is_file():
        pytest.skip("this runtime has no use for 8-bit models")
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    crashing = hostile_models.crashing()
    file.write_bytes(crashing)
    listed.write_text(listed.read_text().replace(before, hashlib.sha256(crashing).hexdigest()))
    program = (
        "import pathlib, sys; from edge import cli, resources;"
        "folder = pathlib.Path(sys.argv.pop(1));"
        "resources.weights = lambda: folder; sys.exit(cli.main())"
    )
    config = tmp_path / "c.toml"
    config.write_text('[landmarks]\nprofile = "balanced"\n')
    done = subprocess.run(
        [sys.executable, "-c", program, str(weights), "run", "--source", "signer:a",
         "--config", str(config), "--socket", str(tmp_path / "s")],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert one_line(done.stderr)
    assert "the TFLite runtime crashes on it" in done.stderr
