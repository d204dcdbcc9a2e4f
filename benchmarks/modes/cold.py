"""From the start of the process to ready, and to the first text."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.modes.process import Ishara
from benchmarks.modes.settings import REPOSITORY, Options, progress, trials
from benchmarks.report import Fact, Section, Series
from edge.camera.signer import Signer

ABOUT = (
    "A real `ishara run` with the signer as its source, started many times. Times are from before "
    "the start of the process until its socket accepts a client, until the first state event "
    "(ready), the first frame recognised and the first text; and from SIGTERM to the end of the "
    "process. The page cache is warm: a first run, which does not count, has read all files. The "
    "first text cannot come before the rendered hand has been raised and has shown its first "
    "letter; that time is given separately."
)
RUNS = 20
TEXT, SEED = "abc", 1
IMPORTS = ("edge", "edge.cli", "edge.daemon")
_CLOCK = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
"""Run as a program: seconds to import a module, without the interpreter's own start."""


def run(options: Options) -> Section:
    runs = options.count or RUNS
    found: dict[str, list[float]] = {}
    start(options), imports()  # fills the page cache
    for n in trials(runs, options.seconds):
        progress(f"cold: {n} of {runs}")
        for name, sample in (start(options) | imports()).items():
            found.setdefault(name, []).append(sample)
    series = [
        Series.of(name, "MiB" if "RSS" in name else "ms", samples, judged=("p50",), what="a start",
                  group="Imports" if name.startswith(("import", "python")) else "Start")
        for name, samples in found.items()
    ]  # fmt: skip
    letter = Signer(TEXT, seed=SEED).spelled[0]
    facts = (
        Fact("first frame to the first letter shown, by the signer's truth",
             round(1000 * letter.start), "ms"),
        Fact("page cache", "warm"),
    )  # fmt: skip
    return Section("cold", ABOUT, (), tuple(series), facts)


def start(options: Options) -> dict[str, float]:
    """One start: milliseconds, and MiB."""
    with Ishara(f"signer:{TEXT}?seed={SEED}", options, once=False) as ishara:
        ready, _ = ishara.until("state")
        memory, _ = ishara.rss()
        working = ishara.working()
        loaded, _ = ishara.rss()
        text, _ = ishara.until("partial")
        assert ishara.connected is not None, "it has answered"
        connected = ishara.connected
        ended = ishara.stop()
    return {
        "start to socket": 1000 * (connected - ishara.began),
        "start to ready": 1000 * (ready - ishara.began),
        "start to first frame recognised": 1000 * (working - ishara.began),
        "start to first text": 1000 * (text - ishara.began),
        "SIGTERM to end": 1000 * ended,
        "RSS at ready": memory,
        "RSS at first frame recognised": loaded,
    }


def imports() -> dict[str, float]:
    """Milliseconds to import each of `IMPORTS` in a new interpreter, and of that interpreter."""
    out = {}
    for module in IMPORTS:
        seconds = _python(_CLOCK.format(module))
        out[f"import {module}"] = 1000 * float(seconds)
    began = time.monotonic()
    _python("pass")
    out["python alone, start to end"] = 1000 * (time.monotonic() - began)
    return out


def _python(program: str) -> str:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout
