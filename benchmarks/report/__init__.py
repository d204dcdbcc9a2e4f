"""The report of a benchmark: raw samples in versioned JSON, and all that is made from it.

    python -m benchmarks.report FILE.json [--out DIR]

re-makes Markdown, HTML and pictures from the JSON alone.
"""

from benchmarks.report.result import Fact, Report, Section, Series, Table
from benchmarks.report.write import remake, write

__all__ = ["Fact", "Report", "Section", "Series", "Table", "remake", "write"]
