"""Draws one picture of an overlay."""

from __future__ import annotations

import cv2
import numpy as np

from edge.observers.overlay.caption import Caption
from edge.observers.overlay.skeleton import Colour, Pixels, draw_parts
from edge.recording import FoundParts

NARROWEST, LONGEST = 480, 1280
"""Pixels of the picture that is drawn on: a smaller or larger one is resized."""

_FONT = cv2.FONT_HERSHEY_DUPLEX
_WHITE: Colour = (255, 255, 255)
_FAINT: Colour = (255, 196, 96)
_GREY: Colour = (190, 190, 190)
_STATES: dict[str, Colour] = {
    "reading": (80, 220, 120),
    "searching": (190, 190, 190),
    "starting": (190, 190, 190),
    "paused": (255, 210, 60),
}
_PROBLEM: Colour = (255, 80, 80)
_DARKEN = 0.35
_ELLIPSIS = "..."


def draw(pixels: Pixels, parts: FoundParts, caption: Caption, fps: float, age_ms: float) -> Pixels:
    """A new picture.

    Args:
        pixels: RGB uint8 [height, width, 3]; stays as it is.
        parts: the landmarks seen in it.
        caption: what is read.
        fps: frames a second.
        age_ms: milliseconds from its capture to the end of its recognition.

    Returns:
        RGB uint8, height and width even; see `NARROWEST`.
    """
    picture = _resized(pixels)
    draw_parts(picture, parts)
    unit = picture.shape[1] / 640
    _draw_state(picture, caption, f"{fps:.0f} fps   {age_ms:.0f} ms", unit)
    _draw_text(picture, caption, unit)
    return picture


def _resized(pixels: Pixels) -> Pixels:
    """A copy of a size that can be read and encoded."""
    height, width = pixels.shape[:2]
    scale = min(max(1.0, NARROWEST / width), LONGEST / max(height, width))
    size = max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
    if size == (width, height):
        return np.array(pixels, order="C")  # a ground has no memory of its own
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=way), np.uint8)


def _draw_state(picture: Pixels, caption: Caption, figures: str, unit: float) -> None:
    """The bar at the top: the state, why, and the figures."""
    width = picture.shape[1]
    bar = round(30 * unit)
    _darken(picture, 0, bar)
    base, margin = round(21 * unit), round(12 * unit)
    colour = _STATES.get(caption.state, _PROBLEM)
    cv2.circle(picture, (margin, bar // 2), round(5 * unit), colour, -1, cv2.LINE_AA)
    scale = 0.5 * unit
    end = width - margin - _width(figures, scale)
    _write(picture, figures, (end, base), scale, _GREY)
    state = caption.state.replace("_", " ")
    if caption.reason:
        state += f": {caption.reason}"
    start = margin + round(12 * unit)
    _write(picture, _head(state, end - start - margin, scale), (start, base), scale, _WHITE)


def _draw_text(picture: Pixels, caption: Caption, unit: float) -> None:
    """The bar at the bottom: what was read, above it what was read before."""
    height, width = picture.shape[:2]
    margin = round(14 * unit)
    room = width - 2 * margin
    _darken(picture, height - round(92 * unit), height)
    finals = [text for _, text in caption.finals]
    open_ = caption.settled + caption.provisional
    scale = 1.25 * unit
    base = height - round(20 * unit)
    if open_ or not finals:
        earlier = finals
        settled, provisional = _tail(caption.settled, caption.provisional, room, scale)
        _write(picture, settled, (margin, base), scale, _WHITE)
        start = margin + _width(settled, scale)
        _write(picture, provisional, (start, base), scale, _FAINT)
        if provisional:
            end, below = start + _width(provisional, scale), base + round(9 * unit)
            cv2.line(picture, (start, below), (end, below), _FAINT, max(1, round(2 * unit)))
    else:
        earlier = finals[:-1]
        settled, _ = _tail(finals[-1], "", room, scale)
        _write(picture, settled, (margin, base), scale, _WHITE)
    small = 0.55 * unit
    line, _ = _tail("   ".join(earlier), "", room, small)
    _write(picture, line, (margin, height - round(68 * unit)), small, _GREY)


def _darken(picture: Pixels, top: int, bottom: int) -> None:
    part = picture[max(0, top) : bottom]
    part[:] = cv2.convertScaleAbs(part, alpha=_DARKEN)


def _write(
    picture: Pixels, text: str, place: tuple[int, int], scale: float, colour: Colour
) -> None:
    """``text`` from ``place``, the left end of its base line, with a dark edge."""
    if not text:
        return
    text = text.encode("ascii", "replace").decode()  # all that OpenCV's fonts have
    thick = max(1, round(1.5 * scale))
    cv2.putText(picture, text, place, _FONT, scale, (0, 0, 0), thick + 2, cv2.LINE_AA)
    cv2.putText(picture, text, place, _FONT, scale, colour, thick, cv2.LINE_AA)


def _width(text: str, scale: float) -> int:
    thick = max(1, round(1.5 * scale))
    return int(cv2.getTextSize(text, _FONT, scale, thick)[0][0]) if text else 0


def _head(text: str, room: int, scale: float) -> str:
    """The beginning of ``text`` that fits."""
    if _width(text, scale) <= room:
        return text
    while text and _width(text + _ELLIPSIS, scale) > room:
        text = text[:-1]
    return text + _ELLIPSIS


def _tail(settled: str, provisional: str, room: int, scale: float) -> tuple[str, str]:
    """The end of a text that fits: what of it is settled, and what is not."""
    if _width(settled + provisional, scale) <= room:
        return settled, provisional
    while settled + provisional and _width(_ELLIPSIS + settled + provisional, scale) > room:
        settled, provisional = (settled[1:], provisional) if settled else ("", provisional[1:])
    return _ELLIPSIS + settled, provisional
