"""The command line: ``ishara run | listen | status | doctor | config | schema | models``."""

from __future__ import annotations

import argparse
import os
import sys

from edge import __version__
from edge.cli import listen, models, run, setup_commands, status
from edge.errors import UserError
from edge.system import journal


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 1 for a failure, 2 or 78 for a `UserError`."""
    options = _parser().parse_args(arguments)
    journal.configure(options.log)
    try:
        code: int = options.command(options)
    except UserError as error:
        journal.complain(error)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0
    finally:
        _discard_unread_output()
    if not journal.close():
        os._exit(code)
    return code


def _discard_unread_output() -> None:
    """Drop the output that nobody reads any more, because a reader ended or a disk is full: Python
    would fail again when it flushes at its end, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ishara", description="Reads fingerspelling from a camera, offline."
    )
    parser.add_argument("--version", action="version", version=f"ishara-edge {__version__}")
    parser.add_argument(
        "--log", default="warning", choices=("debug", "info", "warning", "error"), help="log level"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (run, listen, status, setup_commands, models):
        group.add(commands)
    return parser
