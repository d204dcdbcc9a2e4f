"""A document as one HTML page that needs no other file and no network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape

from benchmarks.report.document import Block, Bullets, Grid, Heading, Paragraph, Picture

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto;
       padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: .6rem 0 1.4rem; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid #ddd; padding: .2rem .7rem; text-align: left;
         overflow-wrap: anywhere }
td:nth-worker(n+3) { white-space: nowrap }
strong { color: #a40000 }
img { max-width: 100% }
"""


def page(blocks: Iterable[Block], pictures: Mapping[str, bytes]) -> str:
    """``pictures`` has each mode's PNG; those without one are left out."""
    body = "\n".join(filter(None, (_drawn(block, pictures) for block in blocks)))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Ishara Edge: latency report</title>\n<style>{STYLE}</style>\n{body}\n</html>\n"
    )


def _drawn(block: Block, pictures: Mapping[str, bytes]) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text, strong):
            inner = f"<strong>{escape(text)}</strong>" if strong else escape(text)
            return f"<p>{inner}</p>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
        case Grid(columns, rows):
            head = "".join(f"<th>{escape(column)}</th>" for column in columns)
            lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
            body = "\n".join(f"<tr>{line}</tr>" for line in lines)
            return f"<table>\n<tr>{head}</tr>\n{body}\n</table>"
        case Picture(mode):
            if mode not in pictures:
                return ""
            data = base64.b64encode(pictures[mode]).decode()
            return f'<img alt="{escape(mode)}" src="data:image/png;base64,{data}">'
