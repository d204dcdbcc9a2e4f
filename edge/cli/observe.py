"""What of a run is written to the disk or shown, because it was asked for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from edge.errors import clear
from edge.system import journal

if TYPE_CHECKING:
    from edge.daemon import Daemon


def observe(daemon: Daemon, options: argparse.Namespace) -> None:
    """Add the observers that ``options`` ask for, and say in a line what is written where.

    Raises:
        UserError: a file cannot be made, or there is no pyarrow, no tkinter or no screen.
    """
    lines: list[str] = []
    if path := getattr(options, "record", ""):
        from edge.observers.recorder import Recorder

        daemon.add_observer(Recorder(path))
        lines.append(
            f"RECORDING the landmarks of all that is seen to {clear(path)}, which only you may"
            " read, until this ends"
        )
    if options.overlay or options.window:
        from edge.observers.overlay import Overlay, Screen, VideoFile, Window

        screens: list[Screen] = []
        if options.overlay:
            screens.append(VideoFile(options.overlay))
            lines.append(
                f"FILMING the picture, with what is read, to {clear(options.overlay)}, which only"
                " you may read, until this ends"
            )
        if options.window:
            screens.append(Window(daemon.stop))
        daemon.add_observer(Overlay(screens, daemon.figures))
    for line in lines:
        journal.notify(line)
