"""What every camera promises, and what opens one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.camera.frame import Frame
from edge.camera.uri import Uri

Size = tuple[int, int]


class Camera(Protocol):
    """Where frames come from: a device, a file or a rendering.

    `read` is called by one thread, `close` by any.

    Attributes:
        name: what it is, for people: the URI it was opened with.
        live: frames come at their own pace, and a slow reader misses the oldest. False: the
            reader sets the pace and nothing is dropped.
        device: a piece of hardware, which may be lost and come back; a file or a rendering is
            not.
    """

    name: str
    live: bool
    device: bool

    def read(self) -> Frame | None:
        """The next frame, waiting for it at most 2 s; None at the end, or once closed.

        Raises:
            CameraLost: no frame came in time, or the device has gone.
        """

    def close(self) -> None:
        """Free the device; may be called more than once, and while another thread reads.

        Raises:
            CameraStuck: the device cannot be freed.
        """


Opener = Callable[[Uri, Size, float], Camera]
"""Opens the camera of a parsed URI, with the (width, height) and frames per second asked for.

Raises `UserError` where that can never work, `CameraAbsent` where it may work later.
"""
