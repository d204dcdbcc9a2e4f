"""Which blocks of memory have mappings of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
        pytest.skip("no glibc: its allocator has no such settings")
    assert done.stdout.strip() == "(False, True) (True, True) (False, True)", done.stderr
