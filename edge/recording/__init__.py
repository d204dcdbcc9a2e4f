"""Recordings of landmarks: parquet files in the layout of the Kaggle ASL data sets.

`layout` says what a file holds, `reader` reads one, whoever wrote it, `writer` writes one. Needs
pyarrow (the extra ``recordings``), which only opening a file imports.
"""

from edge.recording.layout import PARTS, FoundParts
from edge.recording.reader import FPS, Reader, Row
from edge.recording.writer import Writer

__all__ = ["FPS", "PARTS", "FoundParts", "Reader", "Row", "Writer"]
