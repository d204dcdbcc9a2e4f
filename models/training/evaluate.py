"""Figures on the validation signers, per signer, worst first, into the bundle and its card.

    python -m models.training.evaluate .runs/conv-ctc/checkpoint.pt --data ../shared/data

Run once, on the model that is shipped: nothing may be chosen by these figures.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from edge.recognize.bundle import load
from edge.recognize.model import StreamingModel
from models.training.data.hands import images
from models.training.evaluation.measure import Reader, Tally, held_letters, phrases
from models.training.export import BUNDLE, Trained, restore, write
from models.training.synthesis.bank import Bank, build
from models.training.synthesis.texts import Texts

CARD = Path(__file__).with_name("card.md")
_ALL = "abcdefghijklmnopqrstuvwxyz"


def live(model: StreamingModel) -> Reader:
    """The int8 step model, run tick by tick from silence, as live."""

    def read(features: Tensor) -> Tensor:
        out = []
        for window in features.numpy():
            model.reset()
            out.append(np.stack([model.step(tick) for tick in window]))
        return torch.from_numpy(np.stack(out))

    return read


def total(tallies: list[Tally]) -> float:
    return sum(t.errors for t in tallies) / max(1, sum(t.chars for t in tallies))


def measure(net: Reader, bank: Bank, texts: Texts, trained: Trained) -> dict[str, list[Tally]]:
    alphabet = trained.alphabet
    return {
        "phrases": phrases(net, bank, texts, alphabet, count=96, seed=11),
        "held": held_letters(net, bank, alphabet, count=30),
        "held_jz": held_letters(net, bank, alphabet, count=30, letters="jz"),
    }


def figures(small: dict[str, list[Tally]], full: dict[str, list[Tally]]) -> dict[str, Any]:
    """Tables for ``bundle.toml``."""
    late = np.array([x for t in small["phrases"] for x in t.late]) / 30 * 1000

    def by_signer(tallies: list[Tally]) -> dict[str, float]:
        rows = sorted(tallies, key=lambda t: -t.rate)
        return {t.signer: round(t.rate, 4) for t in rows}

    def shares(tallies: list[Tally]) -> dict[str, float]:
        rows = sorted(tallies, key=lambda t: t.share)
        return {t.signer: round(t.share, 4) for t in rows}

    wrong: Counter[str] = Counter()
    said: dict[str, Counter[str]] = {}
    for tally in small["held"]:
        for letter, instead in tally.wrong.items():
            wrong[letter] += len(instead)
            said.setdefault(letter, Counter()).update(x.strip() or "nothing" for x in instead)
    return {
        "summary": {
            "on": "validation signers, synthetic phrases and real stills, greedy, x86-64",
            "phrase_cer_int8": round(total(small["phrases"]), 4),
            "phrase_cer_float": round(total(full["phrases"]), 4),
            "held_int8": round(1 - total(small["held"]), 4),
            "held_float": round(1 - total(full["held"]), 4),
            "held_jz_int8": round(1 - total(small["held_jz"]), 4),
            "letter_end_to_emission_ms_p50": round(float(np.percentile(late, 50))),
            "letter_end_to_emission_ms_p95": round(float(np.percentile(late, 95))),
        },
        "phrase_cer_int8": by_signer(small["phrases"]),
        "phrase_cer_float": by_signer(full["phrases"]),
        "held_int8": shares(small["held"]),
        "held_float": shares(full["held"]),
        "held_jz_int8": shares(small["held_jz"]),
        "held_misread": {
            letter: ", ".join(f"{s} {n}" for s, n in said[letter].most_common(3))
            for letter, _ in wrong.most_common(8)
        },
    }


def card(tables: dict[str, Any], trained: Trained) -> str:
    """The model card: ``card.md`` with the figures filled in."""
    summary = tables["summary"]

    def percent(x: float) -> str:
        return f"{100 * x:.1f} %"

    rows = ["| signer | phrase CER | in float | held letters | in float |", "|---|---|---|---|---|"]
    for signer, rate in tables["phrase_cer_int8"].items():
        rows.append(
            f"| {signer} | {percent(rate)} | {percent(tables['phrase_cer_float'][signer])}"
            f" | {percent(tables['held_int8'][signer])} | {percent(tables['held_float'][signer])} |"
        )
    rows.append(
        f"| all | {percent(summary['phrase_cer_int8'])} | {percent(summary['phrase_cer_float'])}"
        f" | {percent(summary['held_int8'])} | {percent(summary['held_float'])} |"
    )
    misread = "; ".join(f"{k} as {v}" for k, v in tables["held_misread"].items())
    return CARD.read_text(encoding="utf-8").format(
        table="\n".join(rows),
        cost=round(100 * (summary["phrase_cer_int8"] - summary["phrase_cer_float"]), 1),
        misread=misread,
        jz=percent(summary["held_jz_int8"]),
        p50=summary["letter_end_to_emission_ms_p50"],
        p95=summary["letter_end_to_emission_ms_p95"],
        command=trained.command,
        steps=trained.step,
        minutes=round(trained.minutes),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--bundle", type=Path, default=BUNDLE)
    args = parser.parse_args()
    torch.set_num_threads(1)
    trained = restore(args.checkpoint)
    bundle = load(args.bundle)
    bank = build(images(args.data, "validation"), args.data, 0, fresh=False)
    texts = Texts(args.data)
    full = measure(trained.net, bank, texts, trained)
    small = measure(live(StreamingModel(bundle)), bank, texts, trained)
    tables = figures(small, full)
    write(args.bundle, bundle.model.read_bytes(), trained, args.data, tables)
    (args.bundle / "MODEL_CARD.md").write_text(card(tables, trained), encoding="utf-8")
    for name, value in tables["summary"].items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
