"""Decides which sources and letters to train on, and writes ``sources.csv``.

A small network that never saw a signer reads that signer's frames. A letter of a source that it
hardly ever reads is another chart or a wrong label: it is dropped, and so are those the notes on
the data warn of. The recorded rows (``letters_static``) tell neither chirality nor aspect: each
source gets the ones under which a network trained on the photos reads it best; sign 0
where both chiralities are among the rows and geometry tells them apart. What is left is read once
more by networks that learned from others only: then what was dropped teaches nobody.

    python -m models.training.data.clean --data ../shared/data
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.data.hands import (
    DIGITS,
    LETTERS,
    SOURCES,
    TWINS,
    Floats,
    Source,
    clips,
    images,
    recorded,
    training,
    turned_right,
)

_FRAMES = 80
"""At most so many frames of one letter of one source; more are near-duplicates."""
_SELDOM = 0.15
"""A letter read less often is dropped; true variants of M, N, S, T, K, P are read more often."""
_WARNED = {
    "gnk0007": "pstvwyz", "AdiCh10": "cgjknorz", "Dhivyeshp": "cd", "musaddiqh-code": "hl",
    "ardamavi": "36789", "lim-zhiyu": DIGITS, "grp1605": DIGITS,
}  # fmt: skip
"""What the notes on the data say is another chart; the digits of grp1605 are kept for testing."""
_SIGNS = LETTERS + DIGITS
_ALIKE = {"j": "ji", "z": "zd1", "d": "dz1", "1": "1dzgl"}
_ALIKE |= {a: a + b for a, b in TWINS.items()} | {b: b + a for a, b in TWINS.items()}
"""To a reader of single frames: still J is I, and digits look like letters."""
_ASPECTS = (0.5625, 0.75, 1.0, 4 / 3, 16 / 9)
_FOLDS = 6
_KNOWN = 5
"""Others who must show a letter before it can be said that one shows another."""
_MIXED = 0.03
"""By how much chirality row by row must be the better: where all rows are alike it only errs."""


def few(sources: list[Source], rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """At most `_FRAMES` frames a letter and source, with the letters' numbers."""
    hands, labels = [], []
    for source in sources:
        for number, letter in enumerate(_SIGNS):
            found = np.flatnonzero(source.letters == letter)
            found = rng.permutation(found)[:_FRAMES]
            hands.append(source.hands[found])
            labels.append(np.full(len(found), number))
    return np.concatenate(hands), np.concatenate(labels)


