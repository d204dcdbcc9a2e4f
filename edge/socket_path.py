"""Where the socket is."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

from edge.errors import UserError

log = logging.getLogger(__name__)

NAME = "ishara.sock"

SERVICE = Path("/run/ishara") / NAME
"""Where the systemd unit's RuntimeDirectory=ishara puts it."""

MAX_PATH = 107
"""Bytes of sun_path on Linux, less its closing zero."""


def socket_path(configured: str = "") -> Path:
    """Where a server puts its socket; the directory may not exist yet.

    The configured path, else the first that is there of ``$RUNTIME_DIRECTORY/ishara.sock`` (set
    by systemd), ``$XDG_RUNTIME_DIR/ishara/ishara.sock``, ``/run/user/UID/ishara/ishara.sock``,
    else a directory only this user may enter below the temporary one.

    Raises:
        UserError: the path is too long for a Unix socket, or that last directory is not ours.
    """
    return checked(Path(configured) if configured else _default())


def socket_to_join(configured: str = "") -> Path:
    """Where a client finds the socket: as `socket_path`, or the systemd service's.

    Raises:
        UserError: as for `socket_path`.
    """
    path = socket_path(configured)
    return SERVICE if not configured and not path.exists() and SERVICE.exists() else path


def checked(path: Path) -> Path:
    """``path``, if a socket can have it.

    Raises:
        UserError: it is too long, or holds a zero byte.
    """
    size = len(os.fsencode(path))
    if size > MAX_PATH:
        raise UserError(
            f"socket path {path} has {size} bytes, a Unix socket at most {MAX_PATH}: "
            "choose a shorter one"
        )
    if "\0" in str(path):
        raise UserError(f"socket path {str(path)!r} holds a zero byte")
    return path


def _default() -> Path:
    if by_systemd := os.environ.get("RUNTIME_DIRECTORY"):
        return Path(by_systemd.split(":")[0]) / NAME
    user = Path(f"/run/user/{os.getuid()}")
    if by_login := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(by_login) / "ishara" / NAME
    if os.access(user, os.W_OK | os.X_OK):
        return user / "ishara" / NAME
    return _last_resort() / NAME


def _last_resort() -> Path:
    """A directory of ours below the temporary one, where others could have put theirs first."""
    import tempfile  # loads much that few need

    folder = Path(tempfile.gettempdir()) / f"ishara-{os.getuid()}"
    log.info("no runtime directory (XDG_RUNTIME_DIR): the socket is in %s", folder)
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return folder
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid != os.getuid():
        raise UserError(f"{folder} is not a private directory of yours: remove it, or set --socket")
    return folder
