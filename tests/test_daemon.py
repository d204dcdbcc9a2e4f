"""The whole way of a frame, in a process started as a user would start it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from edge.client import RequestFailed, connect
from tests.conftest import Ishara

pytestmark = pytest.mark.usefixtures("landmark_weights")


def events(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def finals(lines: str) -> str:
    return " ".join(event["text"] for event in events(lines) if event["type"] == "final")


def wait_for(process: subprocess.Popen[str], kind: str) -> dict[str, Any]:
    """The next event of ``kind`` that ``process`` prints."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["type"] == kind:
            return event
    raise AssertionError(f"no {kind}: {process.communicate()}")


def test_the_signer_is_read(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:hello world?pace=0", "--once", "--json")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert finals(out) == "hello world"
    kinds = [event["type"] for event in events(out)]
    assert kinds[0] == "hello"
    assert "partial" in kinds
    assert events(out)[-1]["state"] == "stopping"


def test_a_slow_reader_of_a_recording_gets_all_of_it(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:hello world?pace=0", "--once", "--json")
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        time.sleep(0.02)
    assert process.wait(10) == 0
    seqs = [event["seq"] for event in events("".join(lines)) if "seq" in event]
    assert seqs == list(range(1, len(seqs) + 1))
    assert finals("".join(lines)) == "hello world"


def test_provisional_text_settles(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:abc?pace=0", "--once", "--json")
    out, _ = process.communicate(timeout=120)
    texts = [event for event in events(out) if event["type"] in ("partial", "final")]
    for before, after in pairwise(texts):
        if before["segment"] == after["segment"]:
            settled = before["text"][: before["stable"]]
            assert after["text"].startswith(settled.rstrip())
    assert texts[-1]["type"] == "final"
    starts = [char["start"] for char in texts[-1]["chars"]]
    assert starts == sorted(starts)


def test_clients_hear_what_is_published_and_a_second_instance_is_refused(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:abcabcabc?speed=2", "--json")
    wait_for(process, "state")
    client = ishara("listen")
    assert wait_for(client, "hello")["protocol"] == 1
    partial = wait_for(client, "partial")
    assert partial["age_ms"] >= 0
    second = ishara("run", "--source", "signer:abc")
    _, err = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "another ishara" in err
    process.send_signal(signal.SIGTERM)
    assert wait_for(client, "bye")["reason"] == "stopping"
    process.communicate(timeout=10)
    client.communicate(timeout=10)
    assert (process.returncode, client.returncode) == (0, 0)


def test_what_is_expected_follows_requests_and_reloads(ishara: Ishara, tmp_path: Path) -> None:
    file, path = tmp_path / "i.toml", str(tmp_path / "s")
    file.write_text('[recognize]\nexpect = "letters"\n')
    options = ("--source", "signer:abc", "--socket", path, "--config", str(file))
    process = ishara("run", *options, "--json")
    assert wait_for(process, "state")["expect"] == "letters"
    with connect(path, answer_timeout=60) as client:
        client.expect("digits")
        assert client.status().expect == "digits"
        while wait_for(process, "state")["expect"] != "digits":
            pass
        process.send_signal(signal.SIGHUP)
        while "read again" not in (state := wait_for(process, "state"))["reason"]:
            pass
        assert state["expect"] == client.status().expect == "letters"


def test_words_follow_requests_and_reloads(ishara: Ishara, tmp_path: Path) -> None:
    file, path, names = tmp_path / "i.toml", str(tmp_path / "s"), tmp_path / "names.txt"
    file.write_text('[recognize]\nwords = "names.txt"\nwords_only = true\n')
    names.write_text("abc\n")
    options = ("--source", "signer:abc", "--socket", path, "--config", str(file))
    process = ishara("run", *options, "--json")
    while not (final := wait_for(process, "final"))["text"]:  # a slow machine misses letters
        pass
    assert final["text"] == "abc"
    assert isinstance(final["plain"], str)

    def reloaded() -> str:
        process.send_signal(signal.SIGHUP)
        while "configuration" not in (reason := wait_for(process, "state")["reason"]):
            pass
        return str(reason)

    with connect(path, answer_timeout=60) as client:
        assert (client.status().words, client.status().words_only) == (1, True)
        client.words(["zzzzzz", "qqqqqq"], only=True)
        assert client.status().words == 2
        while wait_for(process, "state")["request"] != "words":
            pass
        while (final := wait_for(process, "final"))["text"]:  # one may have been on its way
            pass
        assert wait_for(process, "state")["state"] == "unsure"
        with pytest.raises(RequestFailed, match=r"words:2: the bundle does not read '!'"):
            client.words(["anna", "!"])
        assert client.status().words == 2
        names.write_text("abc\ndef\nghi\n")
        assert "read again" in reloaded()
        assert client.status().words == 3
        names.write_text("\0")
        assert "stays as it was: words" in reloaded()
        assert client.status().words == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_two_seconds(ishara: Ishara, number: signal.Signals) -> None:
    process = ishara("run", "--source", "signer:hello", "--json")
    wait_for(process, "state")
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
    assert time.monotonic() - began < 2


def test_a_reader_of_its_output_that_leaves_ends_it_in_one_line(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:hello?pace=0", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(timeout=120) == 1, "else nobody would start it again"
    assert process.stderr.read().count("\n") == 1


def test_without_once_the_source_begins_again(ishara: Ishara) -> None:
    process = ishara("run", "--source", "signer:abc?pace=0", "--json")
    first, second = wait_for(process, "final"), wait_for(process, "final")
    assert first["text"] == second["text"]
    assert second["segment"] == first["segment"] + 1


def test_a_socket_made_by_systemd_is_used_and_left(tmp_path: Path) -> None:
    path = tmp_path / "made.sock"
    with socket.socket(socket.AF_UNIX) as made, socket.socket(socket.AF_UNIX) as client:
        made.bind(str(path))
        made.listen()
        client.connect(str(path))  # before anybody accepts
        client.settimeout(20)
        # This process becomes the program, so its number is the one that systemd would name.
        run = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3)\n"
            "os.environ |= {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1'}\n"
            "os.execl(sys.executable, sys.executable, '-m', 'edge', 'run',"
            " '--source', 'signer:abc')"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", run, str(made.fileno())], pass_fds=(made.fileno(),)
        )
        with client.makefile("rb") as lines:
            assert json.loads(lines.readline())["type"] == "hello"
            process.send_signal(signal.SIGTERM)
            assert json.loads(lines.readlines()[-1])["type"] == "bye"
    assert process.wait(5) == 0
    assert path.is_socket(), "systemd made it, systemd removes it"


def test_the_daemon_loads_no_network_code() -> None:
    program = (
        "import sys, edge.cli, edge.daemon;"
        "print(sorted({'ssl', 'http', 'urllib.request', 'asyncio', 'email'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
