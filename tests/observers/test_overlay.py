"""What an overlay says, draws and writes."""

from __future__ import annotations

import stat
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera import Frame
from edge.errors import Shortage, UserError
from edge.events import Bus, Final, Hello, Partial, Revised, State
from edge.landmarks import Hand, Landmarks
from edge.observers.overlay import Overlay, VideoFile, Window
from edge.observers.overlay.caption import Caption
from edge.observers.overlay.draw import draw

Pixels = NDArray[np.uint8]
GREY = np.full((480, 640, 3), 127, np.uint8)
TEXT: dict[str, Any] = {
    "confidence": 1.0, "chars": (), "time": 0.0, "captured": 0.0, "age_ms": 0.0,
}  # fmt: skip


def after(*events: Any) -> Caption:
    class Sink:
        caption = Caption()

        def put(self, published: Any) -> None:
            self.caption = self.caption.after(published)

    bus, sink = Bus(Hello(version="0", source="", live=True, bundle="")), Sink()
    bus.attach(sink, replay=True)
    for event in events:
        bus.publish(event)
    return sink.caption


def partial(text: str, stable: int, segment: int = 1) -> Partial:
    return Partial(segment=segment, text=text, stable=stable, **TEXT)


def final(text: str, segment: int = 1) -> Final:
    return Final(segment=segment, text=text, stable=len(text), **TEXT)


def test_a_caption_follows_the_events() -> None:
    said = after(State(state="reading"), partial("hel", 2))
    assert (said.state, said.settled, said.provisional) == ("reading", "he", "l")
    said = after(partial("hel", 2), final("hello"), partial("w", 0, 2))
    assert (said.settled, said.provisional, said.finals) == ("", "w", ((1, "hello"),))
    said = after(final("a"), final("b", 2), Revised(segment=1, text="A", stable=1, **TEXT))
    assert said.finals == ((1, "A"), (2, "b"))
    said = after(*(final(str(n), n) for n in range(1, 9)))
    assert [text for _, text in said.finals] == ["6", "7", "8"]
    said = after(State(state="camera_lost", reason="gone"), State(state="stopping"))
    assert (said.state, said.reason) == ("camera_lost", "gone")


def test_text_and_landmarks_are_drawn_over_the_picture() -> None:
    before = GREY.copy()
    empty = draw(GREY, {}, Caption(), 30.0, 12.0)
    np.testing.assert_array_equal(GREY, before)
    assert empty.shape == GREY.shape
    settled = draw(GREY, {}, Caption(settled="hello"), 30.0, 12.0)
    provisional = draw(GREY, {}, Caption(provisional="hello"), 30.0, 12.0)
    bottom = slice(400, 480)
    changed = (settled != empty).any(2)
    assert changed[bottom].any()
    assert not changed[: bottom.start].any()
    assert (settled[bottom].astype(int).min(2) > 240).any(), "white"
    assert not (provisional[bottom].astype(int).min(2) > 240).any(), "not white"
    points = np.random.default_rng(0).random((21, 3)).astype(np.float32) * 0.3 + 0.3
    hand = (draw(GREY, {"right_hand": points}, Caption(), 30.0, 12.0) != empty).any(2)
    rows, columns = np.nonzero(hand)
    assert rows.min() > 0.25 * 480
    assert rows.max() < 0.65 * 480
    assert columns.min() > 0.25 * 640
    assert columns.max() < 0.65 * 640


@pytest.mark.parametrize("size", [(64, 48), (320, 180), (720, 1280), (4096, 4096), (641, 361)])
def test_any_size_is_drawn_and_can_be_encoded(size: tuple[int, int]) -> None:
    ground = np.broadcast_to(np.zeros(3, np.uint8), (size[1], size[0], 3))
    parts = {
        "face": np.full((468, 3), np.nan, np.float32),
        "pose": np.linspace(-9e9, 9e9, 99, dtype=np.float32).reshape(33, 3),
        "left_hand": np.full((21, 3), 0.5, np.float32),
    }
    caption = Caption("camera_lost", "é" * 300, "a" * 300, "b" * 300, ((1, "c" * 300),))
    height, width = draw(ground, parts, caption, 0.0, 1e6).shape[:2]
    assert height % 2 == width % 2 == 0
    assert max(width, height) <= 1280
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)


def frames_of(path: Path) -> list[Pixels]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(np.asarray(read[1], np.uint8))
    return frames


def shade(number: int) -> Pixels:
    return np.full((48, 64, 3), 10 * number, np.uint8)


def play(path: Path, times: list[float], whole: bool, last: Pixels | None = None) -> list[int]:
    """The numbers of the pictures that are in the video."""
    video = VideoFile(str(path))
    for n, at in enumerate(times):
        video.show(shade(n), at, whole)
        video.idle()
    video.close(last)
    return [round(float(frame.mean()) / 10) for frame in frames_of(path)]


