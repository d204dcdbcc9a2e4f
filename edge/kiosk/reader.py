"""Follows the daemon across its restarts, and carries requests to it."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress

from edge.client import ClientError, Closed, NotRunning, aconnect
from edge.client.aio import AsyncClient
from edge.events.protocol import BROADCAST
from edge.kiosk.board import Board

log = logging.getLogger(__name__)

RETRY_S = 0.5
"""After a connection that ended; where no daemon runs, `edge.client` waits for one."""

REFUSED_S = 5.0
"""After a daemon that lets us not in: only its owner can change that."""

CHECK_S = 10.0
"""Between two looks at what the daemon says only where it is asked: its source, its clients."""


class Reader:
    """One connection to the daemon at a time, whose events go to ``board``."""

    def __init__(self, board: Board, address: str | os.PathLike[str] | None) -> None:
        self._board = board
        self._address = address
        self._ishara: AsyncClient | None = None

    async def follow(self) -> None:
        """Read until cancelled."""
        while True:
            delay = RETRY_S
            try:
                await self._read()
                self._board.lost()
            except (Closed, NotRunning):
                self._board.lost()
            except ClientError as error:
                log.info("%s", error)
                self._board.lost(str(error))
                delay = REFUSED_S
            finally:
                self._ishara = None
            await asyncio.sleep(delay)

    def daemon(self) -> AsyncClient:
        """For requests.

        Raises:
            NotRunning: there is no connection now.
        """
        if self._ishara is None:
            raise NotRunning("ishara does not run: start it with `ishara run`")
        return self._ishara

    async def _read(self) -> None:
        async with aconnect(self._address, wait=True) as ishara:
            self._ishara = ishara
            assert ishara.hello is not None
            self._board.connected(ishara.hello)
            tasks = [asyncio.create_task(self._check(ishara))]
            if ishara.hello.view != "none":
                tasks.append(asyncio.create_task(self._look(ishara)))
            try:
                async for event in ishara:
                    self._board.take(event)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _check(self, ishara: AsyncClient) -> None:
        while True:
            with suppress(ClientError):
                self._board.checked(await ishara.status())
            state = self._board.state
            for _ in range(int(CHECK_S)):  # sooner where the camera may be another one
                await asyncio.sleep(1)
                if self._board.state != state and state in ("starting", "camera_lost"):
                    break

    async def _look(self, ishara: AsyncClient) -> None:
        """Have the daemon say what the camera sees, for as long as a page shows it."""
        while True:
            await self._board.viewing.wait()
            with suppress(ClientError):
                await ishara.subscribe(BROADCAST | {"view"})
            while self._board.viewing.is_set():
                await asyncio.sleep(1)
            with suppress(ClientError):
                await ishara.subscribe(BROADCAST)
