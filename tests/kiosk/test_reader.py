"""The daemon's restarts, seen from the page's server."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

from edge.client import NotRunning
from edge.kiosk.board import Board
from edge.kiosk.reader import Reader
from tests.kiosk.conftest import Daemon, alone
from tests.kiosk.states import final, state


async def until(condition: object, seconds: float = 20.0) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while not condition():  # type: ignore[operator]
        assert asyncio.get_running_loop().time() < end, "it did not come"
        await asyncio.sleep(0.02)


def texts(board: Board) -> list[str]:
    return [text["text"] for text in json.loads(board._after(-1)[0].line)["texts"]]


def test_it_is_back_after_a_restart_and_no_text_is_doubled(daemon: Daemon) -> None:
    async def run() -> None:
        board = Board()
        reader = Reader(board, daemon.path)
        following = asyncio.create_task(reader.follow())
        with pytest.raises(NotRunning):
            reader.daemon()
        for turn in range(3):
            server = daemon.start()
            state(server, "searching")
            await until(lambda: board.state == "searching")
            final(server, f"text {turn}")
            await until(lambda turn=turn: len(texts(board)) == turn + 1)
            await asyncio.to_thread(daemon.stop)
            await until(lambda: board.state in ("away", "stopping"))
        await until(lambda: board.state == "away")
        assert texts(board) == ["text 0", "text 1", "text 2"]
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following

    alone(run())


def test_it_asks_what_is_watched_and_who_else_reads(daemon: Daemon) -> None:
    async def run() -> None:
        board = Board()
        following = asyncio.create_task(Reader(board, daemon.path).follow())
        server = daemon.start()
        state(server, "searching")
        await until(lambda: board._source == "test:")
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following

    alone(run())
