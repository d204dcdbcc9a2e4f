"""``ishara status``: how a running daemon is, for people and for scripts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from edge.cli.options import Commands, add_command, add_config, add_socket, effective

if TYPE_CHECKING:
    from edge.events.protocol import Status

_HEALTHY = frozenset({"searching", "reading", "paused"})


def add(commands: Commands) -> None:
    help_ = "how a running ishara is; exit code 1: unhealthy"
    status = add_command(commands, "status", _status, help_)
    add_config(status)
    add_socket(status)
    status.add_argument("--json", action="store_true", help="as it comes over the wire")


def _status(options: argparse.Namespace) -> int:
    from edge.client import connect
    from edge.client.errors import Busy
    from edge.client.raw import status_at_the_door

    where = effective(options).publish.socket or None
    try:
        with connect(where) as ishara:
            status = ishara.status()
    except Busy:
        status = status_at_the_door(where)
    if options.json:
        print(json.dumps({"type": status.type, **asdict(status), "id": "status"}))
    else:
        print("\n".join(lines(status)))
    return 0 if healthy(status) else 1


def healthy(status: Status) -> bool:
    """The program does what it is there for, or was asked to pause."""
    return status.state in _HEALTHY


def lines(status: Status) -> Iterator[str]:
    """``status`` for people."""
    yield f"{status.state}: {status.source}, up {_span(status.uptime_s)}"
    profile = status.profile
    yield _line(
        "reads with", status.bundle, f"profile {profile}" if profile else "",
        "" if status.expect == "any" else f"{status.expect} only",
        _words(status),
    )  # fmt: skip
    yield _line(
        "frames", f"{status.fps:.1f} a second", f"{status.frames} so far",
        f"{status.dropped} dropped",
    )  # fmt: skip
    age = status.age_ms
    yield _line("last text", "none yet" if age is None else f"{_span(age / 1000)} ago")
    yield _line("clients", str(status.clients))
    heat, throttled = status.temperature_c, status.throttled
    yield _line(
        "machine", f"{status.rss_mb:.0f} MB", "" if heat is None else f"{heat:.0f} °C",
        "" if not throttled else f"throttled: {throttled}",
    )  # fmt: skip
    yield _line("runs on", status.delegate, status.delegate_reason)
    restarts, error = status.restarts, status.last_error
    if restarts or error:
        yield _line("trouble", f"{restarts} restarts of the camera", error)


def _words(status: Status) -> str:
    if status.words:
        return f"{'only ' if status.words_only else ''}{status.words} own words"
    return "words only" if status.words_only else ""


def _line(what: str, *details: str) -> str:
    return f"  {what:<12}{', '.join(part for part in details if part)}"


def _span(seconds: float) -> str:
    """Seconds in two units at most: ``2 h 5 min``."""
    whole = int(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
