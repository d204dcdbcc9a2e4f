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
"""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

FOLDER = Path(os.environ["ISHARA_FAULTS"])

import edge.camera as room  # noqa: E402
from edge.outputs.socket.server import SocketServer  # noqa: E402
from edge.pipeline.slot import Slot  # noqa: E402
from edge.recognize import delegate  # noqa: E402


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


if active("delegate"):
    delegate.accelerator = lambda: True
    delegate.LIBRARY = (FOLDER / "delegate").read_text()
room._OPENERS["signer"] = opened
Slot.take = disturbed(Slot.take)
Slot.put = disturbed(Slot.put)
SocketServer._turn = disturbed(SocketServer._turn)
time.time = jumping
