"""The latency report: statistics, JSON, what is made from it, comparison and verdict."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import benchmark
from benchmarks.modes import MODES, mode
from benchmarks.modes.compare import section
from benchmarks.report import Fact, Report, Section, Series, Table, remake, write
from benchmarks.report.compare import compare
from benchmarks.report.environment import machine, state, warning
from benchmarks.report.stats import LEAST, percentile, shape, summary

ENVIRONMENT: dict[str, Any] = {
    "raspberry_pi": False,
    "cpu": "a <fast> one",
    "cores": 2,
    "architecture": "x86_64",
    "models": {"model.tflite": "abc123"},
    "before": {"temperature_c": "not readable"},
    "after": {"temperature_c": {"cpu-thermal": 61.5}},
}


def report(*series: Series, target: float | None = None, mode: str = "replay") -> Report:
    section = Section(
        mode=mode,
        about="What | it is.",
        notes=("A note.",),
        series=series,
        facts=(Fact("frames", 3), Fact("governor", None)),
        tables=(Table("Texts", ("spelled", "read"), (("a|b", "a<b"),)),),
    )
    return Report("2025-01-31T12:00:00+00:00", ("python", "-m", "benchmarks.benchmark"),
                  ENVIRONMENT, {"seconds": 60.0}, (section,), target)  # fmt: skip


def ages(n: int, mean: float = 20.0, seed: int = 0) -> Series:
    samples = np.random.default_rng(seed).gamma(9, mean / 9, n)
    return Series.of("captured -> published", "ms", samples, gate=True)


@pytest.mark.parametrize(("which", "least"), LEAST.items())
def test_a_percentile_needs_enough_samples(which: str, least: int) -> None:
    assert percentile([1.0] * (least - 1), which) is None
    assert percentile([1.0] * least, which) == 1.0


@pytest.mark.parametrize(("which", "least"), [("p90", 64), ("p95", 130), ("p99", 662)])
def test_then_two_samples_lie_beyond_it_with_99_percent(which: str, least: int) -> None:
    q = int(which[1:]) / 100

    def sure(n: int) -> float:
        return 1 - q**n - n * (1 - q) * q ** (n - 1)

    assert LEAST[which] == least
    assert sure(least) >= 0.99 > sure(least - 1)


def test_summary_and_shape() -> None:
    s = summary([float(n) for n in range(1, 101)])
    assert (s.n, s.mean, s.p50, s.max) == (100, 50.5, 50.5, 100.0)
    assert s.p90 == pytest.approx(90.1)
    assert (s.p95, s.p99) == (None, None)
    assert summary([]).p50 is None
    assert shape([0.0] * 90 + [1.0] * 9 + [2.0]) == "█▁▁▁▁▂▁▁▁▂"
    assert shape([1.0] * 50) == ""


def test_a_sample_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        Series.of("x", "ms", [1.0, float("nan")])


def test_json_comes_back_as_it_was() -> None:
    before = report(ages(5), target=200.0)
    assert Report.parse(before.json()) == before
    assert Report.parse(replace(before, sections=()).json()).sections == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no report"),
        ("[1]", "no report"),
        ("{}", "format None"),
        ('{"format": 2}', "format 2"),
        ('{"format": 1, "sections": []}', "lacks"),
        ('{"format": 1, "sections": [{"mode": "x"}]}', "lacks"),
    ],
)
def test_json_that_is_no_report_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Report.parse(text)


def test_markdown_and_html_are_made_from_the_json_alone(tmp_path: Path) -> None:
    made = report(ages(200), Series.of("few", "ms", [5.0, 7.0]), target=200.0)
    first = {path.name: path for path in write(made, tmp_path / "a")}
    run = [sys.executable, "-m", "benchmarks.report", str(first["report.json"])]
    subprocess.run([*run, "--out", str(tmp_path / "b")], check=True, capture_output=True)
    for name in ("report.md", "report.html"):
        text = first[name].read_text(encoding="utf-8")
        assert text == (tmp_path / "b" / name).read_text(encoding="utf-8")
        assert text.index("NOT MEASURED ON A RASPBERRY PI") < text.index("Verdict")
    page = first["report.html"].read_text(encoding="utf-8")
    assert "a &lt;fast&gt; one" in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)


def test_markdown_shows_only_percentiles_that_can_be_told(tmp_path: Path) -> None:
    remake(report(ages(200), Series.of("few", "ms", [5.0, 7.0])), tmp_path)
    lines = (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()
    rows = {line.split(" | ")[0]: line for line in lines}
    many = rows["| captured -> published"].strip("| ").split(" | ")
    assert many[2] == "200"
    assert many[6] != ""
    assert many[7] == "too few"
    assert rows["| few"].startswith("| few | ms | 2 | 6 | 6 | too few | too few | too few | 7 |")
    assert rows["| governor"] == "| governor | not known |  |"
    assert rows["| a\\|b"] == "| a\\|b | a<b |"


def test_pictures_are_png_where_matplotlib_is(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    paths = write(report(ages(200)), tmp_path)
    assert paths[-1].read_bytes().startswith(b"\x89PNG")
    assert "data:image/png;base64," in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_without_pictures_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    paths = write(report(ages(20)), tmp_path)
    assert [path.name for path in paths] == ["report.json", "report.md", "report.html"]
    assert "matplotlib is missing" in capsys.readouterr().err


def test_a_regression_is_found() -> None:
    found = compare(report(ages(400)), report(ages(400, mean=25.0, seed=1)))
    assert {change.statistic for change in found.worse} == {"p50", "p95"}
    assert "captured -> published" in found.worse[0].line()
    back = compare(report(ages(400, mean=25.0, seed=1)), report(ages(400)))
    assert not back.worse
    assert {change.verdict for change in back.changes} == {"better"}


def test_a_tail_alone_is_found() -> None:
    slow = ages(400, seed=1)
    tail = tuple(x + 40 * (n % 12 == 0) for n, x in enumerate(slow.samples))
    found = compare(report(ages(400)), report(replace(slow, samples=tail)))
    assert {change.statistic for change in found.worse} == {"p95"}


def test_noise_is_no_regression() -> None:
    worse = [
        change
        for seed in range(1, 21)
        for change in compare(report(ages(200)), report(ages(200, seed=seed))).worse
    ]
    assert len(worse) <= 1  # 40 statistics at 99 %


def test_noise_that_drifts_is_no_regression() -> None:
    """Samples that follow each other are alike; single draws would be far too sure."""
    worse = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        walks = [20 + np.convolve(rng.normal(0, 8, 409), np.ones(10) / 10, "valid") for _ in "ab"]
        base, new = (Series.of("x", "ms", walk, judged=("p50",)) for walk in walks)
        worse += len(compare(report(base), report(new)).worse)
    assert worse == 0


def test_a_change_too_small_to_matter_is_none() -> None:
    base = Series.of("x", "ms", [10.0 + 0.001 * (n % 7) for n in range(500)])
    new = replace(base, samples=tuple(x + 0.5 for x in base.samples))
    assert not compare(report(base), report(new)).worse


def test_what_cannot_be_compared_is_named() -> None:
    base = report(ages(50), Series.of("gone", "ms", [1.0]))
    new = report(ages(50), Series.of("fresh", "ms", [1.0]))
    new = replace(new, environment={**ENVIRONMENT, "cpu": "another"})
    found = compare(base, new)
    assert "replay, captured -> published: p95: too few samples" in found.uncompared
    assert "replay, gone: only in the base" in found.uncompared
    assert "replay, fresh: not in the base" in found.uncompared
    assert found.warnings == ("not the same cpu: a <fast> one in the base, another now",)


@pytest.mark.parametrize(
    ("n", "mean", "code", "word"),
    [
        (200, 20.0, 0, "MET"),
        (200, 190.0, 1, "MISSED"),
        (129, 20.0, 3, "NOT JUDGED"),
        (129, 900.0, 3, "too few samples for p95: 129 of 130 needed"),
    ],
)
def test_the_verdict_is_the_exit_code(
    n: int, mean: float, code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = report(ages(n, mean), target=200.0)
    assert benchmark.conclude(made, None, []) == code
    out = capsys.readouterr().out
    assert word in out
    assert ("MISSED" in out) == (code == 1)
    assert bool(re.search(r"\bmet\b", out, re.IGNORECASE)) == (code == 0)
    assert out.startswith("NOT MEASURED ON A RASPBERRY PI")


def test_letters_are_told_beside_the_gate_and_do_not_decide(
    capsys: pytest.CaptureFixture[str],
) -> None:
    letters = Series.of("letter end to first", "ms", [900.0] * 130)
    made = report(ages(200), target=200.0)
    beside = report(letters, mode="emission").sections
    assert benchmark.conclude(replace(made, sections=made.sections + beside), None, []) == 0
    assert "letter end to first: p95 900.0 ms (n = 130)" in capsys.readouterr().out


def test_without_a_gate_nothing_is_judged() -> None:
    made = report(replace(ages(200), gate=False), target=200.0)
    assert benchmark.conclude(made, None, []) == 3


def test_one_gate_that_is_missed_is_enough() -> None:
    few = replace(ages(20), name="captured -> published, a camera")
    slow = replace(ages(200, 190.0), name="captured -> published, another")
    assert benchmark.conclude(report(ages(200), few, target=200.0), None, []) == 3
    assert benchmark.conclude(report(ages(200), few, slow, target=200.0), None, []) == 1


def test_the_figures_come_before_the_paths(capsys: pytest.CaptureFixture[str]) -> None:
    lost = Series.of("lost", "lost", [0.0, 1.0], judged=("mean",))
    apart = Series.of("apart", "ms", [1.0], judged=())
    made = report(ages(200), replace(ages(20), name="few"), lost, apart, target=200.0)
    benchmark.conclude(made, None, [Path("a/report.json"), Path("a/report.md")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["a/report.json", "a/report.md"]
    rows = [line.split() for line in lines]
    assert ["replay", "unit", "n", "mean", "p50", "p95", "target"] in rows
    row = next(row for row in rows if row[:3] == ["captured", "->", "published"])
    assert row[3:5] == ["ms", "200"]
    assert row[-2:] == ["200", "met"]
    row = next(line for line in lines if line.startswith("  few "))
    assert row.endswith("too few samples for p95: 20 of 130 needed")
    assert ["lost", "lost", "2", "0.5"] in rows
    assert not any("apart" in row for row in rows)


def test_a_breach_of_the_base_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    base, slow = report(ages(200)), report(ages(200, mean=30.0, seed=1))
    assert benchmark.conclude(slow, base, []) == 1
    assert "WORSE  replay, captured -> published: p95" in capsys.readouterr().out
    assert benchmark.conclude(base, slow, []) == 0


def test_what_cannot_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["stages", "--target-ms", "200"]) == 2
    assert "add it" in capsys.readouterr().err
    assert benchmark.main(["stages", "--compare", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_the_machine_is_described() -> None:
    here = machine()
    assert here["cores"] >= here["cores_usable"] >= 1
    assert here["python"] == sys.version.split()[0]
    assert re.fullmatch(r"[0-9a-f]{40}|not readable", here["revision"])
    assert set(state()) == {"temperature_c", "governor", "frequency_mhz", "throttled", "load"}
    assert warning({**here, "raspberry_pi": True}) == ""


def test_every_mode_has_a_function() -> None:
    assert all(callable(mode(name)) for name in MODES)


def test_baselines_become_a_section_that_judges_nothing() -> None:
    found = {
        "baselines": [
            {"name": "ours", "what": "CPU", "unit": "ms", "samples": [1.0, 2.0], "skipped": None},
            {"name": "theirs", "what": "", "unit": "", "samples": [], "skipped": "not there"},
        ],
        "pairs": [{"name": "CPU", "ours": "ours", "theirs": "theirs", "ratios": [0.5]}],
    }
    made = section(found)
    assert [series.name for series in made.series] == ["CPU: ours over theirs", "CPU: ours"]
    assert all(series.judged == () for series in made.series)
    assert made.notes == ("theirs: skipped, not there",)
