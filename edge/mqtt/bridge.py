"""From a daemon's socket to a broker, and commands back, until it is stopped."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from edge.client import (
    Answer,
    Closed,
    Event,
    Final,
    Hello,
    RequestFailed,
    Revised,
    State,
    Timeout,
    aconnect,
)
from edge.errors import UserError
from edge.mqtt import discovery
from edge.mqtt.broker import Broker, library
from edge.mqtt.store import Message, Store
from edge.mqtt.topics import COMMANDS, OFFLINE, ONLINE, Topics

if TYPE_CHECKING:
    import aiomqtt

    from edge.client.aio import AsyncClient

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.2
MAX_DELAY_S = 5.0
_EVENTS = frozenset({"final", "revised", "answer", "state"})
_REFUSED = (4, 5, 134, 135)
"""What a broker answers to a wrong name or password, in MQTT 3 and 5."""


class Bridge:
    """Publishes what a daemon says, and does what the command topic says.

    At QoS 1 a message is sent until the broker has acknowledged it, so it may come twice where the
    broker ends in between: ``id`` is the same then.
    """

    def __init__(
        self, broker: Broker, topics: Topics, address: str | None, commands: bool = True
    ) -> None:
        """``address`` of the daemon; ``commands``: others may pause, resume and reset."""
        self._broker = broker
        self._topics = topics
        self._address = address
        self._commands = commands
        self.store = Store()
        self._run = secrets.token_hex(4)
        self._count = 0
        self._available = OFFLINE
        self._state = ""
        self._ishara: AsyncClient | None = None
        self._connected = False

    async def serve(self) -> None:
        """
        Raises:
            UserError: the daemon or the broker refuse this program, or aiomqtt is not there.
        """
        self._mqtt = library()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._deliver())
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _listen(self) -> None:
        while True:
            try:
                async with aconnect(self._address, events=_EVENTS, wait=True) as ishara:
                    self._ishara = ishara
                    async for event in ishara:
                        self._take(event)
            except (Closed, Timeout) as error:
                log.info("the daemon has gone: %s", error)
            finally:
                self._ishara = None
                self._say_available(OFFLINE)
            await asyncio.sleep(FIRST_DELAY_S)

    def _take(self, event: Event) -> None:
        match event:
            case Hello():
                self._say_available(ONLINE)
            case State(state=state):
                if state != self._state:
                    self._state = state
                    self.store.put(Message(self._topics.state, state, retain=True))
            case Final():
                self.store.put(Message(self._topics.text, self._text(event)))
            case Revised():
                self.store.put(Message(self._topics.revised, self._text(event)))
            case Answer():
                fields = {"text": event.text, "kind": event.kind, "sources": event.sources}
                self.store.put(Message(self._topics.answer, self._json(event.segment, fields)))

    def _text(self, event: Final | Revised) -> str:
        fields = {"text": event.text, "confidence": event.confidence}
        return self._json(event.segment, fields)

    def _json(self, segment: int, fields: Mapping[str, object]) -> str:
        self._count += 1
        own = {"id": f"{self._run}-{self._count}", "segment": segment}
        return json.dumps({**fields, **own, "time": round(time.time(), 3)}, ensure_ascii=False)

    def _say_available(self, available: str) -> None:
        if available != self._available:
            self._available = available
            self.store.put(Message(self._topics.availability, available, retain=True))

    async def _deliver(self) -> None:
        delay = FIRST_DELAY_S
        while True:
            try:
                will = self._topics.availability, OFFLINE
                name = f"ishara-{self._topics.node}-{self._run}"
                async with self._broker.client(name, will) as client:
                    delay = FIRST_DELAY_S
                    await self._announce(client)
                    log.info("connected to %s", self._broker)
                    self._connected = True
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._drain(client))
                        if self._commands:
                            tasks.create_task(self._obey(client))
            except (self._mqtt.MqttError, BaseExceptionGroup) as errors:
                error = _first(errors)
                if not isinstance(error, self._mqtt.MqttError):
                    raise
                self._lost(error)
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_DELAY_S)

    def _lost(self, error: BaseException) -> None:
        code = getattr(getattr(error, "rc", None), "value", getattr(error, "rc", None))
        if code in _REFUSED and not self._connected:
            raise UserError(
                f"{self._broker} refuses this user: check --username and ISHARA_MQTT_PASSWORD"
            )
        log.warning("no connection to %s: %s; it is tried again", self._broker, error)

    async def _announce(self, client: aiomqtt.Client) -> None:
        """What a broker that has just started lacks."""
        for topic, config in discovery.messages(self._topics, self._commands).items():
            payload = json.dumps(config) if config else ""
            await client.publish(topic, payload, qos=1, retain=True)
        await client.publish(self._topics.availability, self._available, qos=1, retain=True)
        if self._state:
            await client.publish(self._topics.state, self._state, qos=1, retain=True)

    async def _drain(self, client: aiomqtt.Client) -> None:
        while True:
            message = await self.store.first()
            await client.publish(message.topic, message.payload, qos=1, retain=message.retain)
            self.store.sent(message)

    async def _obey(self, client: aiomqtt.Client) -> None:
        await client.subscribe(self._topics.command, qos=1)
        async for message in client.messages:
            payload = message.payload
            command = payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""
            if message.retain or command not in COMMANDS:
                log.warning("a command is ignored: it is none of %s", ", ".join(COMMANDS))
                continue
            await self._command(command)

    async def _command(self, command: str) -> None:
        ishara = self._ishara
        if ishara is None:
            log.warning("no daemon is there to %s", command)
            return
        try:
            match command:
                case "pause":
                    await ishara.pause(keep=True)
                case "resume":
                    await ishara.resume()
                case _:
                    await ishara.reset()
        except (RequestFailed, Closed, Timeout) as error:
            log.warning("%s failed: %s", command, error)


def _first(error: BaseException) -> BaseException:
    """The first that is no group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
