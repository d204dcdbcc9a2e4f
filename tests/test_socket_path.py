import logging
import os
import socket
import stat
from pathlib import Path

import pytest

from edge import socket_path as paths
from edge.client.raw import lines
from edge.errors import UserError
from edge.outputs.socket.unix_listener import UnixListener
from edge.socket_path import MAX_PATH, socket_path, socket_to_join


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return monkeypatch


def test_the_configured_path_comes_first(environment):
    environment.setenv("RUNTIME_DIRECTORY", "/run/ishara")
    assert socket_path("/srv/x.sock") == Path("/srv/x.sock")


def test_then_systemd_then_the_login(environment):
    environment.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert socket_path() == Path("/run/user/7/ishara/ishara.sock")
    environment.setenv("RUNTIME_DIRECTORY", "/run/ishara:/run/other")
    assert socket_path() == Path("/run/ishara/ishara.sock")


def test_the_last_resort_is_private_and_said(environment, tmp_path, caplog):
    environment.setattr(paths.os, "access", lambda *_: False)
    environment.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = tmp_path / f"ishara-{os.getuid()}"
    with caplog.at_level(logging.INFO):
        assert socket_path() == folder / "ishara.sock"
    assert str(folder) in caplog.text
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(UserError, match="not a private directory"):
        socket_path()
    folder.chmod(0o700)
    assert socket_path() == folder / "ishara.sock"
    folder.rmdir()
    folder.symlink_to("/")
    with pytest.raises(UserError, match="not a private directory"):
        socket_path()


def test_a_client_looks_for_the_service_too(environment, tmp_path):
    environment.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    own = tmp_path / "ishara" / "ishara.sock"
    service = tmp_path / "service.sock"
    environment.setattr(paths, "SERVICE", service)
    assert socket_to_join() == own
    service.touch()
    assert socket_to_join() == service
    own.parent.mkdir()
    own.touch()
    assert socket_to_join() == own
    assert socket_to_join("/x.sock") == Path("/x.sock")


def test_a_path_too_long_is_refused_by_both_ends(tmp_path):
    long = tmp_path / ("x" * MAX_PATH)
    for attempt in (
        lambda: socket_path(str(long)),
        lambda: lines(long),
    ):
        with pytest.raises(UserError, match=f"at most {MAX_PATH}"):
            attempt()


def test_the_longest_path_works(tmp_path):
    path = tmp_path / ("x" * (MAX_PATH - len(os.fsencode(tmp_path)) - 1))
    UnixListener(path).close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes(tmp_path, umask):
    before = os.umask(umask)
    try:
        made = UnixListener(tmp_path / "run" / "s.sock")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.path.lstat().st_mode) == 0o660
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700 & ~umask
    made.close()
    assert not made.path.exists()


def test_a_directory_that_is_there_is_left_alone(tmp_path):
    tmp_path.chmod(0o755)
    UnixListener(tmp_path / "s.sock").close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_stale_socket_is_replaced(tmp_path):
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    made = UnixListener(path)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    made.close()


def test_a_live_socket_is_refused_and_stays(tmp_path):
    path = tmp_path / "s.sock"
    made = UnixListener(path)
    with pytest.raises(UserError, match="another ishara is running"):
        UnixListener(path)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    made.close()


def test_a_live_socket_with_a_full_queue_is_live(tmp_path):
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        busy.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(str(path))
        with pytest.raises(UserError, match="another ishara is running"):
            UnixListener(path)
        for client in waiting:
            client.close()


@pytest.mark.parametrize("kind", ["file", "folder", "fifo", "dangling", "link to a live one"])
def test_what_is_no_socket_is_refused_and_stays(tmp_path, kind):
    path = tmp_path / "s.sock"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with socket.socket(socket.AF_UNIX) as other:
        if kind == "link to a live one":
            other.bind(str(tmp_path / "elsewhere"))
            other.listen()
        before = path.lstat()
        with pytest.raises(UserError, match="is not a socket"):
            UnixListener(path)
        assert path.lstat() == before


def test_a_live_socket_of_another_kind_is_refused_and_stays(tmp_path):
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        with pytest.raises(UserError, match="cannot be made"):
            UnixListener(path)
        assert path.exists()


def test_a_missing_or_forbidden_directory_is_refused(tmp_path):
    for path in (tmp_path / "a" / "b" / "s.sock", Path("/proc/ishara/s.sock")):
        with pytest.raises(UserError, match="cannot be made"):
            UnixListener(path)


def test_a_socket_that_took_our_place_stays(tmp_path):
    path = tmp_path / "s.sock"
    made = UnixListener(path)
    path.rename(tmp_path / "moved")  # so that the number of its inode is not given out again
    other = UnixListener(path)
    made.close()
    assert path.exists()
    other.close()
    assert not path.exists()


def test_nothing_to_listen_to_is_refused(tmp_path):
    with pytest.raises(UserError, match="nothing listens"):
        lines(tmp_path / "s.sock")
