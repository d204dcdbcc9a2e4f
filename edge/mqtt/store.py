"""What waits for the broker: bounded, in order, and kept until the broker has it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass

log = logging.getLogger(__name__)

MAX_MESSAGES = 10_000
"""Texts: hours of spelling."""


@dataclass(frozen=True, slots=True)
class Message:
    """``retain``: the broker keeps it for newcomers, and only the newest of a topic is worth
    sending."""

    topic: str
    payload: str
    retain: bool = False


class Store:
    """Messages, oldest first; one event loop.

    Attributes:
        dropped: messages that went because too many waited.
    """

    def __init__(self, most: int = MAX_MESSAGES) -> None:
        self._most = most
        self._waiting: deque[Message] = deque()
        self._changed = asyncio.Event()
        self.dropped = 0

    def put(self, message: Message) -> None:
        """Add a message; the oldest goes where there are too many."""
        if message.retain:
            for earlier in self._waiting:
                if earlier.retain and earlier.topic == message.topic:
                    self._waiting.remove(earlier)
                    break
        if len(self._waiting) == self._most:
            self._waiting.popleft()
            if not self.dropped:
                log.warning("more than %d messages wait for the broker: the oldest go", self._most)
            self.dropped += 1
        self._waiting.append(message)
        self._changed.set()

    async def first(self) -> Message:
        """The oldest, once there is one; it stays until `sent`."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        return self._waiting[0]

    def sent(self, message: Message) -> None:
        """The broker has it."""
        if self._waiting and self._waiting[0] is message:
            self._waiting.popleft()

    def __len__(self) -> int:
        return len(self._waiting)