def fit(hands: Floats, labels: NDArray[np.int64], epochs: int = 14) -> torch.nn.Module:
    """A perceptron on single frames, turned at random by some 12 degrees."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(60, 256), torch.nn.ReLU(), torch.nn.Dropout(0.2),
        torch.nn.Linear(256, 128), torch.nn.ReLU(), torch.nn.Dropout(0.2),
        torch.nn.Linear(128, len(_SIGNS)),
    )  # fmt: skip
    steps = epochs * len(hands) // 256
    best = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(best, steps)
    x, y = torch.from_numpy(hands), torch.from_numpy(labels)
    for _ in range(steps):
        pick = torch.randint(len(x), (256,))
        turn = torch.linalg.matrix_exp(_skew(torch.randn(256, 3) * 0.2))
        batch = x[pick] @ turn + torch.randn(256, 21, 3) * 0.02
        loss = torch.nn.functional.cross_entropy(
            net((batch - batch[:, :1])[:, 1:].flatten(1)), y[pick], label_smoothing=0.05
        )
        best.zero_grad()
        loss.backward()
        best.step()
        rate.step()
    return net.eval()


def _skew(v: torch.Tensor) -> torch.Tensor:
    zero = torch.zeros_like(v[:, 0])
    x, y, z = v.unbind(1)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshape(-1, 3, 3)


def read(net: torch.nn.Module, hands: Floats) -> NDArray[np.int64]:
    with torch.no_grad():
        answer: NDArray[np.int64] = net(torch.from_numpy(hands[:, 1:]).flatten(1)).argmax(1).numpy()
    return answer


def shares(source: Source, guess: NDArray[np.int64]) -> dict[str, float]:
    """How much of each letter of ``source`` is read as it or as one alike."""
    named, share = np.array(list(_SIGNS))[guess], {}
    for letter in np.unique(source.letters):
        of = source.letters == letter
        share[str(letter)] = float(np.isin(named[of], list(_ALIKE.get(letter, letter))).mean())
    return share


def verdict(source: Source, guess: NDArray[np.int64], sign: float, aspect: float) -> dict[str, str]:
    """The row of ``sources.csv``: a letter seldom read rightly is dropped."""
    named = np.array(list(_SIGNS))[guess]
    right = np.array([g in _ALIKE.get(t, t) for g, t in zip(named, source.letters, strict=True)])
    share = shares(source, guess)
    seldom = {letter for letter, s in share.items() if s < _SELDOM}
    bad = "".join(sorted(seldom | set(_WARNED.get(source.name, ""))))
    use = len(set(share) - set(bad)) >= 5 and right.mean() > 0.55
    return {
        "file": source.file, "source": source.name, "frames": str(len(right)),
        "accuracy": f"{right.mean():.3f}", "sign": f"{sign:g}", "aspect": f"{aspect:.4f}",
        "dropped": bad, "use": str(int(use)),
    }  # fmt: skip


def again(rows: list[dict[str, str]], data: Path) -> None:
    """Drop, in place, more letters of the ``rows`` in use: those seldom read by networks that
    learned from what is in use of others."""
    sources = training(data, rows=rows)
    names = sorted({source.name for source in sources})
    of = {(row["file"], row["source"]): row for row in rows}
    showing = {sign: {s.name for s in sources if sign in s.letters} for sign in _SIGNS}
    for fold in range(_FOLDS):
        out = names[fold::_FOLDS]
        net = fit(*few([s for s in sources if s.name not in out], np.random.default_rng(0)))
        for source in (s for s in sources if s.name in out):
            row = of[source.file, source.name]
            share = shares(source, read(net, source.hands))
            seldom = {
                letter for letter, s in share.items()
                if s < _SELDOM and len(showing[letter] - {source.name}) >= _KNOWN
            }  # fmt: skip
            if seldom:
                row["dropped"] = "".join(sorted(seldom | set(row["dropped"])))
                print(source.file, source.name, "also", "".join(sorted(seldom)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    photos, rows = images(data, "train"), []
    for fold in range(5):
        net = fit(*few([s for n, s in enumerate(photos) if n % 5 != fold], rng))
        for source in photos[fold::5]:
            rows.append(verdict(source, read(net, source.hands), 1, 1))
            print(rows[-1], flush=True)
    bad = {row["source"]: row["dropped"] if row["use"] == "1" else _SIGNS for row in rows}
    kept = []
    for s in photos:
        good = ~np.isin(s.letters, list(bad[s.name]))
        kept.append(Source(s.name, s.file, s.hands[good], s.letters[good]))
    net = fit(*few(kept, rng))
    for source in [*recorded(data, "train"), *clips(data, "train")]:
        tried = []
        for sign in (1.0, -1.0, 0.0):
            for aspect in _ASPECTS:
                guess = read(net, turned_right(source, sign, aspect).hands)
                hit = float((np.array(list(_SIGNS))[guess] == source.letters).mean())
                tried.append((hit - (_MIXED if sign == 0 else 0), sign, aspect, guess))
        _, sign, aspect, guess = max(tried, key=lambda t: t[0])
        rows.append(verdict(source, guess, sign, aspect))
        print(rows[-1], flush=True)
    again(rows, data)
    with SOURCES.open("w", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (row["file"], row["source"].lower())))


if __name__ == "__main__":
    main()
