"""Figures for Prometheus, over HTTP on 127.0.0.1: needs the extra ``metrics``."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from edge.errors import ConfigError, UserError
from edge.events import Final, Published, Status

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

log = logging.getLogger(__name__)

REQUEST_S = 2.0
"""Seconds a client has for all of its request."""

MOST = 8
"""Requests at once; one more ends the oldest, which had longer than any scrape takes."""

RETRY_S = 0.5
"""Seconds without accepting after the system had no descriptor for a client."""

GAUGES = {
    "clients": ("connected to the socket", "clients"),
    "uptime_seconds": ("seconds since the start", "uptime_s"),
    "frames_per_second": ("frames read in the last second or so", "fps"),
    "resident_megabytes": ("memory of the process", "rss_mb"),
    "temperature_celsius": ("of the processor", "temperature_c"),
}
COUNTERS = {
    "frames": ("frames read", "frames"),
    "frames_dropped": ("frames skipped by the source, or because a stage was busy", "dropped"),
    "frames_black": ("frames that were black", "black"),
    "frames_same": ("frames the same as the one before", "same"),
    "camera_restarts": ("times a lost camera was opened again", "restarts"),
}


class Prometheus:
    """A sink that counts texts, and answers ``GET /metrics``, each request in a thread.

    Any user of the machine can ask; no text is given away, only figures.

    Attributes:
        port: where it listens.
    """

    def __init__(self, port: int, status: Callable[[], Status]) -> None:
        """Listens when it returns; answers after `start`.

        Args:
            port: on 127.0.0.1; 0 for any that is free.
            status: how the program is doing; called in the sink's thread.

        Raises:
            ConfigError: the library is not installed.
            UserError: the port cannot be used.
        """
        try:
            from prometheus_client import CollectorRegistry, make_wsgi_app
        except ImportError as error:
            raise ConfigError(
                "[service] metrics needs a library: pip install 'ishara-edge[metrics]', or set it "
                "to 0"
            ) from error
        registry = CollectorRegistry()
        registry.register(_Collector(status, self))
        try:
            self._server: WSGIServer = make_server(
                "127.0.0.1", port, make_wsgi_app(registry), _Server, _Handler
            )
        except OSError as error:
            raise UserError(f"[service] metrics: port {port}: {error.strerror}") from error
        self.port: int = self._server.server_port
        self.finals = 0
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )

    def put(self, published: Published) -> None:
        self.finals += isinstance(published.event, Final)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the port is free."""
        if self._thread.ident is not None:
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: deque[socket.socket] = deque()  # oldest first
        self._changed = threading.Condition()

    def get_request(self) -> tuple[socket.socket, Any]:
        try:
            return super().get_request()
        except (
            OSError
        ):  # perhaps no descriptor is left: the request that waits would wake us again at once
            time.sleep(RETRY_S)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.append(request)
            while len(self._open) > MOST:
                _shut(self._open[0])
                if not self._changed.wait_for(lambda: len(self._open) <= MOST, REQUEST_S):
                    break  # it hangs elsewhere: the figures are being made for it
        try:
            super().process_request(request, client_address)
        except RuntimeError as error:  # no thread can be started
            self._forget(request)
            raise OSError(errno.EAGAIN, str(error)) from error

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = threading.Timer(REQUEST_S, _shut, (request,))
        end.daemon = True
        try:
            end.start()
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._forget(request)

    def _forget(self, request: socket.socket) -> None:
        with self._changed:
            with suppress(ValueError):
                self._open.remove(request)
            self._changed.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("metrics: a request failed: %r", sys.exc_info()[1])


def _shut(request: socket.socket) -> None:
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


class _Collector:
    def __init__(self, status: Callable[[], Status], sink: Prometheus) -> None:
        self._status = status
        self._sink = sink

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
        from prometheus_client.metrics_core import StateSetMetricFamily

        from edge.events.protocol import STATES

        status = self._status()
        for name, (doc, field) in GAUGES.items():
            value = getattr(status, field)
            if value is not None:
                yield GaugeMetricFamily(f"ishara_{name}", doc, value)
        for name, (doc, field) in COUNTERS.items():
            yield CounterMetricFamily(f"ishara_{name}", doc, getattr(status, field))
        yield CounterMetricFamily("ishara_finals", "texts published", self._sink.finals)
        if status.throttled is not None:
            throttled = float(bool(status.throttled))
            yield GaugeMetricFamily("ishara_throttled", "the board limits its clock", throttled)
        yield StateSetMetricFamily(
            "ishara_state", "what it does", {state: state == status.state for state in STATES}
        )
