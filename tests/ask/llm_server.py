"""A server on the loopback that speaks OpenAI's chat protocol, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Say = Callable[[dict[str, Any]], str]
"""From the request's body to the text of the answer."""


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's ``manner`` says."""

    protocol_version = "HTTP/1.1"
    server: Llm

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        with suppress(OSError):
            getattr(self, f"_{self.server.manner}")(body)

    def _stream(self, body: dict[str, Any]) -> None:
        assert body["stream"] is True
        self._head("text/event-stream")
        for piece in self._pieces(body):
            self._chunk(b"data: " + json.dumps(piece).encode() + b"\n\n")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _pieces(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        text = self.server.say(body)
        yield self._piece({"role": "assistant", "content": ""})
        for at in range(0, len(text), 7):
            yield self._piece({"content": text[at : at + 7]})
        yield self._piece({}, "stop")
        yield {"object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 9}}

    def _piece(self, delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}

    def _whole(self, body: dict[str, Any]) -> None:
        message = {"role": "assistant", "content": self.server.say(body)}
        answer = json.dumps({"object": "chat.completion", "choices": [{"message": message}]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.encode())))
        self.end_headers()
        self.wfile.write(answer.encode())

    def _stall(self, body: dict[str, Any]) -> None:
        self._head("text/event-stream")
        self._chunk(b"data: " + json.dumps(self._piece({"content": "The pool"})).encode() + b"\n\n")
        self.server.ended.wait(30)

    def _dribble(self, body: dict[str, Any]) -> None:
        self._head("text/event-stream")
        while not self.server.ended.wait(0.05):
            self._chunk(b":")

    def _endless(self, body: dict[str, Any]) -> None:
        self._head("text/event-stream")
        while not self.server.ended.is_set():
            self._chunk(
                b"data: " + json.dumps(self._piece({"content": "ha " * 99})).encode() + b"\n"
            )

    def _garbage(self, body: dict[str, Any]) -> None:
        self._head("text/event-stream")
        self._chunk(b"data: {\xff\xfe not json\n\n")
        self._chunk(b"")

    def _strange(self, body: dict[str, Any]) -> None:
        self._head("text/event-stream")
        self._chunk(b'data: {"choices": [{"delta": {"content": ["a"]}}]}\n\n')
        self._chunk(b"")

    def _cut(self, body: dict[str, Any]) -> None:
        self._head("text/event-stream")
        self._chunk(b"data: " + json.dumps(self._piece({"content": "The pool"})).encode() + b"\n\n")
        self.close_connection = True

    def _hangs_up(self, body: dict[str, Any]) -> None:
        self.close_connection = True

    def _error(self, body: dict[str, Any]) -> None:
        self.send_error(500, "out of memory")

    def _elsewhere(self, body: dict[str, Any]) -> None:
        self.send_response(302)
        self.send_header("Location", "http://192.0.2.1/v1/chat/completions")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _head(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Llm(ThreadingHTTPServer):
    """
    Attributes:
        say: what it answers.
        manner: how; the name of a method of `Handler`, less its underscore.
        requests: (path, headers, body) of all that came.
    """

    daemon_threads = True

    def __init__(self, say: Say, manner: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.say, self.manner = say, manner
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def llm(say: Say = lambda body: "I don't know.", manner: str = "stream") -> Iterator[Llm]:
    server = Llm(say, manner)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


def passages_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The passages that a request holds."""
    found: list[dict[str, Any]] = json.loads(body["messages"][-1]["content"])["passages"]
    return found


def seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
