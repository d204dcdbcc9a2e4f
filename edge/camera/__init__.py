"""Cameras: where frames come from, chosen by the scheme of a URI.

==================  ==========================================================================
``auto``            Pi camera, else the first webcam that works, else a signer that spells a demo
``picamera:``       a Raspberry Pi camera; ``?camera=1`` is the second one
``v4l2:DEVICE``     a webcam; ``v4l2:`` is /dev/video0, ``v4l2:2`` is /dev/video2
``video:FILE``      a clip in real time; ``?pace=0`` as fast as it is read
``photo:PATH``      a picture or a folder of them, one by one; ``?hold=1&gap=0.7&pace=0``
``landmarks:FILE``  a recording of landmarks; ``?fps=15&width=640&height=480&sequence=1&pace=0``
``signer:TEXT``     a rendered hand that spells the text; ``?speed=3&seed=0&pace=0``
==================  ==========================================================================

`edge.camera.uri` says how a URI is written, `edge.camera.meant` what else is understood,
`edge.camera.contract` what a camera promises. `register` adds a scheme.
"""

from __future__ import annotations

import re
from contextlib import suppress

from edge.camera.contract import Camera, Opener, Size
from edge.camera.frame import Frame
from edge.camera.meant import meant
from edge.camera.uri import Uri, number, parse, pixels, positive, seconds, switch, typed, whole
from edge.errors import CameraAbsent, CameraLost, CameraStuck

__all__ = [
    "Camera",
    "CameraAbsent",
    "CameraLost",
    "CameraStuck",
    "Frame",
    "Opener",
    "Size",
    "Uri",
    "carries_landmarks",
    "check",
    "open_camera",
    "register",
]


def open_camera(
    uri: str, *, size: Size = (640, 480), fps: float = 30.0, demo: bool = True
) -> Camera:
    """The camera that ``uri`` names, open and ready to `Camera.read`.

    Args:
        uri: see the table above.
        size: (width, height) asked of a camera, rendered by the signer; files keep their own.
        fps: frames per second asked of a camera, rendered by the signer, or shown of a photo.
        demo: where there is no camera, ``auto`` is a signer that spells a demo.

    Raises:
        CameraAbsent: there is no camera, or it cannot be used now.
        UserError: the URI, an option or the file can never be used.
        CameraStuck: a camera was found that neither works nor closes.
    """
    uri = meant(uri, ("auto", *_OPENERS))
    wanted = parse(uri, ("auto", *_OPENERS))
    if wanted.scheme == "auto":
        from edge.camera.auto import DEMO, choose

        typed(wanted)
        return choose(open_camera, size, fps, DEMO if demo else None)
    camera = _OPENERS[wanted.scheme](wanted, size, fps)
    camera.name = uri
    return camera


def check(uri: str, *, size: Size = (640, 480), fps: float = 30.0) -> None:
    """Check that ``uri`` can be used: a file is opened; of a device only what it is.

    Raises:
        UserError: it can never be used.
    """
    uri = meant(uri, ("auto", *_OPENERS))
    wanted = parse(uri, ("auto", *_OPENERS))
    if wanted.scheme == "picamera":
        from edge.camera.picamera import picamera2

        typed(wanted, camera=whole)
        picamera2()
    elif wanted.scheme == "v4l2":
        from edge.camera.device import check_usable, path_of

        typed(wanted)
        with suppress(CameraAbsent):
            check_usable(path_of(wanted.rest))
    elif wanted.scheme not in _DEVICES:
        open_camera(uri, size=size, fps=fps).close()
    elif wanted.scheme == "auto":
        typed(wanted)


def carries_landmarks(uri: str) -> bool:
    """Whether the frames of ``uri`` come with landmarks, and without a picture.

    Raises:
        UserError: it is written in another way.
    """
    return meant(uri, ("auto", *_OPENERS)).startswith("landmarks:")


def register(scheme: str, opener: Opener, *, device: bool = False) -> None:
    """Let `open_camera` open URIs of one more ``scheme``.

    Args:
        scheme: what stands before the colon: lower-case letters and digits.
        opener: opens the camera; see `edge.camera.contract.Opener`.
        device: it is hardware, which `check` must not open.

    Raises:
        ValueError: the scheme is taken, or is not written as above.
    """
    if not re.fullmatch("[a-z][a-z0-9]*", scheme):
        raise ValueError(f"scheme {scheme!r} must be lower-case letters and digits")
    if scheme in ("auto", *_OPENERS):
        raise ValueError(f"scheme {scheme!r} is taken")
    _OPENERS[scheme] = opener
    if device:
        _DEVICES.add(scheme)


# Each opener imports what it opens: importing this package must not load OpenCV.


def _picamera(uri: Uri, size: Size, fps: float) -> Camera:
    from edge.camera.picamera import PiCamera

    return PiCamera(size=size, fps=fps, **typed(uri, camera=whole))


def _v4l2(uri: Uri, size: Size, fps: float) -> Camera:
    from edge.camera.v4l2 import V4L2

    typed(uri)
    return V4L2(uri.rest, size=size, fps=fps)


def _video(uri: Uri, size: Size, fps: float) -> Camera:
    from edge.camera.video import Video

    return Video(uri.rest, fps=fps, **typed(uri, pace=switch))


def _photo(uri: Uri, size: Size, fps: float) -> Camera:
    from edge.camera.photo import Photos

    return Photos(uri.rest, fps=fps, **typed(uri, hold=positive, gap=seconds, pace=switch))


def _landmarks(uri: Uri, size: Size, fps: float) -> Camera:
    from edge.camera.recording import LandmarkRecording

    options = typed(uri, fps=positive, width=pixels, height=pixels, sequence=number, pace=switch)
    return LandmarkRecording(uri.rest, **options)


def _signer(uri: Uri, size: Size, fps: float) -> Camera:
    from edge.camera.signer import Signer

    options = typed(uri, speed=positive, seed=whole, pace=switch)
    return Signer(uri.rest, size=size, fps=fps, **options)


_OPENERS: dict[str, Opener] = {
    "picamera": _picamera,
    "v4l2": _v4l2,
    "video": _video,
    "photo": _photo,
    "landmarks": _landmarks,
    "signer": _signer,
}

_DEVICES = {"auto", "picamera", "v4l2"}
