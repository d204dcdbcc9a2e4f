"""Make a prior of the training part of the texts.

python -m models.training.prior --data ../shared/data --out prior.npz
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from edge.recognize.prior import Prior
from models.training.aslfr.characters import ALPHABET
from models.training.prior.build import build
from models.training.prior.corpus import corpus
from models.training.synthesis.texts import KINDS, Texts

_PARTS = 5


def cost(prior: Prior, texts: Iterable[tuple[str, float]]) -> float:
    """Mean nats per character of weighted texts, each between two spaces."""
    nats = weight = 0.0
    for text, times in texts:
        text = f" {text} "
        for at in range(1, len(text)):
            nats -= times * float(prior.logp(text[:at])[prior.alphabet.index(text[at])])
        weight += times * (len(text) - 1)
    return nats / weight


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--order", type=int, default=6)
    parser.add_argument("--gain", type=float, default=1.0)
    args = parser.parse_args()
    texts = corpus(Texts(args.data))
    shape = (ALPHABET, args.order, args.gain)
    # What a character costs on texts that were not counted: a fifth is left out to see.
    unseen = texts[::_PARTS]
    seen = [pair for n, pair in enumerate(texts) if n % _PARTS]
    mean = cost(Prior(build(seen, *shape)), unseen)
    tables = build(texts, *shape, mean=mean)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with args.out.open("wb") as file:
        np.savez_compressed(file, **tables)
    told = hashlib.sha256(args.out.read_bytes()).hexdigest()
    prior = Prior.load(args.out)
    size = args.out.stat().st_size / 1000
    print(f"{args.out}: {len(tables['shares'])} n-grams, {size:.0f} kB, sha256 {told}")
    print(f"a character costs {mean:.2f} nats; by kind, of what is held out:")
    held, rng = Texts(args.data, "held-out"), np.random.default_rng(0)
    for kind in KINDS:
        some = [(held.kind(kind, rng), 1.0) for _ in range(300)]
        print(f"  {kind:15s}{cost(prior, some):6.2f}")


if __name__ == "__main__":
    main()
