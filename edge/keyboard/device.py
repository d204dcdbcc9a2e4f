"""A keyboard that the kernel makes for this program: uinput, as in linux/uinput.h."""

from __future__ import annotations

import builtins
import errno
import fcntl
import os
import struct
import time
from collections.abc import Mapping
from types import TracebackType

from edge.errors import UserError, first_line
from edge.keyboard.layouts import ENTER, SHIFT, Key

NAME = b"Ishara Edge"
PATH = "/dev/uinput"
KEY_S = 0.012
"""Seconds a key is held, and then is not: some programs lose faster ones."""
SETTLE_S = 0.5
"""Seconds that a desktop needs to notice a new keyboard."""

_UI_DEV_CREATE = 0x5501
_UI_DEV_SETUP = 0x405C5503
_UI_SET_EVBIT = 0x40045564
_UI_SET_KEYBIT = 0x40045565
_SETUP = struct.Struct("HHHH80sI")  # struct uinput_setup: an input_id, the name, effects
_EVENT = struct.Struct("llHHi")  # struct input_event: time, type, code, value
_BUS_VIRTUAL = 6
_EV_SYN, _EV_KEY = 0, 1


class Keyboard:
    """Types the characters of one layout."""

    def __init__(self, layout: Mapping[str, Key], key_s: float = KEY_S) -> None:
        """
        Raises:
            UserError: the kernel has no uinput, or this user may not use it.
        """
        self._layout = layout
        self._key_s = key_s
        try:
            self._device = os.open(PATH, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(error) from error
        try:
            fcntl.ioctl(self._device, _UI_SET_EVBIT, _EV_KEY)
            for code in sorted({code for code, _ in layout.values()} | {SHIFT, ENTER}):
                fcntl.ioctl(self._device, _UI_SET_KEYBIT, code)
            setup = _SETUP.pack(_BUS_VIRTUAL, 0, 0, 1, NAME, 0)
            fcntl.ioctl(self._device, _UI_DEV_SETUP, setup)
            fcntl.ioctl(self._device, _UI_DEV_CREATE)
        except OSError as error:
            os.close(self._device)
            raise _unusable(error) from error
        time.sleep(SETTLE_S)

    def type(self, text: str) -> None:
        """Press the keys of ``text``; a character that the layout lacks is left out.

        Raises:
            UserError: the kernel takes no more keys.
        """
        try:
            for character in text:
                if key := self._layout.get(character):
                    self._press(*key)
        except OSError as error:
            raise UserError(f"{PATH} takes no more keys: {first_line(error)}") from error

    def _press(self, code: int, shift: bool) -> None:
        held = [SHIFT] * shift + [code]
        for key in held:
            self._write(key, 1)
        time.sleep(self._key_s)
        for key in reversed(held):
            self._write(key, 0)
        time.sleep(self._key_s)

    def _write(self, code: int, value: int) -> None:
        event = _EVENT.pack(0, 0, _EV_KEY, code, value)  # the kernel sets the time
        os.write(self._device, event + _EVENT.pack(0, 0, _EV_SYN, 0, 0))

    def close(self) -> None:
        """Take the keyboard away, as the kernel does when its descriptor is closed."""
        os.close(self._device)

    def __enter__(self) -> Keyboard:
        return self

    def __exit__(
        self,
        kind: builtins.type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _unusable(error: OSError) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(
            f"this user may not type: {PATH} is closed to it; sudo systemd/install --type, then log"
            " in again"
        )
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return UserError(f"there is no {PATH} here: sudo modprobe uinput")
    return UserError(f"{PATH} cannot be used: {first_line(error)}")
