"""No thread, no memory, no descriptor at the moment: the real process keeps what it has."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.faults.listener import troubles

from . import unit
from .conftest import Record, Start

pytestmark = pytest.mark.fault("shortage")

GOOD = '[camera]\nsource = "signer:abc abc?speed=5"\n'


@pytest.mark.fault("shortage", "no thread can be started ({tasks} tasks)", "exit code 1, not 78")
@pytest.mark.parametrize("tasks", [1, 2, 4])
def test_no_thread_is_no_damage(
    landmark_weights: None, sandbox: None, tmp_path: Path, tasks: int
) -> None:
    """The limit counts the tasks of a user: one of its own has none but these."""
    limited = [*unit.shell(tmp_path), "prlimit", f"--nproc={tasks}", sys.executable, "-m", "edge"]
    done = subprocess.run(
        [*limited, "run", "--source", "signer:a?pace=0", "--once", "--socket", str(tmp_path / "s")],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, **unit.environment(), "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "restore" not in done.stderr
    assert "damaged" not in done.stderr


def test_no_memory_at_a_reload(start: Start, record: Record, tmp_path: Path) -> None:
    """Another set of models takes what there is: any thread may be the one that gets none."""
    service = start("", config=GOOD)
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    pid = service.process.pid
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    usual = resource.prlimit(pid, resource.RLIMIT_AS)
    most = pages * os.sysconf("SC_PAGE_SIZE") + (16 << 20)
    resource.prlimit(pid, resource.RLIMIT_AS, (most, usual[1]))
    service.config.write_text(GOOD + "[landmarks]\nhands = 2\n[recognize]\nbeam = 4\n")
    asked = service.send(signal.SIGHUP)
    try:
        _, told = client.wait(lambda event: "configuration" in event.get("reason", ""), asked)
    except AssertionError:  # it has ended
        told = {"reason": service.said.splitlines()[-1]}
        assert service.process.wait(60) not in (0, 2, 78), service.said
        assert "emory" in service.said or "alloc" in service.said
        seen = "ended with a failure, to be started again"
    else:
        resource.prlimit(pid, resource.RLIMIT_AS, usual)
        asked = service.send(signal.SIGHUP)
        client.wait(lambda event: "was read again" in event.get("reason", ""), asked)
        client.wait(lambda event: event["type"] == "final", time.monotonic(), most=120)
        assert troubles(client) == []
        seen = told["reason"].removeprefix("the configuration stays as it was: ")
    assert "restore" not in told["reason"]
    assert "damaged" not in told["reason"]
    promise = "refused, and taken once there is some; or exit code 1, and never damage"
    record("no memory for a second set of models, at a reload", promise, seen)


def test_a_file_system_that_fails_at_a_reload(start: Start, record: Record) -> None:
    service = start("", config=GOOD)
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    service.config.unlink()
    service.config.symlink_to("/proc/self/mem")  # reading its start gives EIO
    asked = service.send(signal.SIGHUP)
    _, refused = client.wait(lambda event: "configuration" in event.get("reason", ""), asked)
    assert "Input/output error" in refused["reason"]
    assert service.process.poll() is None
    record("reading the configuration gives EIO, at a reload", "the old settings stay",
           "Input/output error")  # fmt: skip


def test_a_bundle_that_was_emptied_under_the_daemon_is_read_on(
    start: Start, record: Record, tmp_path: Path
) -> None:
    """It was read once: no page of it is fetched from the file again."""
    from edge.recognize.inspect import shipped

    bundle = Path(shutil.copytree(shipped()[0], tmp_path / "bundle"))
    service = start("", config=f'{GOOD}[recognize]\nbundle = "{bundle}"\n')
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    for file in bundle.iterdir():
        os.truncate(file, 0)
    emptied = time.monotonic()
    for _ in range(2):
        _, final = client.wait(lambda event: event["type"] == "final", emptied, most=120)
        emptied = time.monotonic()
    assert final["text"]
    assert troubles(client) == []
    record("all files of the bundle in use are emptied", "read on: they are read once, and hashed",
           "finals as before", "bytes")  # fmt: skip
