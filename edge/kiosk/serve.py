"""``ishara kiosk`` without its options: listens, reads, and ends in order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.client.address import resolve
from edge.errors import ConfigError, UserError
from edge.kiosk import access
from edge.kiosk.board import Board
from edge.kiosk.reader import Reader

PORT = 8470


@dataclass(frozen=True, slots=True)
class Options:
    """
    Attributes:
        address: of the daemon, as for `edge.client.connect`.
        host: to listen on; other than the loopback, a token is needed.
        token_file: has the token; None: a new one where one is needed.
        notice: what the privacy sign says instead of "nothing leaves this device".
        language: of the page; empty: as the browser has it.
    """

    address: str | os.PathLike[str] | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    token_file: Path | None = None
    notice: str = ""
    language: str = ""


def serve(options: Options, say: Callable[[str], None]) -> None:
    """Serve the page until SIGTERM or SIGINT.

    Args:
        say: gets the address to open, with the token.

    Raises:
        ConfigError: aiohttp is not installed.
        UserError: an address, the port or the token cannot be used.
    """
    resolve(options.address)
    token = access.token(options.token_file, options.host)
    try:
        from edge.kiosk.server import Server, Sign
    except ImportError as error:
        raise ConfigError("the page needs a library: pip install 'ishara-edge[kiosk]'") from error

    async def run() -> None:
        board = Board()
        reader = Reader(board, options.address)
        network = not access.listens_here(options.host)
        sign = Sign(network, options.notice, options.language)
        server = Server(board, reader, access.Access(token, options.port), sign)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        try:
            await server.listen(options.host)
        except OSError as error:
            await server.close()
            raise UserError(
                f"the page cannot be served on {options.host} port {options.port}:"
                f" {error.strerror}: choose another --host or --port"
            ) from error
        say(_url(options, token))
        tasks = [
            asyncio.create_task(reader.follow()),
            asyncio.create_task(server.end_silent_connections()),
            asyncio.create_task(stop.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # an exception in one of them ends the program
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.close()

    asyncio.run(run())


def _url(options: Options, token: str) -> str:
    host = socket.gethostname() if options.host in ("0.0.0.0", "::") else options.host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{options.port}/" + (f"?token={token}" if token else "")
