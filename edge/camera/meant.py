"""What people write for a source that is no URI of ours: a path, a number, a word, a stream."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote

from edge.errors import UserError, clear

PICTURES = frozenset({"jpg", "jpeg", "png", "webp", "bmp", "ppm", "tif", "tiff"})
VIDEOS = frozenset(
    {
        "3gp", "avi", "gif", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogv", "ts", "webm",
        "wmv",
    }
)  # fmt: skip
RECORDINGS = frozenset({"parquet"})
STREAMS = frozenset(
    {
        "ftp", "hls", "http", "https", "mjpeg", "mms", "mmsh", "onvif", "rtmp", "rtmps", "rtp",
        "rtsp", "rtsps", "rtspt", "srt", "tcp", "udp", "ws", "wss",
    }
)  # fmt: skip

_HINTS = {
    "a webcam is v4l2:, another than the first v4l2:/dev/video2; auto takes one that works": (
        "cam", "camera", "dev", "device", "usb", "usbcam", "uvc", "v4l", "webcam",
    ),
    "a Raspberry Pi camera is picamera:, a second one picamera:?camera=1": (
        "csi", "libcamera", "pi", "picam", "picamera2", "raspicam", "rpicam",
    ),
    "a rendered hand is signer:hello world": ("demo", "test"),
}  # fmt: skip
_WORDS = {word: hint for hint, words in _HINTS.items() for word in words}


def meant(text: str, schemes: tuple[str, ...]) -> str:
    """The URI that ``text`` means where that is clear, else ``text`` itself.

    ``/dev/video2``, ``video2`` and ``2`` are webcams, ``clip.mp4`` a video, ``a.parquet``
    landmarks, ``a.jpg`` and a folder photos, each with its options; a scheme may be in capitals.

    Args:
        text: what was written.
        schemes: those that there are.

    Raises:
        UserError: it means something that is written in another way, or that nothing here reads.
    """
    word = re.split("[:?]", text, maxsplit=1)[0]
    name = word.strip().lower()
    if name in schemes:
        return text if name == word else name + text[len(word) :]
    body, mark, query = text.strip().rpartition("?")
    if not mark or "=" not in query or os.path.exists(text):
        body, mark, query = text.strip(), "", ""
    scheme = _scheme(path := _path(body))
    if scheme:
        path = re.sub("^video(?=[0-9]+$)", "/dev/video", path)
        return f"{scheme}:{path.replace('%', '%25').replace('?', '%3F')}{mark}{query}"
    if name in STREAMS and "://" in body:
        # Not the whole of it: there may be a password in it.
        raise UserError(
            f"source {name}://... is on a network, and none is used: "
            "name a camera of this machine (v4l2:, picamera:) or a recording (video:FILE)"
        )
    if hint := _WORDS.get(name) or _WORDS.get(name.rstrip("0123456789")):
        raise UserError(f"unknown source {clear(text)!r}: {hint}")
    return text


def _path(body: str) -> str:
    """``body`` as a path: of a file's URL, and with the home that a shell would have put there."""
    if url := re.match("file:(//(localhost)?(?=/))?", body, re.IGNORECASE):
        return unquote(body[url.end() :])
    return os.path.expanduser(body)


def _scheme(path: str) -> str:
    """Of the source that reads ``path``; empty where that is not clear."""
    if re.fullmatch("[0-9]{1,3}|video[0-9]{1,3}", path) and not os.path.exists(path):
        return "v4l2"
    if ":" in path and not os.path.exists(path):
        return ""  # rather a scheme that was misspelled
    suffix = os.path.splitext(path)[1].lower().removeprefix(".")
    if suffix in PICTURES or os.path.isdir(path):
        return "photo"
    if suffix in RECORDINGS:
        return "landmarks"
    if suffix in VIDEOS:
        return "video"
    if path.startswith("/dev/"):
        return "v4l2"
    return "video" if os.path.isfile(path) else ""
