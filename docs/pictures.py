"""Makes the pictures of the documentation: docs/reading.gif and docs/architecture.svg.

::

    make setup && .venv/bin/pip install --editable '.[bench]'
    .venv/bin/python docs/pictures.py

`reading.gif` is a recording: `ishara run --print` runs in a pseudo-terminal and reads the rendered
signer. What it writes is drawn at the time it was written, beside the frame it had read by then.
"""

from __future__ import annotations

import argparse
import fcntl
import html
import os
import pty
import re
import struct
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from edge.camera import Frame

DOCS = Path(__file__).parent
SOURCE = "signer:hello world"
COLUMNS, ROWS = 60, 7
FRAMES_PER_SECOND = 10
SEEN = (208, 156)
"""Pixels of a frame beside the terminal."""
HOLD_S = 2.0
"""Seconds for which the last picture stays, before the recording begins again."""

BACKGROUND, FOREGROUND, FAINT, GREEN = (
    (24, 26, 31),
    (230, 232, 235),
    (130, 136, 146),
    (126, 200, 140),
)


@dataclass
class Recording:
    """What a run wrote and read; times are monotonic seconds.

    Attributes:
        output: pieces of terminal output with the times at which they came.
        captured: the times at which the frames were captured.
        frames: RGB, uint8 [frames, height, width, 3].
    """

    output: list[tuple[float, str]]
    captured: NDArray[np.float64]
    frames: NDArray[np.uint8]


