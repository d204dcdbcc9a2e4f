"""The contents of a bundle and of its model, for ``ishara models``."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge import resources, runtime
from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.recognize import SECOND_READER, foreign, registry
from edge.recognize.bundle import FILE, FORMAT, Bundle, load, verified
from edge.recognize.language_model import CharacterLM
from edge.recognize.listing import characters, line, operators
from edge.recognize.model import StreamingModel
from edge.recognize.second_model import SecondModel

Report = dict[str, Any]
"""What `inspect` finds, ready for JSON."""


def shipped() -> list[Path]:
    """The folders of the bundles that come with this program, by name."""
    return sorted(file.parent for file in (resources.models() / "bundles").glob(f"*/{FILE}"))


def inspect(folder: Path) -> Report:
    """The bundle in ``folder``, its files' SHA-256 checked and its model loaded.

    Raises:
        ConfigError: as `edge.recognize.bundle.load` and `edge.recognize.model.StreamingModel`, or
            as `edge.recognize.foreign.inspect`.
    """
    if foreign.is_foreign(folder):
        return foreign.inspect(folder)
    bundle = load(folder)
    if bundle.kind == SECOND_READER:
        SecondModel(bundle)
    else:
        StreamingModel(bundle)  # checks the model against the bundle
    interpreter = runtime.load(verified(bundle.model, bundle.sha256))
    language_model: Report | None = None
    if found := bundle.language_model:
        CharacterLM.load(verified(found.file, found.sha256)).within(bundle.alphabet)
        language_model = {
            "file": found.file.name, "bytes": found.file.stat().st_size,
            "sha256": found.sha256, "weight": found.weight,
        }  # fmt: skip
    return {
        "name": bundle.name, "folder": str(folder), "format": FORMAT, "kind": bundle.kind,
        "features": bundle.features, "width": bundle.width, "rate": bundle.rate,
        "alphabet": bundle.alphabet, "unsupported": bundle.unsupported,
        "look_ahead": bundle.look_ahead,
        "look_ahead_ms": round(1000 * bundle.look_ahead / bundle.rate, 1),
        "model": bundle.model.name, "bytes": bundle.model.stat().st_size,
        "sha256": bundle.sha256,
        "decoding": bundle.costs.probabilities(),
        "language_model": language_model, "accelerated": _accelerated(bundle),
        "tensors": _tensors(bundle, interpreter),
        "operators": operators(interpreter),
        "provenance": {k: v for k, v in bundle.provenance.items() if k != "operators"},
        "figures": bundle.figures,
    }  # fmt: skip


def check(folder: Path, complain: Callable[[str], object]) -> Report | None:
    """The report of a bundle that will run; None where it will not.

    Args:
        complain: gets one line about each thing that is wrong.
    """
    if foreign.is_foreign(folder):
        return foreign.check(folder, complain)
    try:
        bundle = load(folder)
        if bundle.kind != SECOND_READER:  # `inspect` opens that
            registry.kind(bundle.kind).open(bundle, RecognizeConfig(), None)  # with its self-test
        return inspect(folder)
    except ConfigError as error:
        complain(str(error))
        return None


def _tensors(bundle: Bundle, interpreter: Any) -> list[dict[str, Any]]:
    if bundle.tensors is None:
        return []
    roles = {bundle.tensors.features: "features", bundle.tensors.scores: "scores"}
    roles |= {name: "state" for pair in bundle.tensors.states for name in pair}
    sides = (("in", interpreter.get_input_details()), ("out", interpreter.get_output_details()))
    found = [
        {
            "role": roles.get(str(detail["name"]), "unnamed"), "way": way,
            "name": str(detail["name"]), "dtype": str(np.dtype(detail["dtype"])),
            "shape": [int(n) for n in detail["shape"]],
        }
        for way, details in sides
        for detail in details
    ]  # fmt: skip
    return sorted(found, key=lambda t: (t["role"] == "state", t["way"], t["name"]))


def _accelerated(bundle: Bundle) -> Report | None:
    """Not loaded: that needs its accelerator."""
    if bundle.accelerated is None:
        return None
    file, sha256 = bundle.accelerated.file, bundle.accelerated.sha256
    return {"file": file.name, "bytes": file.stat().st_size, "sha256": sha256}


def lines(report: Report) -> Iterator[str]:
    """The report for people."""
    if report["kind"] == foreign.KIND:
        yield from foreign.lines(report)
        return
    size = f"{report['bytes'] / 1e6:.2f} MB"
    yield f"{report['name']} ({report['kind']}) in {report['folder']}"
    yield line("reads", f"{characters(report['alphabet'])} and a blank")
    if report["unsupported"]:
        yield line("unsupported", " ".join(report["unsupported"]))
    yield line(
        "ticks", f"{report['rate']:g} a second, {report['width']} features ({report['features']})"
    )
    yield line("look-ahead", f"{report['look_ahead']} ticks, {report['look_ahead_ms']:.0f} ms")
    yield line("model", f"{report['model']}, {size}, SHA-256 {report['sha256'][:12]}..., checked")
    if quick := report["accelerated"]:
        file = f"{quick['file']}, {quick['bytes'] / 1e6:.2f} MB"
        yield line("accelerated", f"{file}, SHA-256 {quick['sha256'][:12]}..., checked")
    if lm := report["language_model"]:
        file = f"{lm['file']}, {lm['bytes'] / 1e3:.0f} kB, weight {lm['weight']:g}"
        yield line("language", f"{file}, SHA-256 {lm['sha256'][:12]}..., checked")
    else:
        yield line("language", "none")
    yield line("decoding", ", ".join(f"{k} {v:g}" for k, v in report["decoding"].items()))
    # A state's output has the type and shape of its input, so only the input is listed.
    alike = Counter(
        (t["role"], t["dtype"], tuple(t["shape"]))
        for t in report["tensors"]
        if (t["role"], t["way"]) != ("state", "out")
    )
    for n, ((role, dtype, shape), times) in enumerate(alike.items()):
        many = f", {times} of them" if times > 1 else ""
        yield line("" if n else "tensors", f"{role}: {dtype} {list(shape)}{many}")
    if report["operators"] is None:
        yield line("operators", "this TFLite runtime does not list them")
    else:
        yield line("operators", ", ".join(f"{k} {n}" for k, n in report["operators"].items()))
    for n, (name, value) in enumerate(_flat(report["provenance"])):
        yield line("" if n else "provenance", f"{name}: {value}")
    yield from _figures(report["figures"])


def as_json(report: Report) -> str:
    """The report on one line; NaN and infinity become null, a date a string."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(plain(report), default=str)


