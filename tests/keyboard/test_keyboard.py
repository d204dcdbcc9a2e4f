"""``ishara type``: what is typed, and how it refuses."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.cli import main
from edge.client import connect
from edge.errors import UserError
from edge.keyboard import LAYOUTS, Keyboard, Typist
from tests.clients import Serve, eventually, text_event

EVENT = struct.Struct("llHHi")
NAMES = {code: c for c, (code, _) in LAYOUTS["us"].items()} | {42: "^", 39: ";"}


class Kernel:
    """Stands in for uinput: takes the calls, and what is written to a file.

    Attributes:
        allowed: the codes of the keys that the keyboard may send.
        created: it exists.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._real = fcntl.ioctl
        file.touch()
        self.allowed: set[int] = set()
        self.created = False

    def ioctl(self, device: int, request: int, argument: Any = 0) -> Any:
        match request, argument:
            case 0x40045564, 1:
                assert not self.created
            case 0x40045565, int(code):
                self.allowed.add(code)
            case 0x405C5503, bytes(setup):
                assert len(setup) == 92
                assert b"Ishara Edge\0" in setup
            case 0x5501, 0:
                self.created = True
            case _:  # the socket server's
                return self._real(device, request, argument)
        return 0

    @property
    def pressed(self) -> str:
        """The keys that were pressed, by what they make on an American keyboard."""
        out, held = "", set()
        for _, _, kind, code, value in EVENT.iter_unpack(self._file.read_bytes()):
            if kind == 0:
                continue
            assert kind == 1
            assert code in self.allowed
            if value:
                assert code not in held
                held.add(code)
                out += NAMES[code]
            else:
                held.remove(code)
        return out


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kernel:
    made = Kernel(tmp_path / "uinput")
    monkeypatch.setattr("edge.keyboard.device.PATH", str(tmp_path / "uinput"))
    monkeypatch.setattr("edge.keyboard.device.SETTLE_S", 0.0)
    monkeypatch.setattr("edge.keyboard.device.fcntl.ioctl", made.ioctl)
    return made


@pytest.mark.parametrize(
    ("layout", "text", "keys"),
    [
        ("us", "hi 42\n", "hi 42\n"),
        ("de", "yz", "zy"),
        ("fr", "aqzwm4", "qawz;^4"),
        ("us", "a\x1b\t\x00é!A", "a"),
    ],
)
def test_keys_of_a_layout(kernel: Kernel, layout: str, text: str, keys: str) -> None:
    with Keyboard(LAYOUTS[layout], key_s=0.0) as keyboard:
        keyboard.type(text)
    assert kernel.created
    assert kernel.pressed == keys


def test_every_layout_types_all_that_is_read() -> None:
    for layout in LAYOUTS.values():
        assert set("abcdefghijklmnopqrstuvwxyz0123456789 \n") == set(layout)
        assert len(set(layout.values())) == len(layout), "no key makes two characters"


def test_finals_are_typed_once_and_nothing_else_is(kernel: Kernel, serve: Serve) -> None:
    server = serve()
    with Keyboard(LAYOUTS["us"], key_s=0.0) as keyboard, connect(server.path) as ishara:
        following = threading.Thread(target=Typist(keyboard).follow, args=(ishara,))
        following.start()
        server.publish(text_event("hel"))
        server.publish(text_event("hello", final=True))
        server.publish(text_event("a" * 500, final=True))
        server.publish(text_event("Bye\x1b", final=True))
        assert eventually(lambda: kernel.pressed.endswith("bye "), 60)
        ishara.close()
        following.join()
    assert kernel.pressed == "hello " + "a" * 200 + " bye "


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (errno.EACCES, "systemd/install --type"),
        (errno.EPERM, "systemd/install --type"),
        (errno.ENOENT, "sudo modprobe uinput"),
        (errno.ENODEV, "sudo modprobe uinput"),
        (errno.EBUSY, "cannot be used: "),
    ],
)
def test_it_refuses_kindly(
    kernel: Kernel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: int,
    said: str,
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(failure, os.strerror(failure))

    monkeypatch.setattr("edge.keyboard.device.fcntl.ioctl", refuse)
    assert main(["type"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_where_there_is_no_uinput_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edge.keyboard.device.PATH", str(tmp_path / "none"))
    assert main(["type"]) == 2
    assert "sudo modprobe uinput" in capsys.readouterr().err


def test_a_keyboard_that_is_taken_away_is_said(kernel: Kernel) -> None:
    keyboard = Keyboard(LAYOUTS["us"], key_s=0.0)
    keyboard.close()
    with pytest.raises(UserError, match="takes no more keys"):
        keyboard.type("a")


@pytest.mark.skipif(not os.access("/dev/uinput", os.W_OK), reason="/dev/uinput may not be used")
def test_the_kernel_makes_the_keyboard() -> None:
    with Keyboard(LAYOUTS["us"]) as keyboard:
        assert "Ishara Edge" in Path("/proc/bus/input/devices").read_text()
        keyboard.type("a")
    assert "Ishara Edge" not in Path("/proc/bus/input/devices").read_text()
