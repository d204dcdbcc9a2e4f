"""HTTP: the page, Server-Sent Events, a WebSocket, and orders. Needs aiohttp."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from importlib import resources

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from edge.kiosk.access import Access, same_origin
from edge.kiosk.board import Board, Message
from edge.kiosk.orders import Refused, carry_out
from edge.kiosk.reader import Reader

log = logging.getLogger(__name__)

PAGES = 256
"""Pages and programs that are told of changes, at once."""

ORDER_BYTES = 16 * 1024
ORDERS_A_SECOND = 20
"""For all together: people press buttons, and the daemon takes far fewer."""

ORDER_S = 5.0
"""Seconds in which the whole of an order must have come."""

WRITE_S = 20.0
"""Seconds that a page may leave unread what it is sent."""

SILENT_S = 10.0
"""Seconds after which a connection that never asked for anything is ended."""

IDLE_S = 15.0
"""Between two signs of life to a page for which nothing changes."""

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Sign:
    """What the privacy sign can say truly; given to the page as it is.

    Attributes:
        network: pages on other machines can show the text.
        notice: what the owner says where something takes the text further; else empty.
        language: of the page, where its visitor has chosen none; empty: that of the browser.
    """

    network: bool = False
    notice: str = ""
    language: str = ""


class _OurFaults(logging.Filter):
    """What is no HTTP is a stranger's fault: one could fill the log with what one sends."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


