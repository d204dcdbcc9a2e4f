"""The client for programs with asyncio; tasks of one event loop may share one."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from types import TracebackType

from edge.client.address import Address, UnixAddress, resolve
from edge.client.errors import ClientError
from edge.client.session import ClientSession, Options, Phase
from edge.client.transport import CHUNK_BYTES, CONNECT_TIMEOUT_S, connection_error, no_answer
from edge.events.protocol import Event, Expected, Hello, Kind, Status


class AsyncClient:
    """As `edge.client.sync.Client`, which describes it, with ``async for`` and ``await``.

    There is no task in here: whoever waits, for an event or an answer, reads for all.
    """

    def __init__(self, address: str | os.PathLike[str] | None, options: Options) -> None:
        """Use `edge.client.aconnect`."""
        self._address = address
        self._options = options
        self._session = ClientSession(options, time.monotonic())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._turn: asyncio.Event | None = None  # set when the task that reads has read
        self._closing = asyncio.Event()

    @property
    def hello(self) -> Hello | None:
        """The newest of the daemon."""
        return self._session.hello

    @property
    def dropped(self) -> int:
        """Events that came while requests were made and nobody took events."""
        return self._session.queue.dropped

    async def __aenter__(self) -> AsyncClient:
        try:
            await self._wait(lambda: self._session.hello is not None)
            if self._session.hello is None:
                raise self._session.failure or self._session.closed()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        queue = self._session.queue
        await self._wait(lambda: len(queue) > 0)
        if event := queue.take():
            return event
        if self._session.failure:
            raise self._session.failure
        raise StopAsyncIteration

    async def subscribe(self, events: Iterable[str]) -> None:
        """As `edge.client.sync.Client.subscribe`."""
        await self._ask(lambda: self._session.subscribe(events))

    async def status(self) -> Status:
        """As `edge.client.sync.Client.status`."""
        status = await self._ask(lambda: self._session.request("status"))
        assert isinstance(status, Status)
        return status

    async def pause(self, keep: bool = False) -> None:
        """As `edge.client.sync.Client.pause`."""
        await self._ask(lambda: self._session.request("pause", keep=keep))

    async def resume(self) -> None:
        """As `edge.client.sync.Client.resume`."""
        await self._ask(lambda: self._session.request("resume"))

    async def reset(self) -> None:
        """As `edge.client.sync.Client.reset`."""
        await self._ask(lambda: self._session.request("reset"))

    async def expect(self, expect: Expected) -> None:
        """As `edge.client.sync.Client.expect`."""
        await self._ask(lambda: self._session.request("expect", expect=expect))

    async def answer(
        self, segment: int, text: str, kind: Kind = "passage", sources: Iterable[str] = ()
    ) -> None:
        """As `edge.client.sync.Client.answer`."""
        await self._ask(
            lambda: self._session.request(
                "answer", segment=segment, text=text, kind=kind, sources=list(sources)
            )
        )

    async def words(self, words: Iterable[str], only: bool = False) -> None:
        """As `edge.client.sync.Client.words`."""
        wanted = list(words)
        await self._ask(lambda: self._session.request("words", words=wanted, only=only))

    async def ping(self) -> float:
        """As `edge.client.sync.Client.ping`."""
        began = time.monotonic()
        await self._ask(lambda: self._session.request("ping"))
        return time.monotonic() - began

    async def close(self) -> None:
        """End the connection; an iteration in another task ends."""
        self._session.close()
        self._closing.set()
        writer = self._writer
        self._close_stream()
        if writer:
            with suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, request: Callable[[], int]) -> Event:
        deadline = time.monotonic() + self._options.answer_timeout
        session = self._session
        await self._wait(lambda: session.ready, deadline)
        if session.over:
            raise session.closed()
        number = request()
        try:
            self._send()
            await self._wait(lambda: session.answered(number), deadline)
            return session.answer(number)
        finally:
            session.forget(number)

    async def _wait(self, ready: Callable[[], bool], deadline: float = math.inf) -> None:
        """Read, or let another task read, until ``ready`` or all is over.

        Raises:
            Timeout: the monotonic ``deadline`` has passed.
        """
        while not ready() and not self._session.over:
            if time.monotonic() >= deadline:
                raise no_answer(self._session.address)
            if self._turn:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_remaining(deadline)):
                        await self._turn.wait()
                continue
            self._turn = turn = asyncio.Event()
            try:
                await self._advance(deadline)
            finally:
                self._turn = None
                turn.set()
                if self._session.phase in (Phase.CONNECTING, Phase.OVER):
                    self._close_stream()

    async def _advance(self, deadline: float) -> None:
        """Connect, or wait until that is due, or receive once."""
        if self._session.phase is not Phase.CONNECTING:
            await self._receive(deadline)
        elif (pause := min(self._session.retry_at, deadline) - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._closing.wait()
        else:
            await self._connect()

    async def _connect(self) -> None:
        try:
            where = resolve(self._address)
            reader, writer = await _open_stream(where)
        except ClientError as error:
            if not self._session.over:
                self._session.failed(error, time.monotonic())
            return
        self._reader, self._writer = reader, writer
        if not self._session.over:  # it may have been closed meanwhile
            self._session.address = where
            self._session.connected(time.monotonic())
            self._send()

    async def _receive(self, deadline: float) -> None:
        session = self._session
        assert self._reader is not None
        greeting = session.phase is Phase.GREETING
        until = min(deadline, session.greeting_ends) if greeting else deadline
        try:
            async with asyncio.timeout(_remaining(until)):
                data = await self._reader.read(CHUNK_BYTES)
        except TimeoutError:
            if greeting and time.monotonic() >= session.greeting_ends:
                session.not_greeted(time.monotonic())
            return
        except OSError:
            data = b""
        if session.over:
            return
        if data:
            session.receive(data)
        else:
            session.lost(time.monotonic())

    def _send(self) -> None:
        if self._writer:
            self._writer.write(bytes(self._session.outgoing))
            self._session.outgoing.clear()

    def _close_stream(self) -> None:
        if self._writer:
            self._writer.transport.abort()  # what is still to be sent may never be taken
            self._reader = self._writer = None


def _remaining(deadline: float) -> float | None:
    return None if deadline == math.inf else deadline - time.monotonic()


async def _open_stream(where: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if isinstance(where, UnixAddress):
                return await asyncio.open_unix_connection(where.path, limit=CHUNK_BYTES)
            return await asyncio.open_connection(where.host, where.port, limit=CHUNK_BYTES)
    except OSError as error:
        raise connection_error(where, error) from error
