"""``ishara models``: the landmark weights, and the bundles that read."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.options import Commands, add_command
from edge.config import load, standard_path
from edge.errors import ConfigError, UserError, unusable
from edge.system import journal


def add(commands: Commands) -> None:
    models = commands.add_parser("models", help="the landmark weights, and the bundles that read")
    actions = models.add_subparsers(required=True, metavar="ACTION")
    fetch = add_command(
        actions, "fetch", _fetch, "fetch the landmark weights once; checks their SHA-256"
    )
    fetch.add_argument(
        "--from",
        dest="wheel",
        metavar="WHEEL",
        type=Path,
        help="a wheel of mediapipe that was downloaded before, instead of fetching one",
    )
    add_command(actions, "list", _list, "the bundles that are here; * is the one configured")
    inspect = add_command(actions, "inspect", _inspect, "what a bundle reads, and what it is")
    inspect.add_argument("bundle", metavar="BUNDLE", help="its name, or the path of its folder")
    inspect.add_argument("--json", action="store_true", help="all of it, for a program")
    check = add_command(
        actions, "check", _check, "whether a bundle, yours or of others, will run; what is wrong"
    )
    check.add_argument("bundle", metavar="BUNDLE", help="its name, or the path of its folder")


def _fetch(options: argparse.Namespace) -> int:
    from edge.landmarks import derived, weights

    weights.fetch(wheel=options.wheel)
    derived.make()
    return 0


def _list(options: argparse.Namespace) -> int:
    from edge.recognize.bundle import find
    from edge.recognize.inspect import row, shipped

    folders = shipped()
    configured = load(standard_path()).recognize.bundle
    try:
        with unusable(f"bundle {configured}"):
            used = find(configured)
    except UserError as error:
        journal.complain(error)
        used = None
    if used and used not in folders:
        folders.append(used)
    rows = [(folder == used, *row(folder)) for folder in folders]
    for is_used, _, line in rows:
        print("*" if is_used else " ", line)
    return 0 if used and all(usable for _, usable, _ in rows) else 1


def _inspect(options: argparse.Namespace) -> int:
    from edge.recognize.bundle import find
    from edge.recognize.inspect import as_json, inspect, lines

    with unusable(f"bundle {options.bundle}"):
        report = inspect(find(options.bundle))
    print(as_json(report) if options.json else "\n".join(lines(report)))
    return 0


def _check(options: argparse.Namespace) -> int:
    from edge.recognize.bundle import find
    from edge.recognize.inspect import check, lines

    wrong: list[str] = []
    with unusable(f"bundle {options.bundle}"):
        report = check(find(options.bundle), wrong.append)
    if report is None:
        print("\n".join(f"wrong: {line}" for line in wrong))
        print("it will not run")
        return ConfigError.exit_code
    print("\n".join([*lines(report), "it will run"]))
    return 0
