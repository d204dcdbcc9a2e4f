"""At the limits of the shipped unit: its user, file system, system calls, descriptors, tasks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.faults.listener import troubles
from tests import hostile_models
from tests.clients import eventually

from . import unit
from .conftest import Record, Start
from .test_model_faults import SHIPPED
from .test_proof import bundle

pytestmark = pytest.mark.fault("unit")

GOOD = '[camera]\nsource = "signer:abc abc?speed=5"\n'

_TRY = """
import json, mmap, os, resource, socket

def refused(what, *arguments, **options):
    try:
        what(*arguments, **options)
    except OSError:
        return True
    return False

print(json.dumps({
    "user": os.getuid(),
    "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    "tasks": resource.getrlimit(resource.RLIMIT_NPROC)[0],
    "home": refused(os.listdir, "/home"),
    "etc": refused(open, "/etc/ishara-was-here", "w"),
    "internet": refused(socket.socket),
    "unix": refused(socket.socket, socket.AF_UNIX),
    "written and run": refused(mmap.mmap, -1, 4096, prot=7),
    "others": [int(name) for name in os.listdir("/proc") if name.isdigit()] != [os.getpid()],
}))
"""


def test_the_sandbox_refuses_what_the_unit_does(sandbox: None, tmp_path: Path) -> None:
    command = [*unit.shell(tmp_path), sys.executable, "-I", "-c", _TRY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {
        "user": unit.USER, "descriptors": 8192, "core": 0, "tasks": 96, "home": True, "etc": True,
        "internet": True, "unix": False, "written and run": True, "others": False,
    }  # fmt: skip


def test_the_service_lives_at_the_limits_of_the_unit(
    confined: Start, record: Record, tmp_path: Path
) -> None:
    model = bytearray((SHIPPED / "model.tflite").read_bytes())
    model[len(model) // 2] ^= 1
    good = bundle(tmp_path, "good", bytes(model))
    crashing = bundle(tmp_path, "crashing", hostile_models.crashing())
    service = confined("", config=GOOD)
    client = service.listen()
    client.wait(lambda event: event["type"] == "final", most=120)
    (uids,) = [
        line.split()[1:]
        for line in Path(f"/proc/{service.process.pid}/status").read_text().splitlines()
        if line.startswith("Uid")
    ]
    assert set(uids) == {str(unit.USER)}

    def reloaded(text: str, word: str) -> str:
        service.config.write_text(GOOD + text)
        asked = service.send(signal.SIGHUP)
        _, state = client.wait(lambda event: word in event.get("reason", ""), asked, most=60)
        return str(state["reason"])

    promise = "the old settings stay, all are told"
    (tmp_path / "private").mkdir(mode=0o700)
    for name, folder in (("a home", Path("/home")), ("a folder of root", tmp_path / "private")):
        reason = reloaded(f'[recognize]\nbundle = "{folder / "b"}"\n', "stays as it was")
        assert "Permission denied" in reason
        record(f"SIGHUP onto a bundle in {name}, which the unit may not read", promise,
               "Permission denied", "foreseen")  # fmt: skip
    reason = reloaded(f'[recognize]\nbundle = "{crashing}"\n', "stays as it was")
    assert "the TFLite runtime crashes on it" in reason
    record("SIGHUP onto a model that crashes, in the unit's sandbox", promise, "it crashed a child",
           "bytes")  # fmt: skip
    reloaded(f'[recognize]\nbundle = "{good}"\nbeam = 4\n', "was read again")
    client.wait(lambda event: event["type"] == "final", time.monotonic(), most=120)
    record("SIGHUP onto an unknown model that is sound, in the unit's sandbox", "taken",
           "read on with it", "bytes")  # fmt: skip

    service.socket.unlink()
    removed = time.monotonic()
    assert eventually(service.socket.exists, 60)
    record("the socket's file is removed, in the unit's sandbox",
           "made again within seconds; connected clients stay",
           f"after {time.monotonic() - removed:.1f} s")  # fmt: skip
    service.listen().wait(lambda event: event["type"] == "hello")

    unit.limit_descriptors(service.process.pid, service.free_descriptor())
    assert "Too many open files" in reloaded("[recognize]\nbeam = 5\n", "stays as it was")
    unit.limit_descriptors(service.process.pid, 8192)
    reloaded("[recognize]\nbeam = 5\n", "was read again")
    record("no descriptor left at a reload, in the unit's sandbox", promise, "taken later",
           "shortage")  # fmt: skip

    client.ask(type="pause", keep=True)
    client.wait(lambda event: event["type"] == "ok")
    assert (service.socket.parent / "ishara.sock.paused").exists()
    before = set(service.config.parent.rglob("core*"))
    service.send(signal.SIGABRT)
    assert service.process.wait(60) == -signal.SIGABRT
    assert set(service.config.parent.rglob("core*")) == before
    again = confined(
        "", config=GOOD,
        arguments=("--socket", str(service.socket)),
    )  # fmt: skip
    again.socket = service.socket
    late = again.listen()
    late.state("paused", most=120)
    assert late.of("partial", "final") == []
    record("a crash during a pause that is to be kept, in the unit's sandbox",
           "no core; still paused after the restart", "paused again", "privacy")  # fmt: skip
    code, took = again.stop(60)
    assert code == 0
    assert took < 2
    assert troubles(late) == []
    record("SIGTERM, in the unit's sandbox", "exit code 0 within 2 s", f"after {took:.2f} s",
           "process")  # fmt: skip
