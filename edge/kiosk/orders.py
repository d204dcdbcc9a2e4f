"""What a page or a program may ask for, as one JSON object with a ``do``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from edge.client import ClientError, NotRunning, RequestFailed
from edge.client.aio import AsyncClient
from edge.kiosk.board import Board, Text
from edge.kiosk.reader import Reader

LONGEST = 500
"""Characters of a corrected text."""

_EXPECTED = ("any", "letters", "digits")


class Refused(Exception):
    """An order that is not carried out.

    Attributes:
        status: of HTTP.
        code: one word, for programs and for the page's words.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


async def carry_out(order: Any, board: Board, reader: Reader) -> None:
    """
    Args:
        order: as it came out of JSON.

    Raises:
        Refused: there is no such order, or it cannot be carried out.
    """
    if not isinstance(order, dict) or not isinstance(order.get("do"), str):
        raise Refused(400, "malformed", 'an order is a JSON object with a "do"')
    match order["do"]:
        case "pause":
            await _ask(reader, lambda ishara: ishara.pause(keep=True))
        case "resume":
            await _ask(reader, lambda ishara: ishara.resume())
        case "clear":
            board.clear()
            if board.drafting:
                await _ask(reader, lambda ishara: ishara.reset())
        case "expect":
            expect = order.get("expect")
            if expect not in _EXPECTED:
                raise Refused(400, "bad_order", f"expect is one of {', '.join(_EXPECTED)}")
            await _ask(reader, lambda ishara: ishara.expect(expect))
        case "forget":
            board.forget()
        case "choose":
            text = _text(order, board)
            reading = order.get("reading")
            if type(reading) is not int or not 0 <= reading < len(text.readings):
                raise Refused(400, "bad_order", "reading is the number of one of its readings")
            board.show(text, text.readings[reading])
        case "correct":
            board.show(_text(order, board), _corrected(order.get("to")))
        case _:
            known = "pause, resume, clear, expect, forget, choose, correct"
            raise Refused(400, "bad_order", f"there is no such order; there are {known}")


async def _ask(reader: Reader, request: Callable[[AsyncClient], Awaitable[None]]) -> None:
    try:
        await request(reader.daemon())
    except NotRunning as error:
        raise Refused(503, "away", str(error)) from error
    except RequestFailed as error:
        raise Refused(429 if error.code == "rate" else 409, error.code, str(error)) from error
    except ClientError as error:
        raise Refused(503, "away", str(error)) from error


def _text(order: dict[str, Any], board: Board) -> Text:
    number = order.get("text")
    text = board.text(number) if type(number) is int else None
    if text is None:
        raise Refused(404, "no_such_text", "text is the number of a text that is still kept")
    return text


def _corrected(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(400, "bad_order", "to is the corrected text")
    if len(value) > LONGEST:
        raise Refused(400, "too_long", f"a text has at most {LONGEST} characters")
    shown = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if not shown:
        raise Refused(400, "bad_order", "the corrected text is empty")
    return shown
