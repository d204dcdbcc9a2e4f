"""The source taken when none is named."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from edge.camera.device import devices
from edge.camera.frame import CameraAbsent, CameraLost, CameraStuck, Source
from edge.errors import UserError

log = logging.getLogger(__name__)

DEMO = "signer:hello world"


def choose(
    opened: Callable[..., Source], size: tuple[int, int], fps: float, demo: str | None = DEMO
) -> Source:
    """The first that works: the Pi camera, a webcam, the signer; its name says why.

    Args:
        opened: `edge.camera.open_source`.
        size, fps: as there.
        demo: taken where there is no camera.

    Raises:
        CameraAbsent: there is none, and ``demo`` is None.
    """
    reasons: list[str] = []
    webcams = [f"v4l2:{device.path}" for device in devices() if device.webcam]
    for uri in ["picamera:", *webcams]:
        try:
            source = opened(uri, size=size, fps=fps)
        except UserError as refusal:
            reasons.append(str(refusal))
            continue
        try:
            source.read()
        except CameraLost as lost:
            with suppress(CameraStuck):  # the next may work
                source.close()
            reasons.append(str(lost))
            continue
        return _named(source, uri, reasons)
    if not webcams:
        reasons.append("no webcam at /dev/video*")
    if demo is None:
        raise CameraAbsent("no camera: " + "; ".join(reasons))
    return _named(opened(demo, size=size, fps=fps), demo, reasons)


def _named(source: Source, uri: str, reasons: list[str]) -> Source:
    log.info("source %s%s", uri, "".join(f"; {reason}" for reason in reasons))
    short = "; ".join(reason.split(": ")[0] for reason in reasons)
    source.name = f"{uri} ({short})" if short else uri
    return source
