"""``ishara kiosk``: the page that shows what is spelled."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.options import Commands, add_command, add_config, add_socket, effective
from edge.errors import UserError


def add(commands: Commands) -> None:
    kiosk = add_command(commands, "kiosk", _kiosk, "serve a page that shows what is spelled")
    add_config(kiosk)
    add_socket(kiosk)
    kiosk.add_argument(
        "--host",
        default="127.0.0.1",
        help="where to listen; open to a network (0.0.0.0), the page needs a token",
    )
    kiosk.add_argument("--port", type=int, default=8470, help="TCP port (8470)")
    kiosk.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help="the token that a page must know; without it a new one for each start",
    )
    kiosk.add_argument(
        "--notice",
        metavar="TEXT",
        default="",
        help="what the privacy sign says where another program takes the text further",
    )
    kiosk.add_argument(
        "--language", metavar="LANG", default="", help="en or es; without it the browser's"
    )


def _kiosk(options: argparse.Namespace) -> int:
    from edge.kiosk.serve import Options, serve

    if not 0 < options.port < 65536:
        raise UserError(f"--port {options.port} is none: it must be between 1 and 65535")
    if len(options.notice) > 200:
        raise UserError("--notice has at most 200 characters")
    serve(
        Options(
            address=effective(options).publish.socket or None,
            host=options.host,
            port=options.port,
            token_file=options.token_file,
            notice=options.notice,
            language=options.language,
        ),
        lambda url: print(f"The page is at {url}", flush=True),
    )
    return 0
