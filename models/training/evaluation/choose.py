"""What a bundle or a checkpoint reads of the hands by which things are chosen, in a minute or two.

    python -m models.training.evaluation.choose .runs/stream/checkpoint.pt
    python -m models.training.evaluation.choose models/bundles/ishara-stream

Letters and words joined from drawn ways, and the real letters. A bundle is read by the whole
recogniser; a checkpoint in float by a beam search alone, without language model and endpoint.
The real words, the numbers and the phrases are not here: they are only reported, never chosen by.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from edge.config import RecognizeConfig
from edge.errors import UserError
from edge.recognize import open_recognizer
from edge.recognize.decode import BeamDecoder, DecoderCosts
from models.training.evaluation.metrics import Reading
from models.training.evaluation.outcomes import evaluate, misread, outcome
from models.training.evaluation.readers import Reader, alone, through
from models.training.evaluation.recorded_clips import SPEEDS, Tracked, at_speed, clips
from models.training.evaluation.transitions import (
    LETTER,
    MOVES_S,
    WORDS,
    Condition,
    Ways,
    letters,
    words,
)

_HOLDS_S = (0.0, 0.3, 1.0)


def reader(what: Path, costs: DecoderCosts) -> Reader:
    """Of a bundle's folder, or of a checkpoint with ``costs``.

    Raises:
        UserError: it is neither.
    """
    if what.is_dir() or not what.suffix:
        return through(open_recognizer(RecognizeConfig(bundle=str(what))))
    from models.training.evaluation.inference import float_predictor
    from models.training.export import restore

    trained = restore(what)
    decoder = BeamDecoder(trained.alphabet, costs=costs)
    return alone(float_predictor(trained.net), decoder, trained.look_ahead)


def report(read: Reader, data: Path, profile: str, count: int) -> Iterator[str]:
    """Lines, as they are measured; ``count`` of `WORDS`."""
    ways = Ways.load(data)
    for condition in (LETTER, Condition(0.4, 1.0, 0.5), Condition(0.8, 1.0)):
        found = evaluate(read, letters(ways, [condition]))
        yield f"drawn letters, {condition.name}: {_right(r for _, r in found.texts)}"
    for rest in (0.0, None):
        yield f"drawn words, {'no rest' if rest is None else 'from rest'}: % wrong (exact)"
        yield "  move, hold " + "".join(f"{hold:12g}" for hold in _HOLDS_S)
        for move in MOVES_S:
            row = f"  {move:10g} "
            for hold in _HOLDS_S:
                shown = words(ways, [Condition(move, hold, rest)], WORDS[:count])
                figure = evaluate(read, shown).all.figure
                row += f"{f'{100 * figure.cer:.1f} ({figure.exact})':>12}"
            yield row
    tracked = Tracked(profile)  # type: ignore[arg-type]
    real = clips(data, "letters")
    for speed in SPEEDS:
        texts = read([at_speed(tracked(clip), speed) for clip in real])
        readings = [Reading(clip.truth, text) for clip, text in zip(real, texts, strict=True)]
        ends = outcome("", readings)
        false = f"false before {ends.before}, after {ends.after}"
        yield f"real letters, {profile}, {speed:g}x, {false}: {_right(readings)}"


def _right(readings: Iterable[Reading]) -> str:
    found = list(readings)
    right = sum(r.read == r.truth for r in found)
    return f"{right} of {len(found)}; {misread(found)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", type=Path, help="a bundle's folder or name, or a checkpoint")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--profile", default="balanced")
    parser.add_argument("--words", type=int, default=len(WORDS), help="how many of the words")
    for name, chance in DecoderCosts().probabilities().items():
        parser.add_argument(
            f"--{name}", type=float, default=chance, metavar="0-1", help="for a checkpoint"
        )
    options = parser.parse_args()
    costs = {name: getattr(options, name) for name in DecoderCosts().probabilities()}
    try:
        read = reader(options.what, DecoderCosts.of(costs))
        for line in report(read, options.data, options.profile, options.words):
            print(line, flush=True)
    except UserError as error:
        sys.exit(f"choose: {error}")


if __name__ == "__main__":
    main()
