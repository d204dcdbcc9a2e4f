"""Makes the rendered signer a camera that breaks on command; Python imports it at its start.

With this folder on PYTHONPATH, ``python -m edge run --source signer:...`` is the real program with
one thing replaced: the signer counts as a camera device, and fails as the files in the folder
``$ISHARA_FAULTS`` say:

- ``absent``: it cannot be opened. ``unplugged``: nor can it be read, from now on.
- ``opening``: it opens once the file is gone.
- ``frozen``: `read` waits 2 s and gives up, as the drivers do. ``hung``: it never returns.
- ``hung-close``: `close` never returns.
- ``black``, ``same``: what the pictures are. ``old``: they were taken five seconds ago.
- ``crash-THREAD``, ``stall-THREAD``: the thread (camera, landmarks, recognize, publish) raises,
  or blocks, when it next has something to do.
- ``delegate``: an accelerator is plugged in, and its library is the one named in this file.
- ``ahead``, ``back``: the wall clock is an hour wrong.
- ``slept``: the machine was suspended, for as many seconds as this file says, all together.
- ``webcam``: there from the beginning, ``v4l2:`` is a webcam that shows a signer of the text in
  this file. ``failed-grab``, ``failed-retrieve``, ``error-grab``, ``error-retrieve``: as many times
  as this file says, what OpenCV is asked for fails, or raises; then the file is gone.
"""

import itertools
import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

FOLDER = Path(os.environ["ISHARA_FAULTS"])

import edge.camera as room  # noqa: E402
from edge.outputs.socket.server import SocketServer  # noqa: E402
from edge.pipeline.slot import Slot  # noqa: E402
from edge.recognize import delegate  # noqa: E402

slept = 0.0


def active(what):
    return (FOLDER / what).exists()


class Faulty:
    device = True
    last = None

    def __init__(self, source):
        self.source = source
        self.name = source.name
        self.live = source.live
        self.closed = threading.Event()

    def read(self):
        began = time.monotonic()
        while active("frozen") or active("hung"):
            if time.monotonic() - began > 2 and not active("hung"):
                raise room.CameraLost("the camera gives no more frames")
            if self.closed.wait(0.01) and not active("hung"):
                return None
        if active("unplugged"):
            raise room.CameraLost("the camera was unplugged")
        frame = self.source.read()
        if frame is None:
            return None
        if active("old"):
            frame = replace(frame, captured=frame.captured - 5)
        if active("black"):
            return replace(frame, pixels=frame.pixels // 64)
        if active("same") and Faulty.last is not None:
            return replace(frame, pixels=Faulty.last)
        Faulty.last = frame.pixels
        return frame

    def close(self):
        self.closed.set()
        self.source.close()
        while active("hung-close"):
            time.sleep(0.01)


def opened(uri, size, fps, real=room._OPENERS["signer"]):
    if active("absent") or active("unplugged"):
        raise room.CameraAbsent("no camera: plug it in")
    while active("opening"):
        time.sleep(0.01)
    return Faulty(real(uri, size, fps))


def disturbed(method):
    def wrapped(*arguments):
        name = threading.current_thread().name
        if active(f"crash-{name}"):
            raise RuntimeError(f"injected into {name}")
        while active(f"stall-{name}"):
            time.sleep(0.01)
        return method(*arguments)

    return wrapped


def jumping(real=time.time):
    return real() + 3600 * (active("ahead") - active("back"))


def asleep(clock, real=time.clock_gettime):
    global slept
    if clock != time.CLOCK_BOOTTIME:
        return real(clock)
    with suppress(OSError):  # not there, or no descriptor to read it with
        slept = float((FOLDER / "slept").read_text())
    return real(clock) + slept


def webcam():
    import cv2

    from edge.camera import v4l2
    from edge.camera.signer import Signer

    text = (FOLDER / "webcam").read_text()

    class Webcam:
        def __init__(self, *_):
            self.signers = (Signer(text, speed=6) for _ in itertools.count())
            self.signer = next(self.signers)

        def fault(self, step):
            failed, error = FOLDER / f"failed-{step}", FOLDER / f"error-{step}"
            for file in (failed, error):
                if file.exists() and (left := int(file.read_text() or 0)):
                    new = file.with_suffix(".new")
                    new.write_text(str(left - 1))
                    new.rename(file) if left > 1 else (file.unlink(), new.unlink())
                    if file == error:
                        raise cv2.error("imdecode_ (-215:Assertion failed) !buf.empty()")
                    return True
            return False

        def grab(self):
            if self.fault("grab"):
                return False
            while (frame := self.signer.read()) is None:
                self.signer = next(self.signers)
            self.frame = frame
            return True

        def retrieve(self):
            if self.fault("retrieve"):
                return False, None
            return True, self.frame.pixels[..., ::-1]

        def get(self, _):
            return self.frame.captured * 1000

        def set(self, *_):
            return True

        def isOpened(self):  # noqa: N802
            return not active("unplugged")

        def release(self):
            self.signer.close()

    cv2.VideoCapture = Webcam
    v4l2.check_usable = lambda _: None


if active("webcam"):
    webcam()
if active("delegate"):
    delegate.accelerator = lambda: True
    delegate.LIBRARY = (FOLDER / "delegate").read_text()
room._OPENERS["signer"] = opened
Slot.take = disturbed(Slot.take)
Slot.put = disturbed(Slot.put)
SocketServer._turn = disturbed(SocketServer._turn)
time.time = jumping
time.clock_gettime = asleep
