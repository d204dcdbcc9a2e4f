"""The command line: ``ishara run | listen | status | kiosk | ask | mqtt | type | doctor | ...``."""

from __future__ import annotations

import argparse
import errno
import logging
import os

from edge import __version__
from edge.cli import ask, kiosk, listen, models, mqtt, run, setup_commands, status, type_text
from edge.errors import Shortage, UserError, exit_code, output_lost, shortage
from edge.system import journal, privacy, streams

log = logging.getLogger(__name__)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What only writing gives: a command that prints has met it on its standard output."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 1 for a failure, 2 or 78 for a `UserError`."""
    privacy.seal()
    streams.prepare()
    code = 0
    unwritten = None
    asked_to_exit: SystemExit | None = None
    try:
        options = _parser().parse_args(arguments)
        journal.configure(options.log)
        code = options.command(options)
    except UserError as error:
        journal.complain(error)
        code = exit_code(error)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # of a command that only prints: its reader has seen enough
        code = 0
    except SystemExit as end:  # of argparse
        asked_to_exit = end
    except (OSError, MemoryError, ImportError) as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            unwritten = output_lost(error)
        elif short := shortage(error):
            log.info("ends for want of something", exc_info=True)
            journal.complain(f"the system lacks something now: {short}: free some, or try again")
            code = Shortage.exit_code
        else:
            raise
    finally:
        unwritten = streams.discard_unwritten() or unwritten
    if unwritten and not unwritten.reader_ended:
        journal.complain(unwritten)
        code = unwritten.exit_code
    elif asked_to_exit:
        raise asked_to_exit
    if not journal.close():
        os._exit(code)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ishara", description="Reads fingerspelling from a camera, offline."
    )
    parser.add_argument("--version", action="version", version=f"ishara-edge {__version__}")
    parser.add_argument(
        "--log", default="warning", choices=("debug", "info", "warning", "error"), help="log level"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (run, listen, status, kiosk, ask, mqtt, type_text, setup_commands, models):
        group.add(commands)
    return parser
