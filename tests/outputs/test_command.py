"""The command of ``ishara run --on-final``."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.errors import UserError
from edge.events import State
from edge.outputs.command import CommandSink
from tests.clients import text_event
from tests.conftest import Ishara


def published(text: str, final: bool = True) -> SimpleNamespace:
    return SimpleNamespace(event=text_event(text, final=final))


def script(folder: Path, body: str) -> Path:
    path = folder / "run me"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_text_is_the_last_argument_and_no_shell_sees_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = script(tmp_path, f'printf "%s|" "$@" >> {out}')
    sink = CommandSink(f"'{program}' --say 'a b'")
    sink.write(published("hello world"))
    sink.write(published("$(touch hacked); *"))
    sink.write(published("not yet", final=False))
    sink.write(SimpleNamespace(event=State(state="reading")))
    assert out.read_text() == "--say|a b|hello world|--say|a b|$(touch hacked); *|"


def test_what_it_prints_does_not_reach_stdout(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    CommandSink(f"'{script(tmp_path, 'cat; echo said')}'").write(published("x"))
    assert capfd.readouterr() == ("", "said\n")


@pytest.mark.parametrize("command", ["", "no-such-program x", "'open"])
def test_a_command_that_cannot_be_run_is_refused(command: str) -> None:
    with pytest.raises(UserError, match="--on-final"):
        CommandSink(command)


def test_failures_are_logged_and_the_next_one_is_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = script(tmp_path, f'echo "$1" >> {tmp_path}/out; exit 3')
    sink = CommandSink(f"'{program}'")
    with caplog.at_level(logging.WARNING):
        sink.write(published("a"))
        program.rename(tmp_path / "moved")
        sink.write(published("b"))
        (tmp_path / "moved").rename(program)
        sink.write(published("c"))
    assert (tmp_path / "out").read_text() == "a\nc\n"
    assert "ended with code 3" in caplog.text
    assert "cannot be run" in caplog.text


def test_one_that_hangs_is_killed_with_what_it_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.outputs.command.COMMAND_TIMEOUT_S", 0.5)
    program = script(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    CommandSink(f"'{program}'").write(published("x"))
    assert "was killed after 0.5 s" in caplog.text
    if (tmp_path / "child").exists():
        child = int((tmp_path / "child").read_text())
        deadline = time.monotonic() + 10
        while _runs(child) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def test_ishara_run_runs_it_for_each_final(
    ishara: Ishara, landmark_weights: None, tmp_path: Path
) -> None:
    program = script(tmp_path, f'echo "$@" >> {tmp_path}/out')
    process = ishara(
        "run", "--source", "signer:ab?pace=0", "--once", "--on-final", f"'{program}' read:"
    )
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "", "")
    assert (tmp_path / "out").read_text() == "read: ab\n"
