"""Keeps a text file current with the newest line of text: a caption for OBS.

    python caption.py caption.txt

In OBS Studio, add a source "Text", tick "Read from file" and choose the file. The file is empty
while nothing is read, or after CLEAR_S seconds without text. Ends with Ctrl-C.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from edge.client import Final, Partial, State, aconnect

CLEAR_S = 10.0


def write(file: Path, text: str) -> None:
    """Replace the file in one step: whoever reads it sees the old or the new line, never a part."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_text(f"{text}\n" if text else "", encoding="utf-8")
    os.replace(temporary, file)


async def caption(file: Path) -> None:
    shown = ""
    write(file, shown)
    async with aconnect(wait=True, reconnect=True) as ishara:
        while True:
            try:
                event = await asyncio.wait_for(anext(ishara), CLEAR_S if shown else None)
            except TimeoutError:
                text = ""
            else:
                match event:
                    case Partial(text=text) | Final(text=text) if text:
                        pass
                    case State(state="camera_lost" | "paused" | "stopping"):
                        text = ""
                    case _:
                        continue
            if text != shown:
                write(file, text)
                shown = text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python caption.py FILE")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(caption(Path(sys.argv[1])))
