"""What the kernel says about a Video4Linux device (linux/videodev2.h)."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge import files
from edge.errors import CameraAbsent, UserError

_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_QUERYCAP = 0x80685600  # _IOR('V', 0, struct v4l2_capability)
_REQUEST = struct.Struct("=IIII4x")
_REQBUFS = 0xC0145608  # _IOWR('V', 8, struct v4l2_requestbuffers)
_BUF_CAPTURE, _BUF_CAPTURE_MPLANE, _MEMORY_MMAP = 1, 9, 1
_CAP_CAPTURE, _CAP_CAPTURE_MPLANE = 0x1, 0x1000
_CAP_CONVERTS = 0x8000 | 0x4000  # V4L2_CAP_VIDEO_M2M and its MPLANE: encoders, decoders, scalers
_CAP_DEVICE_CAPS = 0x80000000
_NO_CAMERA = {errno.ENOTTY, errno.EINVAL, errno.EISDIR}


@dataclass(frozen=True, slots=True)
class Device:
    """A video device: ``card`` is its name for people, ``bus`` where it is plugged in."""

    path: str
    card: str
    bus: str
    planar: bool
    capture: bool

    @property
    def webcam(self) -> bool:
        """Whether it is a camera of its own, not a block of the board's video pipeline.

        Boards list decoders, image processors and raw sensors as capture devices on the
        ``platform:`` bus; these give no picture unless a pipeline is set up around them.
        """
        return self.capture and ("loopback" in self.bus or not self.bus.startswith("platform:"))


@dataclass(frozen=True, slots=True)
class Closed:
    """A video device that cannot be opened or asked: why, for people.

    Attributes:
        permission: its file may not be opened by this user.
        sandbox: it is kept from this process by its sandbox, whoever the user is.
    """

    path: str
    reason: str
    permission: bool = False
    sandbox: bool = False


def survey() -> tuple[list[Device], list[Closed]]:
    """Every /dev/video*, by number: those that can be opened and asked, and the others."""
    found, closed = [], []
    for node in sorted(Path("/dev").glob("video[0-9]*"), key=_number):
        path = str(node)
        try:
            with _opened(path) as handle:
                found.append(_query(path, handle))
        except OSError as error:
            number = error.errno
            closed.append(
                Closed(path, _reason(path, number), number == errno.EACCES, number == errno.EPERM)
            )
    return found, closed


def devices() -> list[Device]:
    """Every /dev/video* that can be opened and asked, by number."""
    return survey()[0]


def no_webcam() -> str:
    """Why there is no webcam: one that may not be opened is there all the same."""
    closed = [each.reason for each in survey()[1] if each.permission or each.sandbox]
    return closed[0] if closed else "no webcam at /dev/video*"


def kept_by_sandbox() -> str:
    """What to do about a device of the Pi camera that the sandbox keeps away; empty: nothing."""
    for pattern in ("media[0-9]*", "video[0-9]*", "dma_heap/*"):
        for node in sorted(Path("/dev").glob(pattern)):
            try:
                with _opened(str(node)):
                    pass
            except OSError as error:
                if error.errno == errno.EPERM:
                    return _reason(str(node), error.errno)
    return ""


def path_of(device: str) -> str:
    """The path that ``device`` means: a path, or a number N for /dev/videoN; empty is number 0.

    Raises:
        UserError: it is not UTF-8, which OpenCV does not survive.
    """
    if not files.is_unicode(device):
        raise UserError(f"{device!r} is not a camera: its name is not UTF-8")
    return f"/dev/video{device or 0}" if device.isdigit() or not device else device


def check_usable(path: str) -> None:
    """Check that ``path`` is a camera that no other program uses.

    Raises:
        CameraAbsent: it is missing, may not be opened, or is in use.
        UserError: it is not a camera.
    """
    try:
        with _opened(path) as handle:
            device = _query(path, handle)
            if not device.capture:
                raise UserError(f"{path} ({device.card}) is not a camera: it captures no pictures")
            kind = _BUF_CAPTURE_MPLANE if device.planar else _BUF_CAPTURE
            # Asking for a buffer is what fails while another program streams.
            for count in (1, 0):
                fcntl.ioctl(handle, _REQBUFS, _REQUEST.pack(count, kind, _MEMORY_MMAP, 0))
    except ValueError as error:
        raise UserError(f"{path!r} is not a file name") from error
    except OSError as error:
        if error.errno in _NO_CAMERA:
            raise UserError(f"{path} is not a camera") from error
        raise CameraAbsent(_reason(path, error.errno)) from error


def _reason(path: str, number: int | None) -> str:
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"no camera at {path!r}: plug it in, or see `ishara doctor` for what there is"
    if number == errno.EPERM:  # of a file's mode it would be EACCES
        return (
            f"{path} is kept away by the sandbox, whose DeviceAllow= must name its kind before the "
            "service starts: sudo systemctl restart ishara, or sudo systemctl edit ishara"
        )
    if number == errno.EACCES:
        return (
            f"no permission to open {path}: join the video group "
            "(sudo usermod -aG video $USER) and log in again"
        )
    if number == errno.EBUSY:
        return f"{path} is in use by another program: end that one, or choose another camera"
    return f"{path} cannot be used: {os.strerror(number or 0)}"


@contextmanager
def _opened(path: str) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _query(path: str, handle: int) -> Device:
    answer = fcntl.ioctl(handle, _QUERYCAP, bytes(_CAPABILITY.size))
    _, card, bus, _, hardware_flags, node_flags = _CAPABILITY.unpack(answer)
    # The first flags are those of the whole hardware; that a webcam's second node, for metadata,
    # captures nothing shows only in the second ones.
    flags = node_flags if hardware_flags & _CAP_DEVICE_CAPS else hardware_flags
    planar = not flags & _CAP_CAPTURE and bool(flags & _CAP_CAPTURE_MPLANE)
    capture = bool(flags & (_CAP_CAPTURE | _CAP_CAPTURE_MPLANE)) and not flags & _CAP_CONVERTS
    return Device(path, _text(card), _text(bus), planar, capture)


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", "replace")


def _number(path: Path) -> int:
    digits = re.search(r"\d+$", path.name)
    return int(digits[0]) if digits else 0
