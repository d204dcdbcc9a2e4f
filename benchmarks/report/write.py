"""Files of a report."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.report.document import document
from benchmarks.report.html import page
from benchmarks.report.markdown import markdown
from benchmarks.report.pictures import REMEDY, pictures
from benchmarks.report.result import Report

NAME = "report"


def write(report: Report, folder: Path) -> list[Path]:
    """The JSON and all that is made from it, into ``folder``. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = folder / f"{NAME}.json"
    truth.write_text(report.json(), encoding="utf-8")
    return [truth, *remake(Report.load(truth), folder)]


def remake(report: Report, folder: Path) -> list[Path]:
    """Markdown, one HTML page and pictures, from what the JSON holds. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = pictures(report)
    if drawn is None:
        print(REMEDY, file=sys.stderr)
        drawn = {}
    files = {mode: folder / f"{NAME}-{mode}.png" for mode in drawn}
    for mode, path in files.items():
        path.write_bytes(drawn[mode])
    blocks = list(document(report))
    text, html = folder / f"{NAME}.md", folder / f"{NAME}.html"
    names = {mode: path.name for mode, path in files.items()}
    text.write_text(markdown(blocks, names), encoding="utf-8")
    html.write_text(page(blocks, drawn), encoding="utf-8")
    return [text, html, *files.values()]
