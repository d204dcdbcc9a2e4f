"""``python -I unit_filter.py NAME,NAME,... COMMAND...`` runs a command with these system calls.

Any other fails with EPERM; so do sockets that are not AF_UNIX, and memory that is written and run.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EQUAL, MASKED_EQUAL = 4, 7
WRITE, EXECUTE = 2, 4
NEVER = {"unshare", "setns"}  # RestrictNamespaces=


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of libseccomp."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


ONLY = {
    "socket": [Comparison(0, EQUAL, socket.AF_UNIX)],
    "mprotect": [Comparison(2, MASKED_EQUAL, EXECUTE, 0)],
    "pkey_mprotect": [Comparison(2, MASKED_EQUAL, EXECUTE, 0)],
    "mmap": [
        Comparison(2, MASKED_EQUAL, EXECUTE, 0),
        Comparison(2, MASKED_EQUAL, EXECUTE | WRITE, EXECUTE),
    ],
}
"""Of each of these calls, one of these must hold."""


def limit(names: list[str]) -> None:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ERRNO | errno.EPERM))
    for name in set(names) - NEVER:
        number = library.seccomp_syscall_resolve_name(name.encode())
        for comparison in ONLY.get(name, [None]):
            # A name of another architecture has a negative number; what is refused is refused.
            library.seccomp_rule_add_array(
                rules, ALLOW, number, int(comparison is not None),
                ctypes.byref(comparison) if comparison else None,
            )  # fmt: skip
    if library.seccomp_load(rules):
        sys.exit("the filter cannot be loaded")


if __name__ == "__main__":
    limit(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
