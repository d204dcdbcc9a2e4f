"""Figures of the board."""

from __future__ import annotations

from pathlib import Path

from edge.system import board


def test_the_boards_figures(tmp_path: Path) -> None:
    assert board.temperature_c(tmp_path) is None
    assert board.throttled(tmp_path) is None
    for zone, milli in (("0", "51200"), ("1", "48000"), ("2", "none")):
        folder = tmp_path / "class" / "thermal" / f"thermal_zone{zone}"
        folder.mkdir(parents=True)
        (folder / "temp").write_text(milli + "\n")
    firmware = tmp_path / "devices" / "platform" / "soc" / "soc:firmware"
    firmware.mkdir(parents=True)
    assert board.temperature_c(tmp_path) == 51.2
    for flags, names in (("0", ""), ("50000", ""), ("50005", "under-voltage, throttled")):
        (firmware / "get_throttled").write_text(flags + "\n")
        assert board.throttled(tmp_path) == names
    assert 5 < board.rss_mb() < 5000
