"""The one seam to MediaPipe's package."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from edge.errors import ConfigError, first_line, raise_shortage

VERSION = "0.10.18"
"""The last with ``mp.solutions`` and an arm64 wheel; those from 0.10.35 on contact a server."""

_BYTES = 256 << 20
"""About what its libraries take."""


def solutions() -> Any:
    """``mediapipe.solutions``.

    Raises:
        ConfigError: it is not installed, or in another version.
    """
    remedy = f"pip install 'mediapipe=={VERSION}' (Python 3.11 or 3.12), or use another backend"
    try:
        found = metadata.version("mediapipe")
    except metadata.PackageNotFoundError:
        raise ConfigError(f'backend "mediapipe" needs its package: {remedy}') from None
    if found != VERSION:
        raise ConfigError(f'backend "mediapipe" needs version {VERSION}, not {found}: {remedy}')
    try:
        import mediapipe
    except Exception as error:  # what a broken installation raises is anybody's guess
        raise_shortage(error, "mediapipe", _BYTES)
        raise ConfigError(
            f"mediapipe cannot be imported ({first_line(error)}): {remedy}"
        ) from error
    return mediapipe.solutions