def row(folder: Path) -> tuple[bool, str]:
    """(whether it can be loaded, the line of ``models list``) of the bundle in ``folder``."""
    try:
        if foreign.is_foreign(folder):
            found = foreign.load(folder)
            return True, f"{found.name:<16} foreign, reads {characters(found.alphabet)}"
        bundle = load(folder)
    except ConfigError as error:
        return False, f"{folder.name:<16} {error}"
    size = bundle.model.stat().st_size / 1e6
    wait = 1000 * bundle.look_ahead / bundle.rate
    about = f"{bundle.kind}, {size:.2f} MB, look-ahead {wait:.0f} ms"
    if bundle.language_model:
        about += ", with a language model"
    return True, f"{folder.name:<16} {about}, reads {characters(bundle.alphabet)}"


def _flat(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _figures(figures: dict[str, Any]) -> Iterator[str]:
    """The summary, then the shares by signer in percent, worst first as the bundle has them."""
    for n, (name, value) in enumerate(figures.get("summary", {}).items()):
        yield line("" if n else "figures", f"{name}: {value}")
    tables = {k: v for k, v in figures.items() if k != "summary" and isinstance(v, dict) and v}
    signers = set(next(iter(tables.values()), {}))
    plain: dict[str, dict[str, float]] = {}
    for name, table in tables.items():
        if set(table) != signers:
            continue
        if all(isinstance(value, dict) for value in table.values()):
            yield from _columns(name, table)
        elif all(isinstance(value, int | float) for value in table.values()):
            for signer, value in table.items():
                plain.setdefault(signer, {})[name] = value
    yield from _columns("by signer", plain)


def _columns(name: str, rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    """One table of shares: a row a signer, in percent."""
    columns = list(next(iter(rows.values()), {}))
    shares = [[values.get(c, math.nan) for c in columns] for values in rows.values()]
    if not columns or not all(isinstance(x, int | float) for row in shares for x in row):
        return
    wide = max(len(signer) for signer in rows)
    yield ""
    yield f"  {name}, %"
    yield f"  {'':<{wide}}  " + "  ".join(columns)
    for signer, values in zip(rows, shares, strict=True):
        cells = (f"{100 * x:>{len(c)}.1f}" for x, c in zip(values, columns, strict=True))
        yield f"  {signer:<{wide}}  " + "  ".join(cells)
