"""The camera taken when none is named."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from edge.camera.contract import Camera, Size
from edge.camera.device import devices, no_webcam
from edge.errors import CameraAbsent, CameraLost, UserError, first_line

log = logging.getLogger(__name__)

DEMO = "signer:hello world"


def choose(
    opener: Callable[..., Camera], size: Size, fps: float, demo: str | None = DEMO
) -> Camera:
    """The first that works: the Pi camera, a webcam, the signer; its name says why.

    Args:
        opener: `edge.camera.open_camera`.
        size, fps: as there.
        demo: the URI taken where there is no camera.

    Raises:
        CameraAbsent: there is none, and ``demo`` is None.
    """
    reasons: list[str] = []
    webcams = [f"v4l2:{device.path}" for device in devices() if device.webcam]
    for uri in ["picamera:", *webcams]:
        try:
            camera = opener(uri, size=size, fps=fps)
        except UserError as error:
            reasons.append(str(error))
            continue
        except Exception as error:  # of a driver or a library: the next may work
            reasons.append(_reason(uri, error))
            continue
        try:
            camera.read()
        except Exception as error:
            with suppress(Exception):
                camera.close()
            reasons.append(str(error) if isinstance(error, CameraLost) else _reason(uri, error))
            continue
        return _named(camera, uri, reasons)
    if not webcams:
        reasons.append(no_webcam())
    if demo is None:
        raise CameraAbsent("no camera: " + "; ".join(reasons))
    return _named(opener(demo, size=size, fps=fps), demo, reasons)


def _reason(uri: str, error: Exception) -> str:
    log.warning("%s cannot be used", uri, exc_info=error)
    return f"{uri} cannot be used: {type(error).__name__}: {first_line(error)}"


def _named(camera: Camera, uri: str, reasons: list[str]) -> Camera:
    log.info("source %s%s", uri, "".join(f"; {reason}" for reason in reasons))
    short = "; ".join(reason.split(": ")[0] for reason in reasons)
    camera.name = f"{uri} ({short})" if short else uri
    return camera
