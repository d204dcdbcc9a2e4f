"""`ishara doctor`: what is installed and connected, what is missing, and the remedy."""

from __future__ import annotations

import grp
import importlib.util
import logging
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.camera import open_camera
from edge.camera.device import survey
from edge.config import Config
from edge.errors import UserError, first_line, unusable

log = logging.getLogger(__name__)

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. A ``note`` prevents nothing; what is ``missing`` prevents a run."""

    state: State
    what: str
    detail: str
    remedy: str = ""


def examine(config: Config) -> Iterator[Finding]:
    """Run every check, in the order in which a frame passes what is checked; changes nothing."""
    checks: tuple[Callable[[Config], Iterator[Finding]], ...] = (
        _machine,
        _runtime,
        _weights,
        _bundle,
        _cameras,
        _area,
        _delegate,
        _socket,
    )
    for check in checks:
        try:
            yield from check(config)
        except UserError as error:
            yield Finding("missing", check.__name__.strip("_"), str(error))
        except Exception as error:  # of a library or the system: the other checks still say theirs
            log.debug("the check of %s failed", check.__name__.strip("_"), exc_info=True)
            reason = f"{type(error).__name__}: {first_line(error)}"
            yield Finding("missing", check.__name__.strip("_"), reason)


def _machine(config: Config) -> Iterator[Finding]:
    model = Path("/proc/device-tree/model")
    board = model.read_text(errors="replace").strip("\0") if model.is_file() else "no Raspberry Pi"
    yield Finding(
        "ok", "machine", f"{board}, {platform.machine()}, Python {platform.python_version()}"
    )


def _runtime(config: Config) -> Iterator[Finding]:
    from importlib.metadata import version

    from edge.runtime import interpreter_class

    name, _ = interpreter_class()
    yield Finding("ok", "runtime", f"{name} {version(name)}")
    try:
        import cv2
    except ImportError as error:
        remedy = "pip install opencv-python-headless"
        yield Finding("missing", "opencv", str(error), remedy)
    else:
        yield Finding("ok", "opencv", cv2.__version__)


def _weights(config: Config) -> Iterator[Finding]:
    from edge.landmarks import derived, weights
    from edge.recognize import parts

    used: list[weights.Use] = ["hands"]
    if config.landmarks.holistic == "on" or parts(config.recognize).holistic:
        used.append("holistic")
    for use in used:
        for name, state in (*weights.check(use), *derived.check(use)):
            if state == "ok":
                yield Finding("ok", "weights", name)
            else:
                yield Finding("missing", "weights", f"{name}: {state}", "ishara models fetch")
    others = () if "holistic" in used else (*weights.check("holistic"), *derived.check("holistic"))
    if any(state != "ok" for _, state in others):
        detail = "no pose and no face: weights are not there, and this bundle needs none"
        yield Finding("note", "weights", detail, "ishara models fetch")


def _bundle(config: Config) -> Iterator[Finding]:
    from edge.recognize import bundle, foreign
    from edge.recognize.model import StreamingModel

    with unusable(f"bundle {config.recognize.bundle}"):
        folder = bundle.find(config.recognize.bundle)
        if foreign.is_foreign(folder):
            report = foreign.inspect(folder)
            detail = f"{report['name']}: foreign, reads {report['alphabet']!r}"
            yield Finding("ok", "bundle", detail)
            return
        found = bundle.load(folder)
        StreamingModel(found)
    yield Finding("ok", "bundle", f"{found.name}: reads {found.alphabet!r} at {found.rate:g} Hz")


def _cameras(config: Config) -> Iterator[Finding]:
    if importlib.util.find_spec("picamera2"):
        from edge.camera.picamera import picamera2

        try:
            picamera2()
        except UserError as error:
            state: State = "missing" if config.camera.source.startswith("picamera") else "note"
            yield Finding(state, "camera", str(error))
        else:
            yield Finding("ok", "camera", "picamera2 is installed")
    else:
        yield Finding(
            "note",
            "camera",
            "no picamera2 (only a Raspberry Pi camera needs it)",
            "sudo apt install python3-picamera2, then make clean setup",
        )
    yield from _webcams()
    source = open_camera(config.camera.source)
    source.close()
    yield Finding("ok", "source", source.name)


def _webcams() -> Iterator[Finding]:
    """What is at /dev/video*: of the many nodes of a board, few are cameras."""
    found, closed = survey()
    webcams = [device for device in found if device.webcam]
    for device in webcams:
        yield Finding("ok", "camera", f"{device.path}: {device.card}")
    for each in closed:
        if each.permission:
            group = _group(Path(each.path))
            remedy = f"sudo usermod -aG {group} $USER, then log in again"
            yield Finding("missing", "camera", f"{each.path}: no permission", remedy)
        else:
            yield Finding("missing" if each.sandbox else "note", "camera", each.reason)
    if not (webcams or closed):
        remedy = "ishara run --source signer:hello"
        yield Finding("note", "camera", "no webcam at /dev/video*", remedy)
    if others := len(found) - len(webcams):
        nodes = "node is no camera" if others == 1 else "nodes are no cameras"
        detail = f"{others} other /dev/video* {nodes}: a decoder, a scaler, metadata, ..."
        yield Finding("note", "camera", detail)


def _area(config: Config) -> Iterator[Finding]:
    from edge.landmarks.area import Area

    if area := Area.of(config.landmarks.area):
        width, height = config.camera.width, config.camera.height
        left, top, right, bottom = area.box(width, height)
        detail = f"hands are read only in x {left}-{right}, y {top}-{bottom} of {width} x {height}"
        yield Finding("note", "area", detail)


def _group(device: Path) -> str:
    try:
        return grp.getgrgid(device.stat().st_gid).gr_name
    except (KeyError, OSError):
        return "video"


def _delegate(config: Config) -> Iterator[Finding]:
    from edge.recognize import bundle, foreign
    from edge.recognize.delegate import LIBRARY, accelerator, probe

    if not accelerator():
        yield Finding("note", "delegate", "no Coral accelerator: the models run on the CPU")
        return
    with unusable(f"bundle {config.recognize.bundle}"):
        folder = bundle.find(config.recognize.bundle)
        accelerated = not foreign.is_foreign(folder) and bundle.load(folder).accelerated
    if not accelerated:
        detail = "a Coral accelerator is there; this bundle runs on the CPU"
        yield Finding("note", "delegate", detail)
    elif reason := probe(LIBRARY):
        yield Finding("note", "delegate", f"a Coral accelerator is there, but {reason}")
    else:
        yield Finding("ok", "delegate", "a Coral accelerator is there, and this bundle can use it")


def _socket(config: Config) -> Iterator[Finding]:
    from edge.socket_path import socket_path

    path = socket_path(config.publish.socket)
    yield Finding("ok", "socket", str(path))
