"""``ishara listen``: what a running daemon publishes."""

from __future__ import annotations

import argparse

from edge.cli.options import Commands, add_command, add_config, add_socket, effective


def add(commands: Commands) -> None:
    listen = add_command(commands, "listen", _listen, "print the events of a running ishara")
    add_config(listen)
    add_socket(listen)
    listen.add_argument("--text", action="store_true", help="only the text of finals, a line each")
    listen.add_argument(
        "--wait", action="store_true", help="wait for one to run, and reconnect when it ends"
    )


def _listen(options: argparse.Namespace) -> int:
    from edge.client import Final, connect
    from edge.client.raw import lines

    address = effective(options).publish.socket or None
    if not options.text:
        for line in lines(address, wait=options.wait):
            print(line, flush=True)
        return 0
    wait = options.wait
    with connect(address, events={"final"}, wait=wait, reconnect=wait) as ishara:
        for event in ishara:
            if isinstance(event, Final):
                print(event.text, flush=True)
    return 0
