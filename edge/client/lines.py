"""Cuts what comes from a socket into lines."""

from __future__ import annotations

MAX_LINE_BYTES = 1 << 20
"""No line of a daemon is longer."""


class LineBuffer:
    """Keeps the line that is not complete yet."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes, without their line feeds.

        Raises:
            ValueError: a line is longer than `MAX_LINE_BYTES`.
        """
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
        self._rest += rest
        if len(self._rest) > MAX_LINE_BYTES or any(len(line) > MAX_LINE_BYTES for line in lines):
            raise ValueError(f"a line has more than {MAX_LINE_BYTES} bytes")
        return lines
