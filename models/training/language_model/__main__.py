"""Make a character language model of the training part of the texts.

python -m models.training.language_model --data ../shared/data --out language_model.npz
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from edge.recognize.language_model import CharacterLM
from models.training.aslfr.characters import ALPHABET
from models.training.language_model.build import build
from models.training.language_model.corpus import corpus
from models.training.synthesis.texts import KINDS, Texts

_PARTS = 5


def cost(model: CharacterLM, texts: Iterable[tuple[str, float]]) -> float:
    """Mean nats per character of weighted texts, each between two spaces."""
    nats = weight = 0.0
    for text, times in texts:
        text = f" {text} "
        for at in range(1, len(text)):
            nats -= times * float(model.log_probs(text[:at])[model.alphabet.index(text[at])])
        weight += times * (len(text) - 1)
    return nats / weight


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--order", type=int, default=6)
    parser.add_argument("--min-gain", type=float, default=1.0, help="nats; see build")
    args = parser.parse_args()
    texts = corpus(Texts(args.data))
    shape = (ALPHABET, args.order, args.min_gain)
    # The cost of a character on uncounted texts: a fifth is left out to measure it.
    uncounted = texts[::_PARTS]
    counted = [pair for n, pair in enumerate(texts) if n % _PARTS]
    mean = cost(CharacterLM(build(counted, *shape)), uncounted)
    tables = build(texts, *shape, mean=mean)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with args.out.open("wb") as file:
        np.savez_compressed(file, **tables)
    sha256 = hashlib.sha256(args.out.read_bytes()).hexdigest()
    model = CharacterLM.load(args.out)
    size = args.out.stat().st_size / 1000
    print(f"{args.out}: {len(tables['shares'])} n-grams, {size:.0f} kB, sha256 {sha256}")
    print(f"a character costs {mean:.2f} nats; held out, by kind:")
    held, rng = Texts(args.data, "held-out"), np.random.default_rng(0)
    for kind in KINDS:
        some = [(held.kind(kind, rng), 1.0) for _ in range(300)]
        print(f"  {kind:15s}{cost(model, some):6.2f}")


if __name__ == "__main__":
    main()
