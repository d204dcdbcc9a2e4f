import logging
import sys
from types import ModuleType, SimpleNamespace

import pytest

from edge.camera import CameraAbsent, CameraLost, auto, open_camera
from edge.camera.device import Device
from edge.errors import UserError

USB = [Device(f"/dev/video{n}", "A webcam", "usb-1", False, n != 1) for n in range(3)]


class FakeCamera:
    def __init__(self, uri, works):
        self.name, self.works, self.closed = uri, works, False

    def read(self):
        if not self.works:
            raise CameraLost(f"{self.name} gives no more frames")

    def close(self):
        self.closed = True


@pytest.fixture
def machine(monkeypatch):
    """What `open_camera` finds: for each URI a camera that works, one that does not, or none."""
    machine = SimpleNamespace(cameras={}, webcams=[])
    monkeypatch.setattr(auto, "devices", lambda: machine.webcams)

    def opened(uri, *, size, fps):
        assert (size, fps) == ((320, 240), 25.0)
        if uri.startswith("signer:"):
            return FakeCamera(uri, True)
        if uri not in machine.cameras:
            raise UserError("no Pi camera: plug one in")
        return machine.cameras[uri]

    machine.choose = lambda *demo: auto.choose(opened, (320, 240), 25.0, *demo)
    return machine


def test_the_pi_camera_comes_first(machine):
    machine.cameras = {"picamera:": FakeCamera("picamera:", True)}
    machine.webcams = USB
    assert machine.choose().name == "picamera:"


def test_then_the_first_webcam_that_works(machine):
    broken, working = FakeCamera("v4l2:/dev/video0", False), FakeCamera("v4l2:/dev/video2", True)
    machine.cameras = {camera.name: camera for camera in (broken, working)}
    machine.webcams = USB
    chosen = machine.choose()
    assert chosen is working
    assert broken.closed
    assert chosen.name == "v4l2:/dev/video2 (no Pi camera; v4l2:/dev/video0 gives no more frames)"


def test_else_the_signer_and_why(machine, caplog):
    with caplog.at_level(logging.INFO):
        name = machine.choose().name
    assert name == "signer:hello world (no Pi camera; no webcam at /dev/video*)"
    assert "plug one in" in caplog.text


def test_without_the_signer_there_is_no_camera(machine):
    with pytest.raises(CameraAbsent, match="no camera: no Pi camera: plug one in; no webcam"):
        machine.choose(None)


def test_auto_and_signer_uris_reach_the_signer(monkeypatch):
    made = []

    class Signer:
        live = True

        def __init__(self, text, **options):
            made.append((text, options))

    module = ModuleType("edge.camera.signer")
    module.Signer = Signer
    monkeypatch.setitem(sys.modules, "edge.camera.signer", module)
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.setattr(auto, "devices", list)
    usual = {"size": (320, 240), "fps": 25.0}
    open_camera("auto", size=(320, 240), fps=25.0)
    camera = open_camera("signer:a%20b?speed=2.5&seed=7&pace=0", size=(320, 240), fps=25.0)
    assert camera.name == "signer:a%20b?speed=2.5&seed=7&pace=0"
    assert made == [
        ("hello world", usual),
        ("a b", usual | {"speed": 2.5, "seed": 7, "pace": False}),
    ]
