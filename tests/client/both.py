"""One face for both clients, so that each test runs on both."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Coroutine
from itertools import islice
from typing import Any

from edge.client import Event, Status, aconnect, connect


class Threaded:
    """The client without asyncio, as it is."""

    def __init__(self, *address: Any, **options: Any) -> None:
        self._client = connect(*address, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def next(self) -> Event | None:
        return next(self._client, None)

    def take(self, count: int) -> list[Event]:
        return list(islice(self._client, count))


class Asyncio:
    """The client with asyncio, in an event loop of its own in another thread."""

    def __init__(self, *address: Any, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._client = aconnect(*address, **options)
        try:
            self._run(self._client.__aenter__())
        except BaseException:
            self._end()
            raise

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *arguments: self._run(found(*arguments))

    def next(self) -> Event | None:
        async def take() -> Event | None:
            return await anext(self._client, None)

        return self._run(take())

    def take(self, count: int) -> list[Event]:
        async def take() -> list[Event]:
            return [await anext(self._client) for _ in range(count)]

        events: list[Event] = self._run(take())
        return events

    def status(self) -> Status:
        return self._run(self._client.status())

    def close(self) -> None:
        if not self._loop.is_closed():
            self._run(self._client.close())
            self._end()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _end(self) -> None:
        async def others() -> None:
            pending = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*pending, return_exceptions=True)

        self._run(others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


Either = Threaded | Asyncio
