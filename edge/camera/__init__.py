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

from edge.camera.frame import CameraLost, Frame, Source
from edge.camera.uri import Uri, parse, positive, seconds, switch, typed, whole

__all__ = ["CameraLost", "Frame", "Source", "open_source"]

Size = tuple[int, int]


def open_source(uri: str, *, size: Size = (640, 480), fps: float = 30.0) -> Source:
    """The source ``uri`` names, open and ready to `read`.

    Args:
        uri: see the table above.
        size: (width, height) asked of a camera, rendered by the signer; files keep their own.
        fps: frames per second asked of a camera, rendered by the signer, or shown of a photo.

    Raises:
        Refusal: the URI, an option, the file or the device cannot be used; says what can.
    """
    wanted = parse(uri, tuple(_OPENERS))
    source = _OPENERS[wanted.scheme](wanted, size, fps)
    if wanted.scheme != "auto":
        source.name = uri
    return source


# Each opener imports what it opens, so that importing this room costs no OpenCV.


def _auto(uri: Uri, size: Size, fps: float) -> Source:
    from edge.camera.auto import choose

    typed(uri)
    return choose(open_source, size, fps)


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
    "auto": _auto,
    "picamera": _picamera,
    "v4l2": _v4l2,
    "video": _video,
    "photo": _photo,
    "signer": _signer,
}
