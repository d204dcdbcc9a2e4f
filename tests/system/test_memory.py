"""What is kept of memory: nothing of what was replaced."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from edge.pipeline.stage import Stage

_BLOCKS = """
import ctypes
from edge.system import memory

libc = ctypes.CDLL(None)
if not hasattr(libc, "mallopt"):
    raise SystemExit("no glibc")
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)

def mapped(size):
    # Kept, and more than one: holes that are free are filled first.
    for _ in range(50):
        block = libc.malloc(size)
    # glibc: the second lowest bit of the size before a block says that it has its own mapping.
    return bool(ctypes.c_size_t.from_address(block - ctypes.sizeof(ctypes.c_size_t)).value & 2)

memory.steady()
usual = mapped(100_000), mapped(2_000_000)
with memory.building():
    building = mapped(100_000), mapped(2_000_000)
print(usual, building, (mapped(100_000), mapped(2_000_000)))
"""


def test_blocks_of_models_have_mappings_of_their_own() -> None:
    done = subprocess.run([sys.executable, "-c", _BLOCKS], capture_output=True, text=True)
    if done.stderr.startswith("no glibc"):
        pytest.skip("no glibc: nothing is told to its allocator")
    assert done.stdout.strip() == "(False, True) (True, True) (False, True)", done.stderr


class Holder(Stage):
    """Works with what it took at the beginning of its turn."""

    def __init__(self) -> None:
        super().__init__("holder", lambda *_: None)
        self.tool = "old"
        self.used: list[str] = []

    def run(self) -> None:
        while not self.stopping.is_set():
            self.beats += 1
            tool = self.tool
            time.sleep(0.05)
            self.used.append(tool)


def test_a_settled_stage_has_let_go_of_what_was_replaced() -> None:
    stage = Holder()
    stage.start()
    while not stage.used:
        time.sleep(0.001)
    stage.tool = "new"
    stage.settle(5.0)
    before = len(stage.used)
    while len(stage.used) < before + 2:
        time.sleep(0.001)
    stage.stop()
    assert set(stage.used[before:]) == {"new"}
    assert stage.join(1.0)
    began = time.monotonic()
    stage.settle(5.0)
    assert time.monotonic() - began < 1.0, "a stage that has ended holds nothing"
