"""``ishara run``: the daemon. ``ishara record``: the same, and it writes what it sees to a file."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from edge.cli.observe import observe
from edge.cli.options import Commands, add_command, add_config, effective
from edge.config import standard_path
from edge.errors import UserError, exit_code
from edge.system import journal, streams


def add(commands: Commands) -> None:
    help_ = "read a camera and publish the text on the socket"
    _add_arguments(add_command(commands, "run", _run, help_))
    help_ = "the same, and write the landmarks of all hands that are seen to a file"
    record = add_command(commands, "record", _run, help_)
    record.add_argument("record", metavar="FILE.parquet", help="a new file")
    _add_arguments(record)


def _add_arguments(run: argparse.ArgumentParser) -> None:
    add_config(run)
    run.add_argument("--source", metavar="URI", help="what to watch: auto, signer:TEXT, ...")
    run.add_argument("--socket", metavar="PATH", help="where to publish")
    run.add_argument("--once", action="store_true", help="end when the source ends")
    run.add_argument(
        "--on-final",
        metavar="COMMAND",
        help="run this for each final, its text as the last argument; no shell is involved",
    )
    run.add_argument(
        "--overlay", metavar="FILE.mp4", help="draw what is seen and read into a new video"
    )
    run.add_argument("--window", action="store_true", help="draw it in a window")
    shown = run.add_mutually_exclusive_group()
    shown.add_argument("--print", action="store_true", help="show the text here too")
    shown.add_argument("--json", action="store_true", help="print each event as on the wire")


def _run(options: argparse.Namespace) -> int:
    if options.json or options.print:
        streams.wanted("--json" if options.json else "--print")
    # Nothing runs yet that has to be ended in order, and the libraries take a while to load.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    # A terminal that goes away sends the same signal as a service manager that asks to reload.
    terminal = os.isatty(0)
    early: list[int] = []  # a reload that was asked for before there is a daemon
    if not terminal:
        signal.signal(signal.SIGHUP, lambda number, _: early.append(number))
    path = options.config or standard_path()
    config = effective(options, path)
    from edge.camera import CameraLost
    from edge.daemon import Daemon
    from edge.outputs.json_lines import JsonLines
    from edge.outputs.terminal import text_sink

    daemon = Daemon(config, options.once, lambda: effective(options, path))
    if options.json:
        daemon.add_sink(JsonLines())
    elif options.print:
        daemon.add_sink(text_sink(daemon.figures))
    if options.on_final:
        from edge.outputs.command import CommandSink

        daemon.add_sink(CommandSink(options.on_final))
    observe(daemon, options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    signal.signal(
        signal.SIGHUP,
        lambda *_: daemon.stop() if terminal and not os.isatty(0) else daemon.reload(),
    )
    if early:
        daemon.reload()
    code = 0
    try:
        daemon.run()
    except CameraLost as lost:
        journal.complain(f"the camera is lost: {lost}")
        code = 1
    except BaseException as failure:
        if not daemon.stuck:
            raise
        if isinstance(failure, UserError):
            journal.complain(failure)
            code = exit_code(failure)
        else:
            sys.excepthook(*sys.exc_info())
            code = 1
    # Python gives handled signals back to the kernel before it ends; a second one must not kill.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if daemon.stuck:
        journal.close()
        os._exit(code)  # a thread that hangs would hold up an orderly end
    return code
