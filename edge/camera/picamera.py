"""A Raspberry Pi camera through picamera2.

picamera2 is imported when a camera is opened, not before: importing it scans the devices and
sets environment variables.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import numpy as np

from edge.camera.device import kept_by_sandbox
from edge.camera.failures import FailedReads
from edge.camera.frame import Frame
from edge.errors import CameraAbsent, CameraStuck, UserError, first_line, raise_shortage

log = logging.getLogger(__name__)

TIMEOUT_S = 2.0
"""Seconds without a frame after which the camera counts as lost."""

CLOSE_TIMEOUT_S = 1.0
"""Seconds that `close` waits for picamera2 to stop, which can hang."""

BUFFERS = 6

MISSING = (
    "picamera2 is not installed: sudo apt install python3-picamera2, and make the virtual "
    "environment with --system-site-packages from the system's Python"
)


class PiCamera:
    """A camera on the board's camera connector."""

    live = True
    device = True

    def __init__(
        self, *, camera: int = 0, size: tuple[int, int] = (640, 480), fps: float = 30.0
    ) -> None:
        """``camera``: its number among those on the board's connectors.

        Raises:
            CameraAbsent: no such camera, or it is in use.
            UserError: no picamera2, or one that does not work.
        """
        self.name = f"picamera:?camera={camera}"
        kind = picamera2()
        try:
            cameras = kind.global_camera_info()
        except Exception as error:
            raise _broken(error) from error
        number = _number(cameras, camera)
        self._closed = threading.Event()
        self._failures = FailedReads("the Pi camera", self._closed)
        self._next = 0
        self._clock: int | None = None
        self._camera: Any = None
        self._closing: threading.Thread | None = None
        try:
            self._camera = kind(number)
            self._camera.configure(
                self._camera.create_video_configuration(
                    # picamera2 names a format by its order in a word: this one is R, G, B in
                    # memory, and its "RGB888" is B, G, R.
                    main={"size": size, "format": "BGR888"},
                    raw=None,
                    buffer_count=BUFFERS,
                    # Wait for the next frame instead of handing out one that may be old.
                    queue=False,
                    controls={"FrameRate": fps},
                )
            )
            self._camera.start()
        except Exception as error:  # picamera2 lets those of many libraries through
            self.close()
            raise CameraAbsent(
                f"Pi camera {camera} cannot be started ({first_line(error)}): "
                "is another program using it?"
            ) from error

    def read(self) -> Frame | None:
        """The next frame; None once closed. One that cannot be read is skipped.

        Raises:
            CameraLost: no frame in 2 s, or several failed reads in a row.
        """
        while (camera := self._camera) is not None:
            self._failures.begin()
            index, self._next = self._next, self._next + 1
            try:
                frame = self._capture(camera, index)
            except Exception as error:
                if self._camera is None:
                    break
                self._failures.failed(first_line(error))
                continue
            self._failures.succeeded()
            return frame
        return None

    def _capture(self, camera: Any, index: int) -> Frame:
        # A capture without a limit never returns when the camera is lost.
        request = camera.capture_request(wait=False).get_result(timeout=TIMEOUT_S)
        try:
            now = time.monotonic()
            pixels = request.make_array("main")
            stamp = request.get_metadata().get("SensorTimestamp")
        finally:
            request.release()
        captured = self._captured(stamp, now)
        return Frame(np.ascontiguousarray(pixels, np.uint8), captured, captured, index)

    def close(self) -> None:
        """Free the camera.

        Raises:
            CameraStuck: picamera2 has not done so in 1 s.
        """
        self._closed.set()
        camera, self._camera = self._camera, None
        if camera is not None:
            self._closing = threading.Thread(target=_close, args=(camera,), daemon=True)
            self._closing.start()
        if self._closing is not None:
            self._closing.join(CLOSE_TIMEOUT_S)
            if self._closing.is_alive():
                raise CameraStuck("the Pi camera does not stop; it is usable again after a restart")

    def _captured(self, stamp: int | None, now: float) -> float:
        """Monotonic seconds of a SensorTimestamp in ns; ``now`` where its clock is unknown.

        The stamp is on the boot-time clock, in some installations on the monotonic one. The first
        frame decides for good; where both fit, the machine has hardly slept and they agree.
        """
        if stamp is None:
            return now
        if self._clock is None:
            for clock in (time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC):
                if 0 <= time.clock_gettime(clock) - stamp / 1e9 < 1:
                    self._clock = clock
                    break
            else:
                log.warning("the camera's time stamps fit no clock: ages begin at arrival")
                self._clock = -1
        if self._clock < 0:
            return now
        return time.monotonic() - (time.clock_gettime(self._clock) - stamp / 1e9)


def picamera2() -> Any:
    """The class Picamera2. Raises UserError where it cannot be imported."""
    try:
        from picamera2 import Picamera2
    except Exception as error:  # its import runs several libraries and scans the devices
        if isinstance(error, ModuleNotFoundError) and error.name == "picamera2":
            raise UserError(MISSING) from error
        raise _broken(error) from error
    return Picamera2


def _broken(error: Exception) -> UserError:
    raise_shortage(error, "picamera2")
    log.info("picamera2 does not work", exc_info=error)
    if isinstance(error, ValueError):
        # What a numpy 2 in the virtual environment does to the system's simplejpeg.
        return UserError(f"picamera2 does not work with this numpy ({first_line(error)})")
    return UserError(
        "picamera2 does not work: sudo apt install --reinstall python3-picamera2 "
        f"python3-libcamera ({type(error).__name__}: {first_line(error)})"
    )


def _number(cameras: list[dict[str, Any]], wanted: int) -> int:
    """libcamera's number of the ``wanted``-th camera on a connector; it lists webcams too."""
    board = [n for n, info in enumerate(cameras) if "usb" not in str(info.get("Id", "")).lower()]
    if not board and (reason := kept_by_sandbox()):
        raise CameraAbsent(f"no Pi camera found: {reason}")
    if not board:
        raise CameraAbsent("no Pi camera found: check its cable and `rpicam-hello --list-cameras`")
    if wanted >= len(board):
        raise CameraAbsent(f"there is no Pi camera {wanted}: found {len(board)}, counted from 0")
    return board[wanted]


def _close(camera: Any) -> None:
    for step in ("cancel_all_and_flush", "stop", "close"):
        try:
            getattr(camera, step)()
        except Exception as error:
            log.debug("%s of the Pi camera: %s", step, error)
