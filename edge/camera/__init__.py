"""Sources of frames, chosen by URI.

==============  ==========================================================================
``auto``        Pi camera, else the first webcam that works, else a signer spelling a demo
``picamera:``   a Raspberry Pi camera; ``?camera=1`` is the second one
``v4l2:DEVICE`` a webcam; ``v4l2:`` is /dev/video0, ``v4l2:2`` is /dev/video2
``video:FILE``  a clip at its own pace; ``?pace=0`` as fast as it is read
``photo:PATH``  a picture or a folder of them, each held; ``?hold=1&gap=0.7&pace=0``
``signer:TEXT`` a rendered hand that spells the text; ``?speed=3&seed=0&pace=0``
==============  ==========================================================================

`edge.camera.uri` says how a URI is read.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.camera.frame import CameraAbsent, CameraLost, CameraStuck, Frame, Source
from edge.camera.uri import Uri, parse, positive, seconds, switch, typed, whole

__all__ = [
    "CameraAbsent",
    "CameraLost",
    "CameraStuck",
    "Frame",
    "Source",
    "check",
    "open_source",
]

Size = tuple[int, int]

_DEVICES = ("auto", "picamera", "v4l2")


def open_source(
    uri: str, *, size: Size = (640, 480), fps: float = 30.0, demo: bool = True
) -> Source:
    """The source ``uri`` names, open and ready to `read`.

    Args:
        uri: see the table above.
        size: (width, height) asked of a camera, rendered by the signer; files keep their own.
        fps: frames per second asked of a camera, rendered by the signer, or shown of a photo.
        demo: where there is no camera, ``auto`` is a signer spelling a demo.

    Raises:
        CameraAbsent: there is no camera, or not now.
        UserError: the URI, an option or the file can never be used; says what can.
        CameraStuck: a camera was found that neither works nor lets go.
    """
    wanted = parse(uri, ("auto", *_OPENERS))
    if wanted.scheme == "auto":
        from edge.camera.auto import DEMO, choose

        typed(wanted)
        return choose(open_source, size, fps, DEMO if demo else None)
    source = _OPENERS[wanted.scheme](wanted, size, fps)
    source.name = uri
    return source


def check(uri: str, *, size: Size = (640, 480), fps: float = 30.0) -> None:
    """Returns where ``uri`` is written well; a file is opened, a camera is left alone.

    Raises:
        UserError: it can never be used.
    """
    if parse(uri, ("auto", *_OPENERS)).scheme not in _DEVICES:
        open_source(uri, size=size, fps=fps).close()


# Each opener imports what it opens, so that importing this room costs no OpenCV.


def _picamera(uri: Uri, size: Size, fps: float) -> Source:
    from edge.camera.picamera import PiCamera

    return PiCamera(size=size, fps=fps, **typed(uri, camera=whole))


def _v4l2(uri: Uri, size: Size, fps: float) -> Source:
    from edge.camera.v4l2 import V4L2

    typed(uri)
    return V4L2(uri.rest, size=size, fps=fps)


def _video(uri: Uri, size: Size, fps: float) -> Source:
    from edge.camera.video import Video

    return Video(uri.rest, fps=fps, **typed(uri, pace=switch))


def _photo(uri: Uri, size: Size, fps: float) -> Source:
    from edge.camera.photo import Photos

    return Photos(uri.rest, fps=fps, **typed(uri, hold=positive, gap=seconds, pace=switch))


def _signer(uri: Uri, size: Size, fps: float) -> Source:
    from edge.camera.signer import Signer

    options = typed(uri, speed=positive, seed=whole, pace=switch)
    return Signer(uri.rest, size=size, fps=fps, **options)


_OPENERS: dict[str, Callable[[Uri, Size, float], Source]] = {
    "picamera": _picamera,
    "v4l2": _v4l2,
    "video": _video,
    "photo": _photo,
    "signer": _signer,
}
