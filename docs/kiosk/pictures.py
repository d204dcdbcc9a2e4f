"""Makes the pictures of docs/kiosk.md: the page in its states, on three screens.

::

    make .venv-kiosk/ready && .venv-kiosk/bin/python -m docs.kiosk.pictures

A daemon without a camera is told what it reads (`tests.kiosk.states`); Chromium shows the page.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from edge.events import State
from tests.clients import Server, eventually
from tests.kiosk.conftest import ROOT, free_port, health
from tests.kiosk.states import READY, SIZES, STATES

FOLDER = Path(__file__).parent
THUMB = 420
QUALITY = 0.4

OTHERS = (
    ("spelling", (1280, 720), "?colours=dark", ""),
    ("spelling", (1280, 720), "?colours=contrast", ""),
    ("two-readings", (800, 480), "?size=largest", ""),
    ("200-characters", (800, 480), "?size=largest&language=es", ""),
    ("settled", (800, 480), "?size=largest&colours=dark&language=es", ""),
    ("settled", (800, 480), "", "#correct"),
    ("settled", (800, 480), "", "#open-texts"),
    ("settled", (800, 480), "?colours=dark", "#open-settings"),
)
"""State, screen, address, and what is pressed."""

SHEET = """async ([shots, columns, width, quality]) => {
  const images = await Promise.all(shots.map(async (shot) => {
    const image = new Image();
    image.src = `data:image/png;base64,${shot}`;
    await image.decode();
    return image;
  }));
  const height = Math.max(...images.map((image) => (image.height * width) / image.width));
  const canvas = document.createElement("canvas");
  const gap = 8;
  canvas.width = columns * (width + gap) + gap;
  canvas.height = Math.ceil(images.length / columns) * (height + gap) + gap;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#8a8f98";
  context.fillRect(0, 0, canvas.width, canvas.height);
  images.forEach((image, at) => {
    const [x, y] = [at % columns, Math.floor(at / columns)];
    const tall = (image.height * width) / image.width;
    context.drawImage(image, gap + x * (width + gap), gap + y * (height + gap), width, tall);
  });
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


class Stage:
    """A daemon in a state, and the page's server beside it."""

    def __init__(self, folder: Path, state: str) -> None:
        self.state = state
        self.server = Server(folder / f"{state}.sock")
        # The sign says what it says of a camera.
        hello = replace(self.server.bus.hello, source="v4l2:/dev/video0")
        self.server.bus.introduce(hello)
        self.server.publish(State(state="searching"))
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "edge", "kiosk", "--socket", str(self.server.path)]
        self.process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdout=subprocess.DEVNULL, cwd=ROOT, env={**os.environ, "XDG_CONFIG_HOME": str(folder)},
        )  # fmt: skip
        assert eventually(lambda: health(self.address) not in (None, "away"), 60)
        STATES[state](self.server)

    def shot(self, browser: Browser, size: tuple[int, int], query: str, press: str) -> bytes:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        page = context.new_page()
        page.goto(f"{self.address}/{query}")
        selector, text = READY[self.state]
        if "language=es" not in query or selector == "#text":
            found = f"document.querySelector('{selector}')?.textContent"
            assert eventually(lambda: page.evaluate(found) == text, 60), (self.state, text)
        else:
            page.wait_for_timeout(1500)
        if press:
            page.click(press)
        page.wait_for_timeout(500)
        picture = page.screenshot()
        context.close()
        return picture

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.server.close()


def main(keep: Path | None = None) -> None:
    """``keep``: a folder for the single pictures, too."""
    shots: dict[str, list[bytes]] = {}
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for state in STATES:
            stage = Stage(Path(folder), state)
            for size in SIZES:
                name = f"{size[0]}x{size[1]}"
                shots.setdefault(name, []).append(stage.shot(browser, size, "", ""))
            for other, size, query, press in OTHERS:
                if other == state:
                    shots.setdefault("others", []).append(stage.shot(browser, size, query, press))
            stage.close()
        page = browser.new_page()
        for name, pictures in shots.items():
            if keep:
                for at, picture in enumerate(pictures):
                    (keep / f"{name}-{at}.png").write_bytes(picture)
            upright = name == "390x844"
            columns, width = (8, THUMB // 2) if upright else (2, THUMB)
            _write(page, FOLDER / f"{name}.webp", pictures, columns, width)
        browser.close()


def _write(page: Any, file: Path, pictures: list[bytes], columns: int, width: int) -> None:
    encoded = [base64.b64encode(picture).decode() for picture in pictures]
    file.write_bytes(base64.b64decode(page.evaluate(SHEET, [encoded, columns, width, QUALITY])))
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