def test_a_video_has_every_picture_and_only_its_owner_may_see_it(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    assert play(path, [7 + n / 25 for n in range(12)], whole=True) == list(range(12))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == 25


def test_a_video_keeps_time(tmp_path: Path) -> None:
    gap = [n / 10 for n in range(8)] + [1.2, 1.3]
    assert play(tmp_path / "a.mp4", gap, False) == [0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 8, 9]
    fast = [n / 10 for n in range(8)] + [0.72, 0.74, 0.8]
    assert play(tmp_path / "b.mp4", fast, False) == [0, 1, 2, 3, 4, 5, 6, 7, 10]
    again = [n / 10 for n in range(8)] + [1000.0, 1000.1]
    assert play(tmp_path / "c.mp4", again, False) == list(range(10))


def test_the_end_of_a_video_shows_what_was_read_at_the_end(tmp_path: Path) -> None:
    shown = play(tmp_path / "a.mp4", [n / 10 for n in range(8)], True, shade(20))
    assert shown == [*range(8), *([20] * 10)]


def test_a_video_of_few_pictures(tmp_path: Path) -> None:
    assert play(tmp_path / "a.mp4", [0.0, 0.1], True) == [0, 1]
    assert play(tmp_path / "b.mp4", [0.0], True) == [0]
    video = VideoFile(str(tmp_path / "c.mp4"))
    video.close(None)
    assert not (tmp_path / "c.mp4").exists()


def test_a_video_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "there.mp4").write_bytes(b"")
    for name, said in (
        ("there.mp4", "there already"),
        ("a.webm", "named FILE.mp4"),
        ("no/a.mp4", "no such folder"),
        ("\udce9.mp4", "not UTF-8"),
    ):
        with pytest.raises(UserError, match=said):
            VideoFile(str(tmp_path / name))


def test_a_full_disk_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
            return True

        def write(self, picture: Pixels) -> None: ...
        def release(self) -> None: ...

        fourcc = staticmethod(lambda *code: 0)

    monkeypatch.setattr(cv2, "VideoWriter", lambda *arguments: Full())
    monkeypatch.setattr(cv2.VideoWriter, "fourcc", Full.fourcc, raising=False)
    video = VideoFile(str(tmp_path / "a.mp4"))
    for n in range(8):
        video.show(shade(n), n / 10, True)
    with pytest.raises(Shortage, match="is the disk full"):
        video.close(None)


class Shown:
    def __init__(self) -> None:
        self.pictures: list[tuple[float, bool]] = []
        self.last: list[Pixels | None] = []

    def show(self, picture: Pixels, time: float, whole: bool) -> None:
        self.pictures.append((time, whole))

    def idle(self) -> None: ...

    def close(self, last: Pixels | None) -> None:
        self.last.append(last)


@pytest.mark.parametrize("late", [True, False])
def test_an_overlay_draws_frames_in_order_and_a_late_final(late: bool) -> None:
    screen = Shown()
    overlay = Overlay([screen], lambda: SimpleNamespace(fps=30.0))
    bus = Bus(Hello(version="0", source="", live=True, bundle=""))
    bus.attach(overlay)
    overlay.set_lossless(True)
    overlay.start(lambda failure: None)
    for n in range(12):
        now = time.monotonic()
        hand = Hand(np.zeros((21, 3), np.float32), 1.0, 1.0, 1)
        overlay.see(Frame(GREY, n / 10, now, n), Landmarks((hand,), (640, 480), n / 10, now, n))
    if late:
        bus.publish(final("hello"))
    overlay.stop()
    assert overlay.join(60)
    assert screen.pictures == [(n / 10, True) for n in range(12)]
    assert [last is not None for last in screen.last] == [late]


class Tk:
    """Stands in for tkinter."""

    class TclError(Exception): ...

    def __init__(self, screen: bool = True) -> None:
        self.screen, self.images, self.destroyed = screen, [], 0
        self.on_close: Any = None
        self.Label = lambda *_, **__: self
        self.PhotoImage = lambda **options: self.images.append(options["data"])

    def Tk(self) -> Tk:  # noqa: N802 - tkinter's name
        if not self.screen:
            raise self.TclError("no display name and no $DISPLAY environment variable")
        return self

    def protocol(self, name: str, function: Any) -> None:
        self.on_close = function

    def destroy(self) -> None:
        self.destroyed += 1

    def title(self, text: str) -> None: ...
    def pack(self) -> None: ...
    def update(self) -> None: ...
    def configure(self, **options: Any) -> None: ...


def test_a_window_shows_pictures_until_somebody_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", tk := Tk())
    closed: list[bool] = []
    window = Window(lambda: closed.append(True))
    window.show(shade(1), 0.0, False)
    window.idle()
    assert tk.images == [b"P6 64 48 255 " + shade(1).tobytes()]
    tk.on_close()
    assert closed == [True]
    window.show(shade(2), 0.1, False)
    window.idle()
    window.close(None)
    assert len(tk.images) == 1
    assert tk.destroyed == 2, "one to try whether there is a screen"


def test_without_a_screen_or_tk_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", Tk(screen=False))
    with pytest.raises(UserError, match=r"no display name.*--overlay FILE\.mp4"):
        Window(lambda: None)
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(UserError, match="sudo apt install python3-tk"):
        Window(lambda: None)
