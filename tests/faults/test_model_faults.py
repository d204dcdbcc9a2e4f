"""Models that are missing, damaged or not what their bundle says: the program will not start."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.listener import troubles
from edge import resources
from edge.landmarks import derived

from ..conftest import Ishara
from .conftest import Record, Start

pytestmark = pytest.mark.fault("model")

SHIPPED = resources.models() / "bundles" / "ishara-stream"
Damage = Callable[[Path], None]


def edited(old: str, new: str) -> Damage:
    def damage(folder: Path) -> None:
        file = folder / "bundle.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return damage


def renamed(file: str, content: bytes, folder: Path) -> None:
    """Another ``file`` of the bundle, which vouches for it by its SHA-256."""
    before = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / file).write_bytes(content)
    edited(before, hashlib.sha256(content).hexdigest())(folder)


def flipped(file: str) -> Damage:
    """One bit in the middle of ``file`` is another."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / file).read_bytes())
        content[len(content) // 2] ^= 4
        (folder / file).write_bytes(content)

    return damage


def gone(file: str) -> Damage:
    return lambda folder: (folder / file).unlink()


def other(file: str, content: bytes) -> Damage:
    return lambda folder: renamed(file, content, folder)


def rebuilt(change: Callable[[bytearray, Any], None]) -> Damage:
    """The model with its first input changed in the flatbuffer itself, and vouched for."""

    def damage(folder: Path) -> None:
        tflite = pytest.importorskip("ai_edge_litert.schema_py_generated")
        content = bytearray((folder / "model.tflite").read_bytes())
        graph = tflite.Model.GetRootAs(content, 0).Subgraphs(0)
        change(content, graph.Tensors(graph.Inputs(0)))
        renamed("model.tflite", bytes(content), folder)

    return damage


def wider(content: bytearray, tensor: Any) -> None:
    tensor.ShapeAsNumpy()[-1] = 64


def whole_numbers(content: bytearray, tensor: Any) -> None:
    content[tensor._tab.Pos + tensor._tab.Offset(6)] = 2  # TensorType.INT32


FAULTS: dict[str, tuple[Damage, str]] = {
    "model missing": (gone("model.tflite"), "cannot be read"),
    "model corrupt": (flipped("model.tflite"), "SHA-256"),
    "model no model": (other("model.tflite", b"TFL3" * 1000), "cannot be loaded"),
    "model empty": (other("model.tflite", b""), "cannot be loaded"),
    "wrong shape": (rebuilt(wider), "cannot be loaded|is float32 .*64"),
    "wrong dtype": (rebuilt(whole_numbers), "cannot be loaded|is int32"),
    "wrong shape in the bundle": (edited("width = 63", "width = 64"), "wants features"),
    "alphabet too short": (edited('0123456789"', '012345678"'), "38.*not 37"),
    "alphabet with one twice": (edited('0123456789"', '0123456788"'), "twice"),
    "alphabet in another order": (edited('"abcdefghijkl', '"lkjihgfedcba'), "self-test"),
    "wrong rate": (edited("rate = 30.0", "rate = 25.0"), "25 Hz"),
    "self-test not passed": (edited('text = "leaf"', 'text = "loaf"'), "self-test"),
    "language model missing": (gone("language_model.npz"), "cannot be read"),
    "language model corrupt": (flipped("language_model.npz"), "SHA-256"),
    "language model is none": (other("language_model.npz", b"PK\3\4" * 1000), "damaged"),
    "bundle.toml missing": (gone("bundle.toml"), "inference_args.json is missing"),
    "bundle.toml binary": (
        lambda f: (f / "bundle.toml").write_bytes(b"\xff" * 99) and None,
        "TOML",
    ),
}


def test_no_start_with_a_model_that_is_not_right(
    landmark_weights: None, ishara: Ishara, tmp_path: Path, record: Record
) -> None:
    def started(name: str) -> tuple[str, subprocess.Popen[str]]:
        folder = Path(shutil.copytree(SHIPPED, tmp_path / "bundles" / name))
        FAULTS[name][0](folder)
        config = tmp_path / f"{name}.toml"
        config.write_text(f'[recognize]\nbundle = "{folder}"\n')
        socket = tmp_path / f"{name}.sock"
        arguments = ("--config", str(config), "--source", "signer:a", "--socket", str(socket))
        return name, ishara("run", *arguments)

    def ended(name: str) -> tuple[str, int, str]:
        _, process = started(name)
        out, err = process.communicate(timeout=60)
        return name, process.returncode, out + err

    (tmp_path / "bundles").mkdir()
    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(ended, FAULTS))
    for name, code, said in ends:
        assert code == 78, (name, said)
        assert re.fullmatch(r"ishara: [^\n]+\n", said), (name, said)
        assert re.search(FAULTS[name][1], said), (name, said)
        assert not (tmp_path / f"{name}.sock").exists()
    record(
        "model missing, corrupt, wrong shape, dtype or alphabet, self-test not passed",
        "refuses to start: exit code 78, one line of reason, no socket",
        f"{len(ends)} ways, each 78 and one line",
    )


