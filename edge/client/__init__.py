"""For programs that use a running ``ishara``: its events, and requests to it.

::

    from edge.client import connect

    with connect() as ishara:
        for event in ishara:
            if event.type == "final":
                print(event.text)

With asyncio: ``async with aconnect() as ishara: async for event in ishara: ...``. Events are the
dataclasses of `edge.events.protocol`. Only the standard library is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from edge.client.errors import (
    Busy,
    ClientError,
    Closed,
    NotAllowed,
    NotIshara,
    NotRunning,
    RequestFailed,
    Timeout,
)
from edge.client.session import ANSWER_TIMEOUT_S, Options, subscription
from edge.client.sync import Client
from edge.events.protocol import (
    BROADCAST,
    Answer,
    Bye,
    Error,
    Event,
    Final,
    Hello,
    Partial,
    Revised,
    State,
    Status,
    View,
)

if TYPE_CHECKING:
    from edge.client.aio import AsyncClient

__all__ = [
    "Answer",
    "Busy",
    "Bye",
    "Client",
    "ClientError",
    "Closed",
    "Error",
    "Event",
    "Final",
    "Hello",
    "NotAllowed",
    "NotIshara",
    "NotRunning",
    "Partial",
    "RequestFailed",
    "Revised",
    "State",
    "Status",
    "Timeout",
    "View",
    "aconnect",
    "connect",
]


def connect(
    address: str | os.PathLike[str] | None = None,
    *,
    events: Iterable[str] | None = None,
    wait: bool = False,
    timeout: float | None = None,
    reconnect: bool = False,
    answer_timeout: float = ANSWER_TIMEOUT_S,
) -> Client:
    """A client of a running daemon, connected and greeted. Close it, or use it in a ``with``.

    Args:
        address: a path, ``unix:PATH`` or ``tcp:127.0.0.1:PORT``; None for the socket that
            ``ishara listen`` finds.
        events: names of those to get of ``partial``, ``final`` and the other broadcasts; None for
            all. ``hello``, ``error`` and ``bye`` come in any case.
        wait: where no daemon is running, wait for one.
        timeout: seconds to wait for a daemon, at first and after each loss; None for ever.
        reconnect: after the daemon has ended, or ended the connection, connect again; the
            iteration goes on with the new ``hello``. What was published meanwhile is lost.
        answer_timeout: seconds a request may take, with the wait for a connection.

    Raises:
        NotRunning: nothing listens there (with ``wait``: nor did it in time).
        NotAllowed: this user may not connect.
        Busy: the daemon has as many clients as it may have.
        NotIshara: something else listens there.
        Timeout: it does not answer.
        UserError: ``address`` cannot be an address.
        ValueError: there is no such event.
    """
    client = Client(address, _options(events, wait, timeout, reconnect, answer_timeout))
    try:
        client.open()
    except BaseException:
        client.close()
        raise
    return client


def aconnect(
    address: str | os.PathLike[str] | None = None,
    *,
    events: Iterable[str] | None = None,
    wait: bool = False,
    timeout: float | None = None,
    reconnect: bool = False,
    answer_timeout: float = ANSWER_TIMEOUT_S,
) -> AsyncClient:
    """As `connect`, for ``async with``, which connects and raises what `connect` raises."""
    from edge.client.aio import AsyncClient  # asyncio takes longer to load than all the rest

    return AsyncClient(address, _options(events, wait, timeout, reconnect, answer_timeout))


def _options(
    events: Iterable[str] | None,
    wait: bool,
    timeout: float | None,
    reconnect: bool,
    answer_timeout: float,
) -> Options:
    wanted = BROADCAST if events is None else subscription(events)
    return Options(wanted, wait, timeout, reconnect, answer_timeout)
