"""``ishara models list`` and ``inspect``: what a bundle is, and one clear line where it is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edge.cli import main
from edge.errors import ConfigError
from edge.recognize.bundle import FILE, load
from edge.recognize.inspect import as_json, characters, inspect, lines, row, shipped


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of a bundle that is shipped, with figures of two signers."""
    folder = Path(shutil.copytree(shipped()[0], tmp_path / "bundle"))
    whole = (folder / FILE).read_text(encoding="utf-8")
    figures = """
[figures.summary]
on = "two signers"

[figures.phrase_cer]
ann = { greedy = 1.25, beam = 0.5 }
bo = { greedy = 0.1, beam = nan }

[figures.held]
bo = 0.25
ann = 1.0

[figures.letters]
g = { wrong = 0.4, read = "q 2" }
"""
    (folder / FILE).write_text(whole.partition("\n[figures")[0] + figures, encoding="utf-8")
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    assert old in text
    (folder / FILE).write_text(text.replace(old, new), encoding="utf-8")


def test_the_report_tells_the_model_as_it_is(bundle: Path) -> None:
    report, loaded = inspect(bundle), load(bundle)
    tensors = report["tensors"]
    assert [t["role"] for t in tensors[:2]] == ["features", "scores"]
    assert tensors[0]["shape"][-1] == loaded.width
    assert tensors[1]["shape"][-1] == 1 + len(loaded.alphabet)
    states = [t for t in tensors if t["role"] == "state"]
    assert {t["dtype"] for t in states} == {"int8"}
    assert len(states) == 2 * len(loaded.tensors.states)
    assert report["operators"] == loaded.provenance["operators"]
    assert report["bytes"] == (bundle / "model.tflite").stat().st_size
    assert report["look_ahead_ms"] == pytest.approx(1000 * loaded.look_ahead / 30, abs=0.06)


def test_a_program_reads_numbers_only(bundle: Path) -> None:
    report = inspect(bundle)
    assert json.loads(as_json(report))["figures"]["phrase_cer"] == {
        "ann": {"greedy": 1.25, "beam": 0.5},
        "bo": {"greedy": 0.1, "beam": None},
    }
    assert json.loads(as_json(report))["tensors"] == report["tensors"]


def test_people_read_shares_in_percent_in_the_order_of_the_bundle(bundle: Path) -> None:
    text = "\n".join(lines(inspect(bundle)))
    assert "figures      on: two signers" in text
    _, table, plain = text.split("\n\n")
    assert [row.split() for row in table.splitlines()] == [
        ["phrase_cer,", "%"], ["greedy", "beam"], ["ann", "125.0", "50.0"], ["bo", "10.0", "nan"],
    ]  # fmt: skip
    assert [row.split() for row in plain.splitlines()] == [
        ["by", "signer,", "%"], ["held"], ["bo", "25.0"], ["ann", "100.0"],
    ]  # fmt: skip


def test_what_a_bundle_cannot_read_is_told(bundle: Path) -> None:
    text = (bundle / FILE).read_text(encoding="utf-8")
    if "unsupported =" not in text:
        edit(bundle, "look_ahead =", 'unsupported = "!#"\nlook_ahead =')
    assert "unsupported  ! #" in "\n".join(lines(inspect(bundle)))
    edit(bundle, 'unsupported = "', 'unsupported = "a')
    with pytest.raises(ConfigError, match="'a' is both in its alphabet and unsupported"):
        inspect(bundle)


def test_a_damaged_model_is_refused(bundle: Path) -> None:
    with (bundle / "model.tflite").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ConfigError, match="SHA-256"):
        inspect(bundle)
    good, line = row(bundle)
    assert not good
    assert "SHA-256" in line


def test_a_model_that_is_not_what_the_bundle_says_is_refused(bundle: Path) -> None:
    edit(bundle, 'alphabet = "abcdefghijklmnopqrstuvwxyz', 'alphabet = "abcdefghijklm')
    with pytest.raises(ConfigError, match=r"not \d+ of float32 or int8"):
        inspect(bundle)


def test_alphabets_in_words() -> None:
    assert characters("abcdefghijklmnopqrstuvwxyz 0123456789") == (
        "a-z, 0-9, space (37 characters)"
    )
    assert characters("ab?") == "a, b, ? (3 characters)"


def test_list_marks_the_configured_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(shipped())
    assert sum(line.startswith("* ") for line in lines) == 1


def test_list_ends_with_1_where_a_bundle_is_damaged(
    bundle: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (bundle / "model.tflite").unlink()
    (tmp_path / "ishara").mkdir()
    config = f'[recognize]\nbundle = "{bundle}"\n'
    (tmp_path / "ishara" / "ishara.toml").write_text(config, encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["models", "list"]) == 1
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("*")]
    assert "model.tflite cannot be read" in line


def test_inspect_by_name_and_an_unknown_one(capsys: pytest.CaptureFixture[str]) -> None:
    name = shipped()[0].name
    assert main(["models", "inspect", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["folder"].endswith(name)
    assert main(["models", "inspect", "no-such-bundle"]) == 78
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert "no bundle no-such-bundle" in said.err
