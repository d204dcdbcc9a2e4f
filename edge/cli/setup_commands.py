"""``ishara doctor | config | schema``: what is there, and what it is set to."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.options import Commands, add_command, add_config, effective
from edge.config import load, render, standard_path
from edge.errors import ConfigError, exit_code, shortage
from edge.system import journal


def add(commands: Commands) -> None:
    doctor = add_command(commands, "doctor", _doctor, "what is there, what is missing, the remedy")
    add_config(doctor)
    config = add_command(commands, "config", _config, "print the effective configuration")
    which = config.add_mutually_exclusive_group()
    add_config(which)
    which.add_argument(
        "--check",
        metavar="FILE",
        type=Path,
        help="open all that a reload of FILE would, and say what it would refuse",
    )
    schema = "print the JSON Schema of what goes over the socket"
    add_command(commands, "schema", _schema, schema)


def _doctor(options: argparse.Namespace) -> int:
    from edge.doctor import examine

    signs = {"ok": "ok  ", "note": "--  ", "missing": "MISS"}
    missing = 0
    for finding in examine(effective(options)):
        missing += finding.state == "missing"
        remedy = f"  ->  {finding.remedy}" if finding.remedy else ""
        print(f"{signs[finding.state]}  {finding.what:<9} {finding.detail}{remedy}")
    return 1 if missing else 0


def _config(options: argparse.Namespace) -> int:
    if options.check:
        return _check(options.check)
    path = options.config or standard_path()
    print(f"# from {path}" if path else "# the defaults: no configuration file was found")
    print(render(effective(options)), end="")
    return 0


def _check(path: Path) -> int:
    """0, 78 where a reload would refuse it, or 1 where the system lacks something now."""
    config = load(path)
    from edge.daemon import refusals

    code = 0
    for refused in refusals(config):
        journal.complain(refused)
        code = exit_code(refused) if shortage(refused) else code or ConfigError.exit_code
    if not code:
        print(f"{path}: a reload would take it")
    return code


def _schema(options: argparse.Namespace) -> int:
    from edge.events import schema

    print(schema.text())
    return 0
