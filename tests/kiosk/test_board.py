"""What pages are told: everything at first, then changes, each once."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any

from edge.events import Answer, Final, Hello, Partial, Revised, State, View
from edge.kiosk.board import MESSAGES, TEXTS, Board
from tests.clients import text_event
from tests.kiosk.conftest import alone

HELLO = Hello(version="0", source="v4l2:/dev/video0", live=True, bundle="b")


def partial(text: str, segment: int = 1) -> Partial:
    event = text_event(text, segment)
    assert isinstance(event, Partial)
    return event


def final(text: str, segment: int = 1) -> Final:
    event = text_event(text, segment, final=True)
    assert isinstance(event, Final)
    return event


def revised(text: str, segment: int = 1) -> Revised:
    event = final(text, segment)
    return Revised(**{field.name: getattr(event, field.name) for field in fields(event)})


def told(board: Board, last_id: str = "", view: bool = False) -> list[dict[str, Any]]:
    """What a page that comes now is told at once."""

    async def first() -> list[dict[str, Any]]:
        async with aclosing(board.watch(last_id, 0.01, view)) as messages:
            async for batch in messages:
                return [{**json.loads(m.line), "id": m.id} for m in batch]
        return []

    return alone(first())


def made(*events: object) -> Board:
    board = Board()
    board.connected(HELLO)
    for event in events:
        board.take(event)
    return board


def texts(board: Board) -> list[str]:
    (everything,) = told(board)
    return [text["text"] for text in everything["texts"]]


def test_a_page_that_comes_is_told_everything() -> None:
    board = made(State(state="reading"), final("hi"), partial("yo", 2))
    (everything,) = told(board)
    assert everything["type"] == "everything"
    assert everything["state"]["state"] == "reading"
    assert everything["draft"]["text"] == "yo"
    assert texts(board) == ["hi"]


def test_a_page_that_comes_back_is_told_what_it_missed_and_nothing_twice() -> None:
    board = made(State(state="reading"), final("one"))
    (everything,) = told(board)
    assert told(board, everything["id"]) == []
    board.take(final("two", 2))
    (missed,) = told(board, everything["id"])
    assert (missed["type"], missed["text"]) == ("text", "two")
    assert told(board, missed["id"]) == []


def test_a_page_that_missed_too_much_or_comes_from_another_run_is_told_everything() -> None:
    board = made(final("one"))
    (everything,) = told(board)
    for n in range(MESSAGES + 1):
        board.take(State(state="reading", reason=str(n)))
    for last_id in (everything["id"], "0badcafe-3", "", "-", "x" * 5000, f"{everything['id']}999"):
        (message,) = told(board, last_id)
        assert message["type"] == "everything"


def test_a_draft_that_a_later_one_replaced_is_not_told() -> None:
    board = made(State(state="reading"))
    (everything,) = told(board)
    for end in range(1, 6):
        board.take(partial("hello"[:end]))
    (draft,) = told(board, everything["id"])
    assert draft["text"] == "hello"
    board.take(final("hello"))
    ended, text = told(board, everything["id"])
    assert (ended["type"], ended["text"]) == ("draft", "")
    assert (text["type"], text["text"]) == ("text", "hello")


def test_a_second_reading_can_be_chosen_and_does_not_replace_a_choice() -> None:
    board = made(final("helo"), revised("hello"))
    (everything,) = told(board)
    (text,) = everything["texts"]
    assert (text["text"], text["readings"]) == ("hello", ["hello", "helo"])
    board = made(final("helo"))
    chosen = board.text(1)
    assert chosen is not None
    board.show(chosen, "help")
    board.take(revised("hello"))
    assert texts(board) == ["help"]
    assert chosen.readings == ["hello", "helo"]


def test_a_text_that_the_daemon_is_not_sure_of_says_so_until_somebody_is() -> None:
    board = made(final("helo"), revised(""))
    (text,) = told(board)[0]["texts"]
    assert (text["text"], text["readings"], text["unsure"]) == ("helo", ["helo"], True)
    held = board.text(1)
    assert held is not None
    board.show(held, "hello")
    assert told(board)[0]["texts"][0]["unsure"] is False


def test_after_a_new_connection_segment_numbers_mean_other_texts() -> None:
    board = made(final("one"), partial("dra", 2))
    board.lost()
    assert told(board)[0]["draft"] is None
    board.connected(HELLO)
    board.take(revised("another"))
    board.take(Answer(segment=1, text="?", kind="unknown"))
    assert texts(board) == ["one"]
    assert told(board)[0]["answer"] is None
    board.take(final("two"))
    assert texts(board) == ["one", "two"]


def test_an_answer_stands_until_something_else_is_spelled_or_it_is_cleared() -> None:
    answer = Answer(segment=1, text="at 7", kind="passage", sources=("pool.md",))
    board = made(final("when"), answer)
    assert told(board)[0]["answer"]["question"] == "when"
    assert told(board)[0]["answer"]["sources"] == ["pool.md"]
    board.take(partial("x", 2))
    assert told(board)[0]["answer"] is None
    board = made(final("when"), answer)
    board.clear()
    board.take(replace(answer, text="at 8"))
    assert told(board)[0]["answer"] is None


def test_nothing_of_a_forgotten_text_is_left() -> None:
    board = made(State(state="reading"), final("secret"))
    (everything,) = told(board)
    board.forget()
    for last_id in ("", everything["id"]):
        assert "secret" not in json.dumps(told(board, last_id))
    assert "secret" not in repr(vars(board))


def test_what_is_kept_is_bounded() -> None:
    board = made(*(final(f"text {n}", n) for n in range(1, 2000)))
    assert len(texts(board)) == TEXTS
    assert len(board._messages) == MESSAGES
    assert len(board._segments) == TEXTS


def test_the_camera_is_said_to_be_on_only_where_it_is() -> None:
    cases = {
        "searching": "on", "reading": "on", "paused": "on", "starting": "starting",
        "camera_lost": "off", "stopping": "off",
    }  # fmt: skip
    for state, camera in cases.items():
        board = made(State(state=state))  # type: ignore[arg-type]
        assert told(board)[0]["state"]["camera"] == camera
    board.lost()
    assert told(board)[0]["state"]["camera"] == "off"
    for source in ("signer:hi", "video:clip.mp4", "photo:/srv"):
        board.connected(replace(HELLO, source=source))
        board.take(State(state="reading"))
        assert told(board)[0]["state"]["camera"] == "none"


def test_what_the_camera_sees_is_told_to_those_who_ask_and_not_kept() -> None:
    view = View(width=4, height=3, hands=(), captured=0.0, age_ms=0.0)
    board = made(view)
    assert board._view is None

    async def look() -> list[str]:
        kinds: list[str] = []
        async with aclosing(board.watch(view=True)) as messages:
            async for batch in messages:
                kinds += [m.kind for m in batch]
                if len(kinds) > 1:
                    return kinds
                assert board.viewing.is_set()
                board.take(view)
        return kinds

    assert alone(look()) == ["everything", "view"]
    assert not board.viewing.is_set()
    assert board._view is None


def test_ten_thousand_events_reach_a_page_in_order_and_once() -> None:
    board = Board()
    board.connected(HELLO)

    async def run() -> list[int]:
        seen: list[int] = []

        async def page() -> None:
            async with aclosing(board.watch()) as messages:
                async for batch in messages:
                    told = [json.loads(m.line) for m in batch]
                    seen.extend(m["number"] for m in told if m["type"] == "text")
                    if seen and seen[-1] == 5000:
                        return

        reading = asyncio.create_task(page())
        await asyncio.sleep(0)
        for n in range(1, 5001):
            board.take(partial("a", n))
            board.take(final("ab", n))
            if n % 50 == 0:
                await asyncio.sleep(0)
        await reading
        return seen

    assert alone(run()) == list(range(1, 5001))
