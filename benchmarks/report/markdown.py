"""A document as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchmarks.report.document import Block, Bullets, Grid, Heading, Paragraph, Picture


def markdown(blocks: Iterable[Block], pictures: Mapping[str, str]) -> str:
    """``pictures`` has the file of each mode's picture; those without one are left out."""
    parts = (_drawn(block, pictures) for block in blocks)
    return "\n\n".join(part for part in parts if part) + "\n"


def _drawn(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Paragraph(text, strong):
            return f"**{text}**" if strong else text
        case Bullets(items):
            return "\n".join(f"- {item}" for item in items)
        case Grid(columns, rows):
            lines = [columns, ["---"] * len(columns), *rows]
            return "\n".join(f"| {' | '.join(_cell(c) for c in line)} |" for line in lines)
        case Picture(mode):
            return f"![{mode}]({pictures[mode]})" if mode in pictures else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
