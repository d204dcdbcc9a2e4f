"""What a second reader reads, beside the first pass, of the same landmarks.

    python -m models.training.second evaluate .runs/second/two/checkpoint.pt
    python -m models.training.second evaluate my-second --first ishara-stream --signers validation
    python -m models.training.second evaluate .runs/second/two/checkpoint.pt --aslfr FOLDER

Phrases of signers who were never trained on (settings are chosen by those of the development
split), whole segments of them, and words joined from drawn ways. A bundle reads by beam search as
in the daemon, a checkpoint greedily in float.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from edge.errors import UserError
from edge.recognize.hand_features import RATE
from models.training.aslfr.splits import SPLITS
from models.training.data.hands import Floats, images, training
from models.training.evaluation.metrics import Reading, by_signer, total
from models.training.evaluation.readers import features
from models.training.evaluation.samples import phrases as sample_phrases
from models.training.evaluation.transitions import WORDS, Condition, Ways, words
from models.training.second import validation
from models.training.second.batches import text_of
from models.training.second.checkpoint import Checkpoint
from models.training.second.config import Config
from models.training.second.feed import Phrases
from models.training.synthesis.pose_library import build_library
from models.training.synthesis.texts import Texts

_CONDITIONS = tuple(Condition(move, hold) for move in (0.25, 0.4) for hold in (0.0, 0.3))


@dataclass(frozen=True)
class Item:
    """One segment: features [T, width], its text and whose it is."""

    features: Floats
    truth: str
    signer: str


Read = Callable[[Sequence[Floats]], list[tuple[str, float]]]
"""Features of segments to texts and how sure they are, 0-1."""


def of_checkpoint(file: Path) -> Read:
    saved = Checkpoint.load(file)
    model = saved.model()

    def read(rows: Sequence[Floats]) -> list[tuple[str, float]]:
        out = []
        for row in rows:
            (found,) = model.read(torch.from_numpy(row[None]), torch.tensor([len(row)]))
            sure = found.confidence if saved.scored else float(np.exp(found.log_probability))
            out.append((text_of(found.symbols), sure))
        return out

    return read


def of_bundle(name: str) -> Read:
    from edge.recognize.second_reader import open_second

    reader = open_second(name)

    def read(rows: Sequence[Floats]) -> list[tuple[str, float]]:
        found = [reader.read_features(row, (np.arange(len(row)) / RATE).tolist()) for row in rows]
        return [(one.text, one.confidence) if one else ("", 0.0) for one in found]

    return read


def of_first(name: str) -> Read:
    """The first pass: a bundle, with its decoder, without the endpoint."""
    from edge.config import RecognizeConfig
    from edge.recognize import bundle, registry
    from models.training.evaluation.readers import decoded
    from models.training.evaluation.stepping import LOOK_AHEAD

    loaded = bundle.load(bundle.find(name))
    model, decoder = registry.kind(loaded.kind).open(loaded, RecognizeConfig(bundle=name), None)

    def read(rows: Sequence[Floats]) -> list[tuple[str, float]]:
        out = []
        for row in rows:
            model.reset()
            silence = np.zeros((LOOK_AHEAD + 1, row.shape[1]), np.float32)
            log_probs = np.stack([model.step(tick) for tick in np.concatenate([row, silence])])
            out.append((decoded(decoder, log_probs, row, model.look_ahead), float("nan")))
        return out

    return read


def synthetic(data: Path, split: str, count: int) -> list[Item]:
    """``count`` phrases a signer, as all models are compared on."""
    sources = images(data, "validation") if split == "validation" else training(data, True)
    library = build_library(sources, data, 0, training_clips=False)
    made = sample_phrases(library, Texts(data, "held-out", digits=False), count)
    return [Item(sample.features, sample.truth, sample.signer) for sample in made]


def segments(data: Path, count: int) -> list[Item]:
    """Whole segments of the development signers, moving as in training."""
    return [
        Item(row[:length], truth, signer)
        for made in validation.development(data, 1)
        for row, length, truth, signer in list(
            zip(made.features, made.lengths, made.texts, made.signers, strict=True)
        )[:count]
    ]


def drawn(data: Path, count: int) -> list[Item]:
    """``count`` words in each of a few conditions, joined from drawn ways."""
    shown = words(Ways.load(data), _CONDITIONS, WORDS[:count])
    return [Item(features(one.frames), one.truth, one.hand) for one in shown]


def real(folder: Path, cache: Path, sets: str, split: str) -> list[Item]:
    """Real phrases of the competition's folder."""
    source = Phrases(folder, cache, Config(sets=sets))
    made = validation.phrases(source, split, 0)  # type: ignore[arg-type]
    return [
        Item(row[:length], truth, signer)
        for one in made
        for row, length, truth, signer in zip(
            one.features, one.lengths, one.texts, one.signers, strict=True
        )
    ]


def auc(sure: Sequence[float], right: Sequence[bool]) -> float:
    """Area under the ROC curve of ``sure`` for what is ``right``; NaN where all is, or nothing, or
    a reader does not say how sure it is."""
    x, y = np.asarray(sure), np.asarray(right, bool)
    if y.all() or not y.any() or np.isnan(x).any():
        return float("nan")
    over = x[y][:, None] - x[~y][None]
    return float((over > 0).mean() + 0.5 * (over == 0).mean())


def lines(name: str, items: Sequence[Item], readers: dict[str, Read]) -> Iterable[str]:
    for reader, read in readers.items():
        begun = time.perf_counter()
        found = read([item.features for item in items])
        each_ms = 1000 * (time.perf_counter() - begun) / len(items)
        readings = [
            Reading(item.truth, text, item.signer)
            for item, (text, _) in zip(items, found, strict=True)
        ]
        figure, worst = total(readings), by_signer(readings)[0]
        area = auc([sure for _, sure in found], [r.truth == r.read for r in readings])
        yield (
            f"{name}, {reader}: {100 * figure.cer:.1f} % wrong of {figure.chars} characters,"
            f" {figure.exact} of {figure.texts} exact, worst signer {100 * worst.cer:.1f} %"
            + ("" if np.isnan(area) else f", AUC {area:.3f}")
            + f", {each_ms:.1f} ms each"
        )


def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.training.second evaluate")
    parser.add_argument("what", type=Path, help="a checkpoint, or a bundle's folder")
    parser.add_argument("--first", default="ishara-stream", help="bundle of the first pass")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--aslfr", type=Path, metavar="FOLDER", help="real phrases instead")
    parser.add_argument("--cache", type=Path, default=Path(".runs/aslfr"))
    parser.add_argument("--signers", choices=SPLITS[1:], default="development")
    parser.add_argument("--count", type=int, default=24, help="of each kind")
    options = parser.parse_args(given)
    torch.set_num_threads(1)
    try:
        bundled = options.what.is_dir()
        second = of_bundle(str(options.what)) if bundled else of_checkpoint(options.what)
        readers = {"first": of_first(options.first), "second": second}
        if options.aslfr:
            sets = "hand" if bundled else Checkpoint.load(options.what).config.sets
            if sets != "hand":
                del readers["first"]
            items = {"real phrases": real(options.aslfr, options.cache, sets, options.signers)}
        else:
            items = {
                "phrases": synthetic(options.data, options.signers, options.count),
                "segments": segments(options.data, options.count),
                "drawn words": drawn(options.data, options.count),
            }
        for name, some in items.items():
            for line in lines(name, some, readers):
                print(line, flush=True)
    except UserError as error:
        sys.exit(f"evaluate: {error}")
