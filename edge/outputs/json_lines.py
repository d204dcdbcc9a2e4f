"""Each event on the standard output, as it goes over the wire."""

from __future__ import annotations

import sys

from edge.errors import output_lost
from edge.events import Published
from edge.outputs.threaded import ThreadedSink


class JsonLines(ThreadedSink):
    """What ``ishara run --json`` writes."""

    def __init__(self) -> None:
        super().__init__("json")

    def write(self, published: Published) -> None:
        try:
            sys.stdout.buffer.write(published.line)
            sys.stdout.buffer.flush()
        except OSError as error:
            raise output_lost(error) from error
