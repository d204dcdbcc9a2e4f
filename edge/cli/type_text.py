"""``ishara type``: what was spelled, into whatever has the focus."""

from __future__ import annotations

import argparse

from edge.cli.options import Commands, add_command, add_config, add_socket, effective


def add(commands: Commands) -> None:
    type_ = add_command(commands, "type", _type, "type texts into whatever has the focus")
    add_config(type_)
    add_socket(type_)
    type_.add_argument(
        "--layout",
        default="us",
        choices=("us", "de", "fr"),
        help="of the keyboard: where letters are",
    )
    type_.add_argument(
        "--end", default="space", choices=("space", "enter", "none"), help="what follows each text"
    )


def _type(options: argparse.Namespace) -> int:
    from edge.client import connect
    from edge.keyboard import LAYOUTS, Keyboard, Typist

    address = effective(options).publish.socket or None
    with (
        Keyboard(LAYOUTS[options.layout]) as keyboard,
        connect(address, events={"final"}, wait=True, reconnect=True) as ishara,
    ):
        Typist(keyboard, options.end).follow(ishara)
    return 0
