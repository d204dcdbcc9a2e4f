"""The latency report of Ishara Edge: raw samples, statistics, pictures and a verdict.

    python benchmarks/benchmark.py [MODE...] [--target-ms 200] [--compare BASE.json] [--out DIR]

Needs what Ishara itself needs; pictures need matplotlib as well. Progress is printed on stderr, the
main figures and the paths of the files written on stdout. Exit code: 0; 1 where the target is
missed or something got worse than in the base; 2 where a mode cannot run; 3 where nothing was
missed, but there are too few samples to judge the target.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.modes import MODES, mode
from benchmarks.modes.settings import REPLAY_S, Options, models_in_use, progress
from benchmarks.report import Report, Section, environment, write
from benchmarks.report.compare import Comparison, compare
from benchmarks.report.terminal import table
from benchmarks.report.verdict import met, verdicts
from edge.errors import UserError

SECONDS = (
    "limits the time of every mode: each of the three runs of replay and the four of overload "
    f"lasts S seconds ({REPLAY_S:g} without this option); the other modes do as many trials as fit "
    "into S seconds, at least one of each kind. Set-up such as drawing clips and loading models "
    "comes on top"
)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    modes = options.modes or [name for name in MODES if name != "compare"]
    names = [name for name in MODES if name in modes]
    if options.target_ms is not None and "replay" not in names:
        print("benchmark: --target-ms is held against what replay finds: add it", file=sys.stderr)
        return 2
    try:
        base = Report.load(options.compare) if options.compare else None
    except (OSError, ValueError) as error:
        print(f"benchmark: --compare {options.compare}: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ishara-benchmark-") as folder:
        wanted = Options(
            seconds=options.seconds,
            count=options.count,
            profile=options.profile,
            bundle=options.bundle,
            core=options.core,
            sources=tuple(options.source),
            folder=Path(folder),
        )
        try:
            report, failure = measure(names, wanted, options.target_ms)
        except UserError as refusal:
            print(f"\nbenchmark: {refusal}", file=sys.stderr)
            return 2
    made = datetime.now().strftime("%Y%m%d-%H%M%S")
    paths = write(report, options.out or Path(".runs") / f"benchmark-{made}")
    code = conclude(report, base, paths)
    if failure:
        print(f"benchmark: {failure}", file=sys.stderr)
    return 2 if failure else code


def measure(
    names: list[str], options: Options, target_ms: float | None
) -> tuple[Report, UserError | None]:
    """Run the modes, up to one that fails: the report, and why it is not complete.

    Raises:
        UserError: none can run: the configuration is wrong, a model is missing.
    """
    failure: UserError | None = None
    before = environment.state()
    models = models_in_use(options)
    sections: list[Section] = []
    for name in names:
        progress(f"{name}: {MODES[name]}", now=True)
        try:
            sections.append(mode(name)(options))
        except UserError as refusal:
            failure = refusal
            sections.append(Section(name, f"It did not run to its end: {refusal}."))
            break
    known: dict[str, Any] = environment.machine()
    known |= {"models": models, "before": before, "after": environment.state()}
    report = Report(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=environment.command_line(),
        environment=known,
        settings=options.settings(),
        sections=tuple(sections),
        target_ms=target_ms,
    )
    return report, failure


def conclude(report: Report, base: Report | None, paths: list[Path]) -> int:
    """Print the main figures, the verdict, what got worse and ``paths``. Returns the exit code."""
    print(file=sys.stderr)
    if warning := environment.warning(report.environment):
        print(f"{warning}\n")
    print(f"{table(report)}\n")
    code = 0
    if report.target_ms is not None:
        code = {True: 0, False: 1, None: 3}[met(report)]
        for verdict in verdicts(report):
            print(verdict.line)
    if base is not None:
        comparison = compare(base, report)
        code = 1 if comparison.worse else code
        _print_comparison(comparison)
    for path in paths:
        print(path)
    return code


def _print_comparison(comparison: Comparison) -> None:
    for warning in comparison.warnings:
        print(f"warning: {warning}")
    for change in comparison.changes:
        if change.verdict != "same":
            print(f"{change.verdict.upper():<6} {change.line()}")
    same = sum(change.verdict == "same" for change in comparison.changes)
    print(f"{same} of {len(comparison.changes)} statistics are the same within noise")
    for what in comparison.uncompared:
        print(f"not compared: {what}")


def _mode(text: str) -> str:
    if text not in MODES:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(MODES)}")
    return text


def _positive(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return seconds


def _parser() -> argparse.ArgumentParser:
    modes = "\n".join(f"  {name:<9} {what}" for name, what in MODES.items())
    parser = argparse.ArgumentParser(
        prog="benchmarks/benchmark.py",
        description=f"Measures Ishara Edge on this machine.\n\nmodes:\n{modes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "modes", nargs="*", type=_mode, metavar="MODE", help="default: all but compare"
    )
    parser.add_argument("--target-ms", type=float, help="captured -> published p95; needs replay")
    parser.add_argument("--compare", type=Path, metavar="BASE.json", help="exit 1 if worse")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: .runs/benchmark-TIME")
    parser.add_argument("--seconds", type=_positive, metavar="S", help=SECONDS)
    parser.add_argument("--count", type=int, help="most trials of a kind; default: as each needs")
    parser.add_argument("--profile", help="of the landmarks: auto, fast, balanced, accurate")
    parser.add_argument("--bundle", help="that reads")
    parser.add_argument("--core", type=int, help="keep what is measured on this core")
    parser.add_argument(
        "--source", action="append", default=[], metavar="URI", help="replay this too: a camera"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
