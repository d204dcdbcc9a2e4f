"""The command line: ``ishara run | listen | doctor | config | models``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge import __version__
from edge.config import Config, load, render, standard_path
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
        "--log", default="warning", choices=("debug", "info", "warning", "error"), help="how much"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", _run, "read a camera and publish the text on the socket")
    _configured(run)
    run.add_argument("--source", metavar="URI", help="what to watch: auto, signer:TEXT, ...")
    run.add_argument("--socket", metavar="PATH", help="where to publish")
    run.add_argument("--once", action="store_true", help="end when the source ends")
    shown = run.add_mutually_exclusive_group()
    shown.add_argument("--print", action="store_true", help="show the text here too")
    shown.add_argument("--json", action="store_true", help="print each event as on the wire")

    listen = _command(commands, "listen", _listen, "print the events of a running ishara")
    _configured(listen)
    listen.add_argument("--socket", metavar="PATH", help="where it publishes")

    status = _command(commands, "status", _status, "how a running ishara is; exit code 1: not well")
    _configured(status)
    status.add_argument("--socket", metavar="PATH", help="where it publishes")
    status.add_argument("--json", action="store_true", help="as it comes over the wire")
    _command(commands, "schema", _schema, "print the JSON Schema of what goes over the socket")

    doctor = _command(commands, "doctor", _doctor, "what is there, what is missing, the remedy")
    _configured(doctor)

    config = _command(commands, "config", _config, "print the effective configuration")
    _configured(config)

    models = commands.add_parser("models", help="the landmark weights, and the bundles that read")
    actions = models.add_subparsers(required=True, metavar="ACTION")
    fetch = _command(
        actions, "fetch", _fetch, "fetch the landmark weights once; checks their SHA-256"
    )
    fetch.add_argument(
        "--from", dest="wheel", metavar="WHEEL", type=Path, help="a downloaded wheel that has them"
    )
    _command(actions, "list", _bundles, "the bundles that are here; * is the one configured")
    inspect = _command(actions, "inspect", _inspect, "what a bundle reads, and what it is")
    inspect.add_argument("bundle", metavar="BUNDLE", help="its name, or the path of its folder")
    inspect.add_argument("--json", action="store_true", help="all of it, for a program")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    function: Callable[[argparse.Namespace], int],
    help_: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(command=function)
    return parser


def _configured(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", type=Path, help="TOML; see `ishara config`")


def _effective(options: argparse.Namespace) -> Config:
    config = load(options.config or standard_path())
    if source := getattr(options, "source", None):
        config = replace(config, camera=replace(config.camera, source=source))
    if path := getattr(options, "socket", None):
        config = replace(config, publish=replace(config.publish, socket=path))
    return config


def _run(options: argparse.Namespace) -> int:
    # Nothing is up yet, so there is nobody to say goodbye to; the libraries take a while to load.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    # A terminal that goes away sends the same signal as a service manager that asks to reload.
    terminal = os.isatty(0)
    early: list[int] = []  # a reload that was asked for before there is a daemon
    if not terminal:
        signal.signal(signal.SIGHUP, lambda number, _: early.append(number))
    config = _effective(options)
    from edge.camera import CameraLost
    from edge.daemon import Daemon
    from edge.outputs.json_lines import JsonLines
    from edge.outputs.terminal import text_sink

    daemon = Daemon(config, options.once, lambda: _effective(options))
    if options.json:
        daemon.add_sink(JsonLines())
    elif options.print:
        daemon.add_sink(text_sink(daemon.figures))
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
            code = failure.exit_code
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


def _listen(options: argparse.Namespace) -> int:
    from edge.client.raw import lines
    from edge.socket_path import socket_to_join

    for line in lines(socket_to_join(_effective(options).publish.socket)):
        print(line, flush=True)
    return 0


def _status(options: argparse.Namespace) -> int:
    import json

    from edge.client import status_report as health
    from edge.client.raw import ask
    from edge.socket_path import socket_to_join

    status = ask(socket_to_join(_effective(options).publish.socket), "status")
    print(json.dumps(status) if options.json else "\n".join(health.lines(status)))
    return 0 if health.well(status) else 1


def _schema(options: argparse.Namespace) -> int:
    from edge.events import schema

    print(schema.text())
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from edge.doctor import examine

    signs = {"ok": "ok  ", "note": "--  ", "missing": "MISS"}
    missing = 0
    for finding in examine(_effective(options)):
        missing += finding.state == "missing"
        remedy = f"  ->  {finding.remedy}" if finding.remedy else ""
        print(f"{signs[finding.state]}  {finding.what:<9} {finding.detail}{remedy}")
    return 1 if missing else 0


def _config(options: argparse.Namespace) -> int:
    path = options.config or standard_path()
    print(f"# from {path}" if path else "# the defaults: no configuration file was found")
    print(render(_effective(options)), end="")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from edge.landmarks import derived, weights

    weights.fetch(wheel=options.wheel)
    derived.make()
    return 0


def _bundles(options: argparse.Namespace) -> int:
    from edge.recognize.bundle import find
    from edge.recognize.inspect import row, shipped

    folders = shipped()
    configured = load(standard_path()).recognize.bundle
    try:
        used = find(configured)
    except UserError as refusal:
        journal.complain(refusal)
        used = None
    if used and used not in folders:
        folders.append(used)
    rows = [(folder == used, *row(folder)) for folder in folders]
    for mine, _, told in rows:
        print("*" if mine else " ", told)
    return 0 if used and all(good for _, good, _ in rows) else 1


def _inspect(options: argparse.Namespace) -> int:
    from edge.recognize.bundle import find
    from edge.recognize.inspect import as_json, inspect, lines

    report = inspect(find(options.bundle))
    print(as_json(report) if options.json else "\n".join(lines(report)))
    return 0