class Server:
    """The web server of one board."""

    def __init__(self, board: Board, reader: Reader, access: Access, sign: Sign) -> None:
        self._board = board
        self._reader = reader
        self._access = access
        self._network = sign.network  # what the camera sees stays on this device
        self._files = _page_files()
        self._files["sign.json"] = (
            json.dumps(
                {"network": sign.network, "notice": sign.notice, "language": sign.language}
            ).encode(),
            "application/json",
        )
        self._pages = 0
        self._orders_left = float(ORDERS_A_SECOND)
        self._orders_at = time.monotonic()
        self._wrong_said = -60.0
        self._spoke: set[object] = set()  # connections on which something was asked
        logging.getLogger("aiohttp.server").addFilter(_OurFaults())
        self.runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)

    async def listen(self, host: str) -> None:
        """
        Raises:
            OSError: the address cannot be used.
        """
        await self.runner.setup()
        await web.TCPSite(self.runner, host, self._access.port, backlog=512).start()

    async def end_silent_connections(self) -> None:
        """Until cancelled: those that never ask hold no descriptor for long."""
        silent: dict[web.RequestHandler, float] = {}
        while True:
            await asyncio.sleep(SILENT_S / 4)
            now = time.monotonic()
            connections = list(self.runner.server.connections) if self.runner.server else []
            self._spoke.intersection_update(connections)
            silent = {c: silent.get(c, now) for c in connections if c not in self._spoke}
            for connection, since in silent.items():
                if now - since > SILENT_S and connection.transport:
                    connection.transport.abort()

    async def close(self) -> None:
        self._board.close()
        await self.runner.cleanup()

    def _application(self) -> web.Application:
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        application = web.Application(
            middlewares=[web.middleware(guard)],
            client_max_size=ORDER_BYTES,
            handler_args={"lingering_time": 1},
        )
        application.add_routes(
            [
                web.get("/", self._file),
                web.get("/caption", self._file),
                web.get("/page/{name:[a-z./-]+}", self._file),
                web.get("/events", self._events),
                web.get("/socket", self._socket),
                web.post("/do", self._do),
                web.get("/healthz", self._health),
            ]
        )
        return application

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._spoke.add(request.protocol)
        try:
            response = self._unwelcome(request) or await handler(request)
        except Refused as refused:
            response = _error(refused.status, refused.code, str(refused))
        except web.HTTPException as error:
            response = _error(error.status, "http", error.reason)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _unwelcome(self, request: web.Request) -> web.StreamResponse | None:
        """The answer to one who may not ask this; None to all others."""
        access = self._access
        if not same_origin(request.headers.get("Origin"), request.headers.get("Host")):
            return _error(403, "foreign", "only the page itself may ask this, not another site")
        if not access.token:
            if access.is_here(request.headers.get("Host")):
                return None
            message = f"open it as http://127.0.0.1:{access.port}"
            return _error(403, "foreign", message)
        if request.path == "/healthz":
            return None
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if access.knows(request.cookies.get(access.cookie)) or access.knows(bearer):
            return None
        told = request.query.get("token")
        if access.knows(told) and request.method == "GET":
            # The token leaves the address, where it would be seen.
            rest = request.url.without_query_params("token")
            welcome = web.Response(status=303, headers={"Location": rest.path_qs})
            welcome.set_cookie(
                access.cookie, access.token, httponly=True, samesite="Lax", max_age=365 * 86400
            )
            return welcome
        if told or bearer:
            self._say_wrong()
        return _error(401, "token", "this page needs its token: http://HOST:PORT/?token=TOKEN")

    def _say_wrong(self) -> None:
        now = time.monotonic()
        if now - self._wrong_said >= 60:
            self._wrong_said = now
            log.warning("somebody tried a wrong token")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name") or {
            "/": "kiosk.html",
            "/caption": "caption.html",
        }.get(request.path, "")
        if name not in self._files:
            raise web.HTTPNotFound()
        body, kind = self._files[name]
        return web.Response(body=body, content_type=kind, charset="utf-8")

    async def _health(self, request: web.Request) -> web.StreamResponse:
        state = self._board.state
        well = state not in ("away", "camera_lost", "stopping")
        return web.json_response(
            {"ok": well, "state": state, "pages": self._pages}, status=200 if well else 503
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self._pages >= PAGES:
            return _full()
        response = web.StreamResponse(
            headers={**HEADERS, "Content-Type": "text/event-stream; charset=utf-8"}
        )
        self._pages += 1
        try:
            await response.prepare(request)
            await response.write(b"retry: 500\n\n")
            last_id = request.headers.get("Last-Event-ID", "")
            view = "view" in request.query and not self._network
            async with aclosing(self._board.watch(last_id, IDLE_S, view)) as news:
                async for messages in news:
                    block = "".join(map(_event, messages)) or ":\n\n"
                    async with asyncio.timeout(WRITE_S):
                        await response.write(block.encode("utf-8", "replace"))
        except (TimeoutError, ConnectionResetError):
            response.force_close()
            if request.transport:
                request.transport.abort()
        finally:
            self._pages -= 1
        return response

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._pages >= PAGES:
            return _full()
        socket = web.WebSocketResponse(
            heartbeat=30, max_msg_size=ORDER_BYTES, timeout=1, compress=False
        )
        self._pages += 1
        telling = None
        try:
            await socket.prepare(request)
            telling = asyncio.create_task(self._tell(socket, request.query.get("after", "")))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    with suppress(ConnectionResetError):
                        await socket.send_json(await self._order(message.data))
        finally:
            self._pages -= 1
            if telling:
                telling.cancel()
        return socket

    async def _tell(self, socket: web.WebSocketResponse, after: str) -> None:
        try:
            async with aclosing(self._board.watch(after, IDLE_S)) as news:
                async for messages in news:
                    for message in messages:
                        async with asyncio.timeout(WRITE_S):
                            await socket.send_str(f'{{"id":"{message.id}",{message.line[1:]}')
            await socket.close(code=WSCloseCode.GOING_AWAY)
        except (TimeoutError, ConnectionResetError):
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)

    async def _order(self, data: str) -> dict[str, object]:
        """The answer to an order that came over a WebSocket."""
        try:
            await self._carry_out(data)
        except Refused as refused:
            return {"type": "refused", "code": refused.code, "message": str(refused)}
        return {"type": "done"}

    async def _do(self, request: web.Request) -> web.StreamResponse:
        # Another site's form can send any of the other types without our consent.
        if request.content_type != "application/json":
            raise Refused(415, "malformed", "an order is sent as application/json")
        try:
            async with asyncio.timeout(ORDER_S):
                data = await request.text()
        except (TimeoutError, UnicodeDecodeError, LookupError):
            raise Refused(
                400, "malformed", "the order did not come whole, or is no UTF-8"
            ) from None
        await self._carry_out(data)
        return web.Response(status=204)

    async def _carry_out(self, data: str) -> None:
        now = time.monotonic()
        filled = self._orders_left + (now - self._orders_at) * ORDERS_A_SECOND
        self._orders_left, self._orders_at = min(filled, 2.0 * ORDERS_A_SECOND), now
        if self._orders_left < 1:
            raise Refused(429, "rate", f"at most {ORDERS_A_SECOND} orders a second")
        self._orders_left -= 1
        try:
            order = json.loads(data)
        except (ValueError, RecursionError):
            raise Refused(400, "malformed", "an order is a JSON object") from None
        await carry_out(order, self._board, self._reader)


def _page_files() -> dict[str, tuple[bytes, str]]:
    """The page's files, by their names below ``page``, with their types."""
    found = {}
    root = resources.files("edge.kiosk").joinpath("page")
    for folder, prefix in ((root, ""), (root.joinpath("words"), "words/")):
        for file in folder.iterdir():
            suffix = "." + file.name.rpartition(".")[2]
            if suffix in _TYPES and file.is_file():
                found[prefix + file.name] = (file.read_bytes(), _TYPES[suffix])
    return found


def _event(message: Message) -> str:
    """As a Server-Sent Event; one without an id leaves the page's last one as it is."""
    head = f"id: {message.id}\n" if message.id else ""
    return f"{head}data: {message.line}\n\n"


def _full() -> web.Response:
    response = _error(503, "full", f"{PAGES} pages are open, which is the most: close one")
    response.headers["Retry-After"] = "5"
    return response


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
