"""One target in a process of its own, mostly under Atheris, which follows what inputs reach."""

from __future__ import annotations

import argparse
import base64
import json
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is fuzzed must not be imported before Atheris watches it
    from tests.fuzz.target import Target

_MEMORY_MB = 1024
_TIMEOUT_S = 30
"""Wall-clock seconds for one input, on a machine that may be busy with other things."""
_TIMEOUT_UNGUIDED_S = 300
"""The same where another process is waited for, which has seconds of processor time."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("inputs", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("findings", type=Path)
    parser.add_argument("--unguided", action="store_true", help="without Atheris")
    args = parser.parse_args()
    if args.unguided:
        from tests.fuzz.targets import TARGETS

        _unguided(TARGETS[args.target](), args)
        return
    import atheris

    with atheris.instrument_imports(include=["edge", "tomllib", "json", "zipfile", "numpy.lib"]):
        from tests.fuzz.targets import TARGETS

        target = TARGETS[args.target]()
    _guided(target, args)


def _recorded(target: Target, args: argparse.Namespace) -> Callable[[bytes], None]:
    """Gives an input to ``target``, and writes down what came of all so far."""
    from tests.fuzz.target import Finding, tried

    counts = {"taken": 0, "refused": 0, "wrong": 0}
    found: dict[str, dict[str, str]] = {}
    begin, memory, slowest = time.monotonic(), 0, 0.0

    def one(data: bytes) -> None:
        nonlocal memory, slowest
        before = time.thread_time()
        outcome = tried(target.run, data)
        slowest = max(slowest, time.thread_time() - before)
        if isinstance(outcome, Finding):
            key = f"{outcome.what.split(':')[0]} at {outcome.where}"
            sample = base64.b64encode(data[:2000]).decode()
            found.setdefault(key, {"what": outcome.what, "where": outcome.where, "input": sample})
            outcome = "wrong"
        counts[outcome] += 1
        done = sum(counts.values())
        if done == args.inputs // 10:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if done % 1000 == 0 or done == args.inputs:
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
            record = {
                "target": args.target, "inputs": done, **counts,
                "seconds": round(time.monotonic() - begin, 1),
                "slowest_input_ms": round(1000 * slowest, 1),
                "rss_grown_mb": round(grown / 1024, 1) if memory else 0.0,
                **target.figures(),
                "findings": list(found.values()),
            }  # fmt: skip
            args.out.write_text(json.dumps(record))
        if done == args.inputs:
            target.close()

    return one


def _unguided(target: Target, args: argparse.Namespace) -> None:
    one = _recorded(target, args)
    most = _MEMORY_MB << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    for n in range(args.inputs):
        (args.findings / "number").write_text(f"{n} of seed {args.seed}")
        signal.alarm(_TIMEOUT_UNGUIDED_S)
        one(target.made(Random(f"{args.seed} {n}")))


def _guided(target: Target, args: argparse.Namespace) -> None:
    import atheris

    one = _recorded(target, args)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < 0.5:
            return target.made(rng)[:most]
        changed: bytes = atheris.Mutate(data, most)
        return changed

    with tempfile.TemporaryDirectory() as name:
        corpus, words = Path(name) / "corpus", Path(name) / "words"
        corpus.mkdir()
        for n, seed in enumerate(target.seeds):
            (corpus / f"{n}").write_bytes(seed)
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
        options = [
            f"-runs={args.inputs}", f"-seed={args.seed + 1}", f"-rss_limit_mb={_MEMORY_MB}",
            f"-timeout={_TIMEOUT_S}", "-max_len=16384", "-verbosity=0",
            *([f"-dict={words}"] if target.words else []),
            f"-artifact_prefix={args.findings}/{args.target}-", str(corpus),
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutated)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word.encode())


if __name__ == "__main__":
    main()
