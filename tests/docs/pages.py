"""The pages of the documentation, and what stands on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "systemd" / "README.md",
        *(ROOT / "examples").glob("*.md"),
    ]
)


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        language: what stands after the opening fence.
        text: the lines between the fences.
        line: number of the first of them in its page.
    """

    language: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(match[1].strip(), match[2], text[: match.start(2)].count("\n") + 1)
        for match in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```[^\n]*\n(.*?)^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
