"""The complete programs on the pages run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.events import State
from tests.clients import Server, eventually, text_event
from tests.docs.pages import ROOT, blocks


def program(page: str, holds: str) -> str:
    """The block of Python on ``page`` in which ``holds`` stands."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = (b.text for b in blocks(text) if b.language == "python" and holds in b.text)
    return found


@pytest.mark.parametrize(
    ("page", "holds"), [("README.md", "connect(wait=True)"), ("docs/client.md", "match event")]
)
def test_a_client_prints_the_finals(page: str, holds: str, tmp_path: Path) -> None:
    (tmp_path / "ishara").mkdir(mode=0o700)
    server = Server(tmp_path / "ishara" / "ishara.sock")
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("RUNTIME_DIRECTORY", None)
    process = subprocess.Popen(
        [sys.executable, "-c", program(page, holds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert eventually(lambda: server.clients == 1, 60), process.poll()
        server.publish(State(state="reading"))
        for text in ("hello", "world"):
            server.publish(text_event(text[:2]))
            server.publish(text_event(text, final=True))
        server.close()
        out, err = process.communicate(timeout=60)
    finally:
        server.close()
        process.kill()
        process.communicate()
    assert (process.returncode, out.splitlines()) == (0, ["hello", "world"]), err


def test_the_camera_that_counts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", program("docs/adding-a-camera.md", "class Counter")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["0", "1", "2", "3", "4"]
