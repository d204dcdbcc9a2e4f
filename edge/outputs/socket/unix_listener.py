"""The listening Unix socket and its file, created without harming what is already there."""

from __future__ import annotations

import errno
import fcntl
import grp
import logging
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge.errors import ConfigError, UserError

log = logging.getLogger(__name__)

MODE = 0o660
BACKLOG = 128


class UnixListener:
    """A listening, non-blocking Unix stream socket at ``path``, mode 0660.

    A missing directory is made, for this user alone, or for ``group`` to pass through. A socket
    nobody listens on is replaced.
    """

    def __init__(self, path: Path, group: str = "", made: socket.socket | None = None) -> None:
        """
        Args:
            path: of its file, as `edge.socket_path.checked` allows it.
            group: whose members may connect; empty for this user's own group.
            made: a listening Unix socket that another program (systemd) has created and will
                remove; ``path`` and ``group`` are ignored then.

        Raises:
            ConfigError: there is no such group, or this user may not give a file to it.
            UserError: another server listens there, something else is there, or the path
                cannot be used.
        """
        self._identity: tuple[int, int] | None = None
        self._group = group
        self._warned = False
        if made is not None:
            self.path = Path(os.fsdecode(made.getsockname()))
            self.socket = made
        else:
            self.path = path
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._bind(group)
            except OSError as error:
                self.close()
                raise UserError(
                    f"socket {path} cannot be made: {error.strerror or error}"
                ) from error
            except BaseException:
                self.close()
                raise
        self.socket.setblocking(False)

    def _bind(self, group: str) -> None:
        path, number = self.path, _number(group)
        with suppress(FileExistsError):
            path.parent.mkdir(mode=0o700)
            if group:
                _give(path.parent, number, group, 0o710)
        with _locked(path.parent):
            _clear(path)
            # The mode before binding, so that the file never has a wider one.
            os.fchmod(self.socket.fileno(), MODE & ~0o070 if group else MODE)
            self.socket.bind(str(path))
            self._identity = _identity(path)
            self.socket.listen(BACKLOG)
        _give(path, number, group, MODE)  # and what the umask took

    def restored(self) -> UnixListener | None:
        """A listener with the file made again where somebody removed it; None where it is there.

        Where that cannot be done, or where something else has taken its place, a line in the log
        says so, once. What is connected stays.
        """
        try:
            found = _identity(self.path)
        except FileNotFoundError:
            found = None
        except OSError:  # no memory, say: nothing is known
            return None
        if found == self._identity or (self._identity is None and found is not None):
            self._warned = False
            return None
        reason = "something else has taken its place"
        if self._identity is None:
            reason = "systemd made it: systemctl restart ishara.socket"
        elif found is None:
            try:
                made = UnixListener(self.path, self._group)
            except UserError as error:
                reason = str(error)
            else:
                log.warning("the socket's file %s was removed: it is there again", self.path)
                return made
        if not self._warned:
            self._warned = True
            log.error("nobody can connect any more: %s was removed; %s", self.path, reason)
        return None

    def close(self) -> None:
        """Stop listening, and remove the file unless another has made it or taken its place."""
        self.socket.close()
        with suppress(OSError):
            if self._identity and _identity(self.path) == self._identity:
                self.path.unlink()


def _number(group: str) -> int:
    """The number of ``group``; -1, which changes nothing, for none."""
    try:
        return grp.getgrnam(group).gr_gid if group else -1
    except KeyError as error:
        raise ConfigError(
            f"there is no group {group}: sudo groupadd {group}, or change group in [publish]"
        ) from error


def _give(path: Path, number: int, group: str, mode: int) -> None:
    """``path`` to the group, then ``mode``: never is it wide open to another group."""
    try:
        if group:
            os.chown(path, -1, number)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):  # the second: not in this namespace
            raise
        raise ConfigError(
            f"{path} cannot be given to the group {group}: this user is not in it;"
            f" sudo usermod -aG {group} USER, or change group in [publish]"
        ) from error
    path.chmod(mode)


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _clear(path: Path) -> None:
    """Remove a socket nobody listens on. Raises UserError for anything else that is there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise UserError(f"{path} is not a socket: move it away, or choose another --socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        with suppress(TimeoutError, BlockingIOError):  # its queue is full: it lives
            refused = probe.connect_ex(str(path))
            if refused in (errno.ECONNREFUSED, errno.ENOENT):
                path.unlink(missing_ok=True)
                return
            if refused not in (0, errno.EAGAIN):
                raise OSError(refused, os.strerror(refused))
    raise UserError(f"another ishara is running: it listens on {path}")


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
