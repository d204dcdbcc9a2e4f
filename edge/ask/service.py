"""Answers what a daemon publishes, until it is stopped; follows the folder meanwhile."""

from __future__ import annotations

import asyncio
import logging

from edge.ask.asker import Asker
from edge.ask.index import Index
from edge.client import Closed, Final, RequestFailed, Revised, Timeout, aconnect
from edge.client.aio import AsyncClient

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""Seconds between two looks at the folder."""


async def serve(index: Index, asker: Asker, address: str | None) -> None:
    """Answer each text of the daemon at ``address``, the newest of a segment.

    Raises:
        ClientError: there can be no connection.
    """
    looking = asyncio.create_task(_look(index))
    wanted = {"final", "revised"}
    try:
        async with aconnect(address, events=wanted, wait=True, reconnect=True) as ishara:
            last: tuple[int, str] | None = None
            while True:
                following = asyncio.ensure_future(anext(ishara))
                await asyncio.wait({following, looking}, return_when=asyncio.FIRST_COMPLETED)
                if looking.done():
                    following.cancel()
                    looking.result()
                event = await following
                if isinstance(event, Final | Revised) and (event.segment, event.text) != last:
                    last = event.segment, event.text
                    await _answer(ishara, asker, event.segment, event.text)
    finally:
        looking.cancel()


async def _answer(ishara: AsyncClient, asker: Asker, segment: int, text: str) -> None:
    question = asker.question(text)
    if not question:
        return
    hits = asker.search(question)
    # A model takes seconds; the folder is followed meanwhile.
    reply = await asyncio.to_thread(asker.reply, asker.corrected(question), hits)
    try:
        await ishara.answer(segment, reply.text, reply.kind, reply.sources)
    except (RequestFailed, Closed, Timeout) as error:
        log.warning("an answer is lost: %s", error)


async def _look(index: Index) -> None:
    """An exception that is none of the folder's ends the program."""
    troubled = False
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            index.refresh()
            troubled = False
        except OSError as error:
            if not troubled:
                troubled = True
                log.warning(
                    "the folder cannot be read now: %s; what was read stays", error.strerror
                )
