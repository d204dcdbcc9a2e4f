"""Histograms of a section's series, as PNG. Needs matplotlib: the ``bench`` extra."""

from __future__ import annotations

import io
from textwrap import fill

from benchmarks.report.document import YES_OR_NO
from benchmarks.report.result import Report, Section
from benchmarks.report.stats import histogram, percentile

ENOUGH = 11
"""Samples from which on a series is drawn."""

WIDE = 20
"""From the least to the greatest sample: from there on an axis is logarithmic."""

REMEDY = "no pictures: matplotlib is missing (pip install 'ishara-edge[bench]', or make bench)"


def pictures(report: Report) -> dict[str, bytes] | None:
    """A PNG for each mode with series to draw; None where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("Agg")
    drawn = ((section.mode, _picture(section, report)) for section in report.sections)
    return {mode: png for mode, png in drawn if png}


def _picture(section: Section, report: Report) -> bytes:
    """A panel a series that is judged, or, where none is, of all; empty without enough samples."""
    from matplotlib.figure import Figure

    some = [s for s in section.series if len(s.samples) >= ENOUGH and s.unit not in YES_OR_NO]
    some = [s for s in some if s.judged] or some
    if not some:
        return b""
    columns = min(3, len(some))
    rows = -(-len(some) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.3 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for panel, series in zip(panels, some, strict=False):
        wide = min(series.samples) > 0 and max(series.samples) > WIDE * min(series.samples)
        counts, edges = histogram(series.samples, logarithmic=wide)
        panel.set_xscale("log" if wide else "linear")
        if wide:
            # Within one decade the names of the ticks would lie over one another.
            panel.xaxis.set_minor_formatter("")
            panel.xaxis.set_major_formatter("{x:g}")
        panel.stairs(counts, edges, fill=True, color="#4878a8")
        for which, style in (("p50", "-"), ("p95", "--")):
            if (at := percentile(series.samples, which)) is not None:
                panel.axvline(at, color="#222", linestyle=style, linewidth=1, label=which)
        if series.gate and report.target_ms:
            panel.axvline(report.target_ms, color="#a40000", linewidth=1.4, label="target")
        panel.set_title(fill(f"{series.name} (n = {len(series.samples)})", 48), fontsize=8)
        panel.set_xlabel(series.unit, fontsize=8)
        panel.tick_params(labelsize=7)
        panel.legend(fontsize=6, frameon=False)
    for panel in list(figure.axes)[len(some) :]:
        panel.remove()
    where = "Raspberry Pi" if report.environment["raspberry_pi"] else "not a Raspberry Pi"
    figure.suptitle(f"{section.mode}: {report.environment['cpu']} ({where})", fontsize=9)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return out.getvalue()
