"""The listening socket and its file, made with care for what already stands there."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge.errors import Refusal
from edge.publish.paths import checked

MODE = 0o660
BACKLOG = 128


class SocketFile:
    """A listening, non-blocking Unix stream socket at ``path``, mode 0660.

    A missing directory is made with mode 0700. A socket nobody listens on is replaced.

    Raises:
        Refusal: another server listens there, something else stands there, or the path cannot
            be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = checked(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with suppress(FileExistsError):
                path.parent.mkdir(mode=0o700)
            with _locked(path.parent):
                _clear(path)
                # The mode before binding, so that the file never has a wider one.
                os.fchmod(self.socket.fileno(), MODE)
                self.socket.bind(str(path))
                self.socket.listen(BACKLOG)
            path.chmod(MODE)  # what the umask took
            self._identity = _identity(path)
        except OSError as error:
            self.socket.close()
            raise Refusal(f"socket {path} cannot be made: {error.strerror or error}") from error
        except BaseException:
            self.socket.close()
            raise
        self.socket.setblocking(False)

    def close(self) -> None:
        """Stop listening, and remove the file unless another has taken its place."""
        self.socket.close()
        with suppress(OSError):
            if _identity(self.path) == self._identity:
                self.path.unlink()


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _clear(path: Path) -> None:
    """Remove a socket nobody listens on. Raises Refusal for anything else that stands there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise Refusal(f"{path} is not a socket: move it away, or choose another --socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        with suppress(TimeoutError, BlockingIOError):  # its queue is full: it lives
            refused = probe.connect_ex(str(path))
            if refused in (errno.ECONNREFUSED, errno.ENOENT):
                path.unlink(missing_ok=True)
                return
            if refused not in (0, errno.EAGAIN):
                raise OSError(refused, os.strerror(refused))
    raise Refusal(f"another ishara is running: it listens on {path}")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone in ``folder`` among servers that start: two could both find the same stale file.

    Waits at most a second: in a shared folder anybody may hold the lock.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for _ in range(20):
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)
