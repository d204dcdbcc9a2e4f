"""The weights: what is refused, what is fetched. A stand-in for pip; no network."""

import hashlib
import subprocess
import zipfile

import pytest

from edge import resources
from edge.errors import ConfigError, UserError
from edge.landmarks import weights

CONTENT = {"one": b"first model", "two": b"second model"}


class Pip:
    """Answers for `subprocess.run`: makes a wheel of ``members``, or fails."""

    def __init__(self):
        self.members = {f"models/{name}.tflite": content for name, content in CONTENT.items()}
        self.fails = ""
        self.commands = []

    def __call__(self, command, **how):
        self.commands.append(command)
        if self.fails:
            return subprocess.CompletedProcess(command, 1, "", self.fails)
        folder = command[command.index("-d") + 1]
        with zipfile.ZipFile(f"{folder}/made-1.0-py3-none-any.whl", "w") as wheel:
            for member, content in self.members.items():
                wheel.writestr(member, content)
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def pip(monkeypatch, tmp_path):
    listed = ['[origins.made]\nwheel = "made==1.0"\nplatform = "any"\npython = "3.11"\n']
    for name, content in CONTENT.items():
        listed.append(
            f'[weights.{name}]\norigin = "made"\npath = "models/{name}.tflite"\n'
            f'bytes = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
            'licence = "Apache-2.0"\n'
        )
    (tmp_path / "landmarks.toml").write_text("\n".join(listed))
    monkeypatch.setattr(resources, "models", lambda: tmp_path)
    monkeypatch.setattr(resources, "weights", lambda: tmp_path / "share" / "landmarks")
    made = Pip()
    monkeypatch.setattr(weights.subprocess, "run", made)
    return made


def quiet(line):
    assert "\n" not in line


def test_fetch_brings_all_and_then_has_nothing_to_do(pip):
    assert weights.check() == [("one", "missing"), ("two", "missing")]
    weights.fetch(quiet)
    assert weights.check() == [("one", "ok"), ("two", "ok")]
    assert weights.path("two").read_bytes() == CONTENT["two"]
    weights.fetch(quiet)
    assert len(pip.commands) == 1
    assert sorted(path.name for path in resources.weights().iterdir()) == [
        "one.tflite",
        "two.tflite",
    ]


def test_pip_is_asked_for_one_wheel_and_nothing_else(pip):
    weights.fetch(quiet)
    (command,) = pip.commands
    assert command[1:4] == ["-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "made==1.0"} <= set(command)


def test_a_damaged_file_is_refused_and_fetched_again(pip):
    weights.fetch(quiet)
    damaged = resources.weights() / "one.tflite"
    damaged.write_bytes(CONTENT["one"].swapcase())
    assert weights.check() == [("one", "damaged"), ("two", "ok")]
    with pytest.raises(ConfigError, match=r"one\.tflite are damaged: run `ishara models fetch`"):
        weights.path("one")
    weights.fetch(quiet)
    assert weights.path("one").read_bytes() == CONTENT["one"]


def test_a_missing_file_names_the_remedy(pip):
    with pytest.raises(ConfigError, match=r"are missing: run `ishara models fetch`"):
        weights.path("one")


def test_an_unknown_name_is_refused(pip):
    with pytest.raises(ConfigError, match="three are not listed"):
        weights.path("three")


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("WARNING: a\nERROR: no space\nNotice: b\n", r"\(no space\)"),
        ("python3: No module named pip\n", r"\(python3: No module named pip\)"),
        (
            "WARNING: Retrying after connection broken by 'x'\nERROR: No match\n",
            "index cannot be reached",
        ),
        ("\n", "pip said nothing"),
    ],
)
def test_a_failing_pip_is_one_line_with_its_reason(pip, stderr, reason):
    pip.fails = stderr or " "
    with pytest.raises(UserError, match=reason) as failure:
        weights.fetch(quiet)
    assert "\n" not in str(failure.value)
    assert "ishara models fetch" in str(failure.value)
    assert failure.value.exit_code == 2


def test_a_wrong_hash_is_refused_and_not_written(pip):
    pip.members["models/one.tflite"] = b"other model"
    with pytest.raises(ConfigError, match="SHA-256"):
        weights.fetch(quiet)
    assert weights.check()[0] == ("one", "missing")


def test_a_wheel_without_the_file_is_refused(pip):
    del pip.members["models/one.tflite"]
    with pytest.raises(ConfigError, match="does not hold models/one"):
        weights.fetch(quiet)


def test_a_folder_that_cannot_be_written_is_one_line(pip, tmp_path):
    (tmp_path / "share").write_text("a file where a folder belongs")
    with pytest.raises(UserError, match="cannot be written"):
        weights.fetch(quiet)


def test_a_write_that_fails_leaves_nothing(pip, monkeypatch):
    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights.os, "replace", full)
    with pytest.raises(UserError, match="No space left"):
        weights.fetch(quiet)
    assert list(resources.weights().iterdir()) == []


DEEP = f"a = {'[' * 5000}"


@pytest.mark.parametrize("name", ["../one", "/dev/zero", "a\\nb", "a\\u0000b"])
def test_a_list_that_names_files_elsewhere_is_refused(pip, tmp_path, name):
    listed = tmp_path / "landmarks.toml"
    text = listed.read_text()
    listed.write_text(text.replace("[weights.", f'[weights."{name}', 1).replace("]\n", '"]\n', 1))
    with pytest.raises(ConfigError, match=r"landmarks\.toml") as refusal:
        weights.check()
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    "text", [None, "[weights", "a = 1", "[origins]\n[weights.one]\nx = 1", DEEP]
)
def test_a_bad_list_is_one_line(pip, tmp_path, text):
    listed = tmp_path / "landmarks.toml"
    listed.unlink()
    if text is not None:
        listed.write_text(text)
    with pytest.raises(ConfigError, match=r"landmarks\.toml"):
        weights.check()


def test_the_real_list_holds_what_the_tracker_asks_for():
    listed = weights.listed()
    for name in ("palm_detection_full", "hand_landmark_full"):
        assert len(listed[name].sha256) == 64
        assert listed[name].licence == "Apache-2.0"
