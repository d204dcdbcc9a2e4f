"""``ishara doctor | config | schema``: what is there, and what it is set to."""

from __future__ import annotations

import argparse

from edge.cli.options import Commands, add_command, add_config, effective
from edge.config import render, standard_path


def add(commands: Commands) -> None:
    doctor = add_command(commands, "doctor", _doctor, "what is there, what is missing, the remedy")
    add_config(doctor)
    config = add_command(commands, "config", _config, "print the effective configuration")
    add_config(config)
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
    path = options.config or standard_path()
    print(f"# from {path}" if path else "# the defaults: no configuration file was found")
    print(render(effective(options)), end="")
    return 0


def _schema(options: argparse.Namespace) -> int:
    from edge.events import schema

    print(schema.text())
    return 0
