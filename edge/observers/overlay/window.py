"""A window, by the Tk of Python's own library.

OpenCV has none in the package that is installed (headless), and that of the other packages ends the
process where there is no screen.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

from edge.errors import UserError, first_line
from edge.observers.overlay.skeleton import Pixels

log = logging.getLogger(__name__)

TITLE = "Ishara Edge"


class Window:
    """Opens with the first picture; when somebody closes it, the program ends."""

    def __init__(self, closed: Callable[[], None]) -> None:
        """
        Args:
            closed: called once somebody has closed the window.

        Raises:
            UserError: Python has no Tk, or there is no screen.
        """
        try:
            self._tk: Any = importlib.import_module("tkinter")
        except ImportError as error:
            log.info("no tkinter", exc_info=True)
            raise UserError(
                f"--window needs Tk ({first_line(error)}): sudo apt install python3-tk, or write a"
                " video with --overlay FILE.mp4"
            ) from error
        try:
            self._tk.Tk().destroy()
        except self._tk.TclError as error:
            raise UserError(
                f"--window cannot be opened ({first_line(error)}): run it on the machine's screen,"
                " or write a video with --overlay FILE.mp4"
            ) from error
        self._closed = closed
        self._root: Any = None
        self._label: Any = None
        self._image: Any = None
        self._over = False

    def show(self, picture: Pixels, time: float, whole: bool) -> None:
        if self._over:
            return
        if self._root is None:
            self._root = self._tk.Tk()
            self._root.title(TITLE)
            self._root.protocol("WM_DELETE_WINDOW", self._close)
            self._label = self._tk.Label(self._root, borderwidth=0)
            self._label.pack()
        height, width = picture.shape[:2]
        data = b"P6 %d %d 255 " % (width, height) + picture.tobytes()
        self._image = self._tk.PhotoImage(master=self._root, data=data, format="PPM")
        self._label.configure(image=self._image)

    def idle(self) -> None:
        if self._root is not None and not self._over:
            self._root.update()

    def close(self, last: Pixels | None) -> None:
        if self._root is not None and not self._over:
            self._over = True
            self._root.destroy()
        # Tk's objects must go in the thread that made them.
        self._root = self._label = self._image = None

    def _close(self) -> None:
        self._over = True
        self._root.destroy()
        self._closed()
