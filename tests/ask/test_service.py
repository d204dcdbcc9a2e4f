"""``ishara ask`` and a daemon's socket: questions come as finals, answers go to all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edge.ask.asker import UNKNOWN, Asker
from edge.ask.search import Searcher
from edge.cli import main
from tests.clients import Serve, text_event
from tests.conftest import Ishara


def test_what_is_asked(searcher: Searcher) -> None:
    asker = Asker(searcher)
    assert asker.question("When does the pool open?") == "when does the pool open"
    assert [asker.question(text) for text in ("hi", "", "??", "a b")] == [""] * 4


def test_a_wake_phrase_comes_before_a_question_or_alone(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = Asker(searcher, wake="Ask Ishara")
    assert asker.question("when does the pool open") == ""
    assert asker.question("ask ishara when does the pool open") == "when does the pool open"
    assert asker.question("askisharawhendoesthepoolopen") == "whendoesthepoolopen"
    assert asker.question("askishsra pool") == "pool"
    assert asker.question("task isharp") == ""
    assert asker.question("pool hours") == "pool hours"
    assert asker.question("pool hours") == "", "once is enough"
    assert asker.question("ask ishara") == ""
    now = 1e9
    monkeypatch.setattr("edge.ask.asker.time.monotonic", lambda: now)
    assert asker.question("pool hours") == "", "too late"


def test_questions_are_answered_to_all(serve: Serve, ishara: Ishara, folder: Path) -> None:
    server = serve()
    other = serve.connect(server)
    other.ask(type="subscribe", events=["answer"])
    other.sync()
    process = ishara("ask", str(folder), "--socket", str(server.path))
    while server.clients < 2 and process.poll() is None:
        pass
    server.publish(text_event("hi", final=True))
    server.publish(text_event("whendoesthepoolopen", final=True))
    answer = other.until("answer")
    assert answer["segment"] == 2
    assert answer["text"] == "The pool opens at 7 and closes at 20. It is closed on Mondays."
    assert (answer["kind"], answer["sources"]) == ("passage", ["pool.md: Opening hours"])
    server.publish(text_event("who wrote hamlet", final=True))
    answer = other.until("answer")
    assert (answer["segment"], answer["text"], answer["kind"]) == (3, UNKNOWN, "unknown")
    (folder / "zoo.md").write_text("# Zoo\n\n## Parrots\nThe parrot feeding is at noon.\n")
    for segment in range(4, 12):  # the folder is looked at every two seconds
        server.publish(text_event("parrot feeding", final=True))
        answer = other.until("answer")
        assert answer["segment"] == segment
        if answer["kind"] == "passage":
            break
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            continue
    assert answer["sources"] == ["zoo.md: Parrots"]


def test_a_question_is_answered_without_a_daemon(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", str(folder), "--question", "how much is a passport"]) == 0
    assert capsys.readouterr().out == (
        "A passport costs 60 euros and is made within three weeks in room 12.\n"
        "[1] town.md: Passports\n"
    )
    assert main(["ask", str(folder), "--question", "who wrote hamlet"]) == 1
    assert capsys.readouterr().out == f"{UNKNOWN}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "name a folder of Markdown or text"),
        ([".", "--llm", "ftp://x"], "give http://HOST:PORT/v1"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["ask", *arguments, "--question", "x"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
