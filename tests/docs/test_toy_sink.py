"""The sink on docs/adding-an-output.md works as the page says."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from edge.events import Bus, Partial, Session
from edge.outputs.threaded import ThreadedSink
from tests.clients import HELLO, text_event
from tests.docs.pages import ROOT, blocks

SINK = next(
    block.text
    for block in blocks((ROOT / "docs" / "adding-an-output.md").read_text(encoding="utf-8"))
    if "class TextFile" in block.text
)


@pytest.fixture
def toy() -> dict[str, Any]:
    """The names that the page's code defines."""
    names: dict[str, Any] = {}
    exec(compile(SINK, "adding-an-output.md", "exec"), names)
    return names


def test_it_writes_finals_to_a_file_and_nothing_else(toy: dict[str, Any], tmp_path: Path) -> None:
    failures: list[BaseException] = []
    sink: ThreadedSink = toy["TextFile"](tmp_path / "texts.log")
    bus = Bus(HELLO)
    session = Session(bus)
    bus.attach(sink, replay=True)
    sink.start(failures.append)
    session.set_state("reading")
    for text in ("hello", "world"):
        session.publish(text_event(text[:2]))
        session.publish(text_event(text, final=True))
    sink.stop()
    assert sink.join(10)
    assert not failures
    lines = (tmp_path / "texts.log").read_text().splitlines()
    assert [line.split(" ")[1] for line in lines] == ["hello", "world"]


def test_a_file_that_blocks_delays_nobody(toy: dict[str, Any], tmp_path: Path) -> None:
    released = threading.Event()

    class Blocking(toy["TextFile"]):  # type: ignore[misc]
        def write(self, published: Any) -> None:
            released.wait(60)
            super().write(published)

    sink = Blocking(tmp_path / "texts.log")
    bus = Bus(HELLO)
    bus.attach(sink)
    sink.start(lambda failure: None)
    for _ in range(1000):
        text = text_event("a")
        assert isinstance(text, Partial)
        bus.publish(text)
    assert not (tmp_path / "texts.log").read_text(), "publishing waited for the sink"
    released.set()
    sink.stop()
    assert sink.join(10)