def record(source: str) -> Recording:
    """Run ``ishara run --print --once`` on ``source`` in a pseudo-terminal."""
    output: list[tuple[float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "frames.npz"
        child, terminal = pty.fork()
        if child == 0:
            _run_and_keep_frames(source, kept, Path(folder) / "ishara.sock")
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the program has ended
                break
            output.append((time.monotonic(), piece.decode()))
        os.waitpid(child, 0)
        with np.load(kept) as arrays:
            return Recording(output, arrays["captured"], arrays["frames"])


def _run_and_keep_frames(source: str, kept: Path, socket: Path) -> NoReturn:
    """The child process: the program itself, with a copy of each frame that its camera gives."""
    import cv2

    from edge.camera.signer import Signer
    from edge.cli import main

    captured, frames = [], []
    read = Signer.read

    def read_and_keep(self: Signer) -> Frame | None:
        frame = read(self)
        if frame is not None:
            captured.append(frame.captured)
            small = cv2.resize(frame.pixels, SEEN, interpolation=cv2.INTER_AREA)
            frames.append(cv2.bilateralFilter(small, 5, 25, 3))  # noise makes a GIF large
        return frame

    Signer.read = read_and_keep  # type: ignore[method-assign]
    code = main(["run", "--print", "--once", "--source", source, "--socket", str(socket)])
    np.savez(kept, captured=captured, frames=np.stack(frames))
    os._exit(code)


class Screen:
    """A terminal that knows what the program writes: lines, `erase line`, and faint text."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, bool]]] = [[]]
        self._column = 0
        self._faint = False

    def write(self, text: str) -> None:
        for part in re.findall(r"\x1b\[\d*[A-Za-z]|[^\x1b]", text):
            line = self.lines[-1]
            match part:
                case "\r":
                    self._column = 0
                case "\n":
                    self.lines.append([])
                    self._column = 0
                case "\x1b[2K":
                    line.clear()
                case "\x1b[2m" | "\x1b[0m":
                    self._faint = part == "\x1b[2m"
                case _ if len(part) == 1:
                    line[self._column :] = [(part, self._faint)]
                    self._column += 1


def reading(path: Path) -> None:
    """Record a run and draw it."""
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    recording = record(SOURCE)
    fonts = Path(get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(fonts / "DejaVuSansMono.ttf", 13)
    letter = font.getlength("m")
    height, width = recording.frames[0].shape[:2]
    size = (width + 24 + round(COLUMNS * letter) + 12, height)
    start, end = recording.captured[0], recording.output[-1][0]
    screen, written, pictures = Screen(), 0, []
    for step in range(int((end - start) * FRAMES_PER_SECOND) + 1):
        now = start + step / FRAMES_PER_SECOND
        while written < len(recording.output) and recording.output[written][0] <= now:
            screen.write(recording.output[written][1])
            written += 1
        if written == len(recording.output):
            break
        picture = Image.new("RGB", size, BACKGROUND)
        seen = max(0, int(np.searchsorted(recording.captured, now, "right")) - 1)
        picture.paste(Image.fromarray(recording.frames[seen]), (0, 0))
        draw = ImageDraw.Draw(picture)
        draw.text((width + 16, 12), f'$ ishara run --once --print --source "{SOURCE}"', GREEN, font)
        for row, line in enumerate(screen.lines):
            for column, (character, faint) in enumerate(line):
                at = (width + 16 + column * letter, 36 + row * 20)
                draw.text(at, character, FAINT if faint else FOREGROUND, font)
        pictures.append(picture)
    palette = _palette(pictures)
    quantized = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    durations = [1000 // FRAMES_PER_SECOND] * len(quantized)
    durations[-1] = round(HOLD_S * 1000)
    quantized[0].save(
        path, save_all=True, append_images=quantized[1:], duration=durations, loop=0, optimize=False
    )
    text = "".join(character for line in screen.lines for character, _ in line)
    print(f"{path}: {len(pictures)} pictures, {path.stat().st_size // 1000} kB; {text!r}")


def _palette(pictures: list[Picture]) -> Picture:
    """One palette for all pictures, so that what stands still does not flicker."""
    from PIL import Image

    some = pictures[:: max(1, len(pictures) // 8)]
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for row, picture in enumerate(some):
        sheet.paste(picture, (0, row * height))
    return sheet.quantize(64, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


# The architecture: boxes with a title and lines, in pixels, and arrows between them.

ROOM, THREAD, OUTSIDE, FRAME = "#e8f0fe", "#fff4d6", "#eeeeee", "#9aa7b8"
SYSTEM = ("system: systemd's socket and watchdog,", "log, memory, the board's health")


def _box(x: int, y: int, w: int, h: int, title: str, lines: tuple[str, ...], fill: str) -> str:
    dashes = ' stroke-dasharray="5 4"' if fill == "none" else ""
    text = [
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="{fill}" stroke="{FRAME}"'
        f"{dashes}/>",
        f'<text x="{x + 10}" y="{y + 21}" font-weight="bold">{html.escape(title)}</text>',
    ]
    for number, line in enumerate(lines):
        at = y + 41 + 17 * number
        text.append(f'<text x="{x + 10}" y="{at}" class="small">{html.escape(line)}</text>')
    return "\n".join(text)


def _arrow(points: str, label: str = "", x: int = 0, y: int = 0) -> str:
    line = f'<polyline points="{points}" fill="none" stroke="#47566b" marker-end="url(#head)"/>'
    anchor = 'class="label" text-anchor="middle"'
    return line + (f'<text x="{x}" y="{y}" {anchor}>{label}</text>' if label else "")


def architecture(path: Path) -> None:
    """Draw the rooms and the way of a frame."""
    sinks = (
        ("socket", "every connected program"),
        ("terminal", "run --print"),
        ("JSON lines", "run --json"),
        ("command", "run --on-final"),
        ("Prometheus", "figures over HTTP"),
        ("systemd", "the status line"),
    )
    watched = ("supervisor: stop, reload, failures", "hang monitor, watchdog")
    published = (
        "session: state, pause, segment numbers",
        "bus: numbers events, keeps the snapshot",
        "protocol, schema, request handler",
    )
    stages = (
        ("camera stage", ("reads frames; opens", "a lost camera again")),
        ("landmark stage", ("finds and follows", "the hand")),
        ("recognition stage", ("reads letters,", "publishes text")),
    )
    rooms = (
        ("camera", ("Pi camera, webcam,", "video, photos, signer")),
        ("landmarks", ("palm detector, hand", "model, motion gate")),
        ("recognize", ("features, model,", "decoder, endpoint")),
    )
    parts = [
        _box(10, 10, 980, 470, "daemon.py builds and connects all of this", (), "none"),
        _box(26, 46, 690, 140, "pipeline: three stages, a thread each", (), "none"),
        _box(746, 46, 228, 418, "outputs: sinks", (), "none"),
        _box(26, 330, 330, 134, "supervision, in the main thread", (*watched, *SYSTEM), ROOM),
        _box(386, 330, 330, 134, "events", published, ROOM),
        _box(
            746, 500, 228, 74, "client", ("other programs: Python,", "Node, a shell, ..."), OUTSIDE
        ),
    ]
    for number, ((stage, what), (room, contents)) in enumerate(zip(stages, rooms, strict=True)):
        x = 40 + 250 * number
        parts += [
            _box(x, 84, 162, 86, stage, what, THREAD),
            _box(x, 218, 162, 80, room, contents, ROOM),
            _arrow(f"{x + 81},218 {x + 81},174"),
        ]
    parts += [
        _box(760, 84 + 62 * number, 200, 52, title, (line,), THREAD)
        for number, (title, line) in enumerate(sinks)
    ]
    parts += [
        _arrow("202,127 286,127", "Frame", 246, 119),
        _arrow("452,127 536,127", "Landmarks", 496, 119),
        '<text x="246" y="145" class="label" text-anchor="middle">slot</text>',
        '<text x="496" y="145" class="label" text-anchor="middle">slot</text>',
        _arrow("702,127 730,127 730,314 551,314 551,326", "Hypothesis", 642, 308),
        _arrow("716,400 742,400"),
        _arrow("860,464 860,496", "socket: one JSON object a line", 640, 541),
    ]
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 590" width="1000" height="590" '
        'font-family="DejaVu Sans, Verdana, sans-serif" font-size="14">\n'
        "<style>.small{font-size:12px;fill:#333}.label{font-size:11px;fill:#47566b}</style>\n"
        '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" '
        'orient="auto"><path d="M0,0 L9,4 L0,8 z" fill="#47566b"/></marker></defs>\n'
        '<rect width="1000" height="590" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )
    print(path)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the pictures of the documentation.")
    parser.add_argument("which", nargs="*", help="reading, architecture; none: both")
    wanted = parser.parse_args().which or ["architecture", "reading"]
    if "architecture" in wanted:
        architecture(DOCS / "architecture.svg")
    if "reading" in wanted:
        reading(DOCS / "reading.gif")
    return 0


if __name__ == "__main__":
    sys.exit(main())
