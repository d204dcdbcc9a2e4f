"""The modes of the benchmark: functions from `Options` to a `Section` of the report."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from benchmarks.modes.settings import Options
from benchmarks.report import Section

Mode = Callable[[Options], Section]

MODES = {
    "stages": "each stage alone, back to back",
    "replay": "a real process at a fixed rate: ages, drops, CPU, memory",
    "emission": "from the end of a letter to its character",
    "cold": "from the start of the process to its first text",
    "overload": "a quarter and a tenth of a core, and a slow stage",
    "appear": "from a hand that appears to its first landmarks",
    "compare": "against what a user would pick instead",
}
"""Names and what they measure, in the order they are run."""


def mode(name: str) -> Mode:
    """The function of the mode ``name``; its module is imported only now."""
    run: Mode = import_module(f"benchmarks.modes.{name}").run
    return run