def test_no_start_with_landmark_weights_that_are_not_right(
    landmark_weights: None, tmp_path: Path, record: Record
) -> None:
    """In the program of a user whose environment has other weights."""
    program = (
        "import pathlib, sys; from edge import cli, resources;"
        "folder = pathlib.Path(sys.argv.pop(1));"
        "resources.weights = lambda: folder; sys.exit(cli.main())"
    )
    used = [("accurate", "palm_detection_full"), ("accurate", "hand_landmark_full")]
    used += [("balanced", name) for name, _ in derived.check()]
    for profile, name in used:
        config = tmp_path / f"{profile}.toml"
        config.write_text(f'[landmarks]\nprofile = "{profile}"\n')
        for damage, word in ((flipped, "damaged"), (gone, "missing")):
            folder = Path(
                shutil.copytree(resources.weights(), tmp_path / f"{profile}-{word}-{name}")
            )
            damage(f"{name}.tflite")(folder)
            command = ["-c", program, str(folder), "run", "--config", str(config)]
            done = subprocess.run(
                [sys.executable, *command, "--source", "signer:a", "--socket", str(tmp_path / "s")],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 78, done.stderr
            assert re.fullmatch(r"ishara: [^\n]*: run `ishara models fetch`\n", done.stderr)
            assert word in done.stderr
    record(
        "landmark weights missing or corrupt",
        "refuses to start: exit code 78, one line of reason",
        f"each of {len(used)} files, missing and with one bit changed",
    )


def test_a_bundle_that_took_the_place_of_the_one_in_use(
    start: Start, record: Record, tmp_path: Path
) -> None:
    """One that does not fit, and one that writes capitals."""
    used = Path(shutil.copytree(SHIPPED, tmp_path / "bundle"))
    service = start("signer:abcdefgh abcdefgh", config=f'[recognize]\nbundle = "{used}"\n')
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])

    def replaced(damage: Damage, word: str) -> float:
        other = Path(shutil.copytree(SHIPPED, tmp_path / word))
        damage(other)
        used.rename(tmp_path / f"before {word}")
        other.rename(used)
        asked = service.send(signal.SIGHUP)
        return client.wait(lambda event: word in event.get("reason", ""), asked)[0]

    refused = replaced(edited("width = 63", "width = 64"), "stays as it was")
    client.wait(lambda event: event["type"] == "partial" and event["text"].islower(), refused)
    taken = replaced(capitals, "was read again")
    seen, _ = client.wait(lambda event: event.get("text", "").isupper(), taken)
    assert troubles(client) == []
    record(
        "SIGHUP after the bundle in use was replaced in its place",
        "one that does not fit refused, the old one reads on; a good one read with, clients stay",
        f"first text of the new one after {seen - taken:.1f} s",
    )


def capitals(folder: Path) -> None:
    edited('"abcdefghijklmnopqrstuvwxyz', '"ABCDEFGHIJKLMNOPQRSTUVWXYZ')(folder)
    file = folder / "bundle.toml"
    head, rest = file.read_text(encoding="utf-8").split("[language_model]")
    file.write_text(head + "[provenance]" + rest.split("[provenance]")[1], encoding="utf-8")
