"""The page's server as a process, a daemon without a camera, and a browser.

These need the extra ``kiosk``: `make test-kiosk` runs them, in a virtual environment of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from edge.events import State
from tests.clients import Server, eventually

ROOT = Path(__file__).parents[2]
T = TypeVar("T")

Kiosk = Callable[..., str]
"""Starts ``ishara kiosk`` on the fixture's socket with these options; returns its address."""


class Daemon:
    """A socket server that is told what it reads.

    Attributes:
        path: of its socket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server: Server | None = None

    def start(self) -> Server:
        self._server = Server(self.path)
        self._server.publish(State(state="searching"))
        return self._server

    def stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path / "d.sock")
    yield made
    made.stop()


@pytest.fixture
def kiosk(daemon: Daemon, tmp_path: Path) -> Iterator[Kiosk]:
    with ExitStack() as stack:

        def start(*options: str, wait: bool = True) -> str:
            port = free_port()
            command = [sys.executable, "-m", "edge", "kiosk", "--socket", str(daemon.path)]
            process = stack.enter_context(
                subprocess.Popen(
                    [*command, "--port", str(port), *options],
                    stdout=subprocess.DEVNULL,
                    cwd=ROOT,
                    env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
                )
            )
            stack.callback(process.kill)
            address = f"http://127.0.0.1:{port}"
            end = time.monotonic() + 90
            while health(address) is None and time.monotonic() < end:
                assert process.poll() is None, "it ended"
                time.sleep(0.05)
            if wait:
                while health(address) == "away" and time.monotonic() < end:
                    time.sleep(0.05)
            start.process = process  # type: ignore[attr-defined]
            return address

        yield start


def alone(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it in an event loop of its own; Playwright has one in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def health(address: str) -> str | None:
    """The state that the page's server knows; None where there is no server."""
    with suppress(urllib.error.URLError, ConnectionError):
        try:
            answer = urllib.request.urlopen(f"{address}/healthz", timeout=5)
        except urllib.error.HTTPError as error:
            answer = error  # type: ignore[assignment]
        return str(json.loads(answer.read())["state"])
    return None


def rss_mb(process: int) -> float:
    """Memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium of the system's."""
    if not (path := _chromium()):
        pytest.skip("no browser: sudo apt install chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        # Root has no sandbox for it, and a container a small /dev/shm.
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()


class Visit:
    """A page in the browser, and all that went wrong in it.

    Attributes:
        page: of Playwright.
        problems: errors of the console, of its scripts, and requests to other hosts.
    """

    def __init__(self, browser: Any, address: str, path: str, **options: Any) -> None:
        self.address = address
        self.problems: list[str] = []
        size = options.pop("size", (1280, 720))
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._request)
        self.page.goto(address + path)
        self.until("document.readyState === 'complete'")
        if not path.startswith("/caption"):
            self.until("(document.documentElement.dataset.state ?? 'offline') !== 'offline'")

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.problems.append(f"asked {request.url}")

    def until(self, expression: str, seconds: float = 60.0) -> None:
        """Wait until that holds. Playwright's own waiting needs eval, which the page forbids."""
        assert eventually(lambda: self.page.evaluate(expression), seconds), expression

    def shows(self, selector: str, text: str) -> None:
        """Wait until that is what stands there."""
        find = f"document.querySelector({json.dumps(selector)})?.textContent"
        assert eventually(lambda: self.page.evaluate(find) == text, 60), self.page.evaluate(find)

    def text(self, selector: str) -> str:
        return str(self.page.text_content(selector))


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    made: list[Visit] = []

    def open_page(address: str, path: str = "/", **options: Any) -> Visit:
        made.append(Visit(browser, address, path, **options))
        return made[-1]

    yield open_page
    for one in made:
        one.context.close()
