"""``ishara listen``: lines as they come, or the text only; waiting for a daemon, or not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from edge.cli import main
from edge.events import State
from tests.clients import Serve, eventually, text_event
from tests.conftest import Ishara


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()
    return line


def test_lines_are_printed_as_they_come(serve: Serve, ishara: Ishara) -> None:
    server = serve()
    client = ishara("listen", "--socket", str(server.path))
    assert json.loads(next_line(client))["type"] == "hello"
    other = serve.connect(server)
    assert json.loads(other.received.readline())["type"] == "hello"
    server.publish(State(state="reading", reason="ü \u2028 \0"))
    server.publish(text_event("hello", final=True))
    server.close()
    out, _ = client.communicate(timeout=60)
    assert out.encode() == other.received.read()
    assert client.returncode == 0


def test_only_the_text_of_finals(serve: Serve, ishara: Ishara) -> None:
    server = serve()
    client = ishara("listen", "--text", "--socket", str(server.path))
    assert eventually(lambda: server.clients == 1, 60)
    server.publish(text_event("hel"))
    server.publish(text_event("hello", final=True))
    assert next_line(client) == "hello\n"
    server.publish(text_event("world", segment=2, final=True))
    server.close()
    assert client.communicate(timeout=60) == ("world\n", "")
    assert client.returncode == 0


@pytest.mark.parametrize("options", [(), ("--text",)])
def test_waiting_for_one_daemon_after_the_other(
    serve: Serve, ishara: Ishara, tmp_path: Path, options: tuple[str, ...]
) -> None:
    client = ishara("listen", "--wait", *options, "--socket", str(tmp_path / "s.sock"))
    for text in ("first", "second"):
        server = serve()
        assert eventually(lambda server=server: server.clients == 1, 60)
        server.publish(text_event(text, final=True))
        while (line := next_line(client)) and text not in line:
            assert not options
        if options:
            assert line == f"{text}\n"
        server.close()
    assert client.poll() is None


@pytest.mark.parametrize("options", [(), ("--text",)])
def test_nobody_to_listen_to(
    options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listen", *options, "--socket", str(tmp_path / "none")]) == 2
    shown = capsys.readouterr()
    assert (shown.out, "nothing listens" in shown.err) == ("", True)


def test_a_command_that_cannot_be_run_for_finals_is_refused(
    landmark_weights: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["--source", "signer:a", "--socket", str(tmp_path / "s"), "--on-final", "/none x"]
    assert main(["run", *arguments]) == 2
    assert "--on-final /none x: there is no such program" in capsys.readouterr().err
