"""Character error rates of decoders, per kind of text, on the development split.

    python -m models.training.language_model.measure models/bundles/ishara-stream \
        --language-model language_model.npz

The texts are held out: the language model has not seen them. Its weight is chosen by this, and it
is used only if no kind of text gets worse with it.

The development signers showed no digits. With ``--trained`` the first training signers spell
numbers and addresses too: their error rates are too low, but show whether a language model helps.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.recognize.bundle import load
from edge.recognize.decode import BeamDecoder, DecoderCosts
from edge.recognize.language_model import CharacterLM
from edge.recognize.model import StreamingModel
from models.training.data.hands import Floats, training
from models.training.evaluation.inference import Predictor, bundle_predictor
from models.training.evaluation.metrics import Reading, total
from models.training.evaluation.readers import decoded
from models.training.evaluation.samples import OWN
from models.training.synthesis.batches import batch
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import KINDS, NUMBERED, Texts

_MAX_TICKS = 480
_MIN_CHARS = 8
"""Of a text; shorter items are joined by spaces."""


@dataclass(frozen=True)
class Transcript:
    """A model's answers to one text: ``log_probs`` [T, symbols] of ``features`` [T, WIDTH]."""

    kind: str
    truth: str
    signer: str
    log_probs: Floats
    features: Floats


def transcribe(
    predictor: Predictor,
    library: PoseLibrary,
    texts: Texts,
    alphabet: str,
    count: int,
    look_ahead: int,
    seed: int,
) -> list[Transcript]:
    """``count`` texts of every kind in ``texts``, by every signer, at real speed."""
    out = []
    for number, signer in enumerate(library.signers):
        for place, kind in enumerate(KINDS):
            if kind in NUMBERED and not texts.digits:
                continue
            rng = np.random.default_rng((seed, number, place))
            writer, made = ScriptWriter(library, texts, _MAX_TICKS, rng), 0
            while made < count:
                text = _text(texts, kind, rng)
                ticks = float(texts.pace[rng.integers(len(texts.pace))])
                timeline = writer.phrase(text, ticks, signer)
                if not timeline.text or timeline.text[-1][2] > _MAX_TICKS - 20:
                    continue
                features = batch([timeline], library, alphabet, look_ahead, rng, OWN).features
                end = int(timeline.text[-1][2]) + 20
                seen = features[:, :end]
                out.append(Transcript(kind, text, signer.name, predictor(seen)[0], seen[0]))
                made += 1
    return out


def _text(texts: Texts, kind: str, rng: np.random.Generator) -> str:
    text = texts.kind(kind, rng)
    while len(text) < _MIN_CHARS:
        text += " " + texts.kind(kind, rng)
    return text


def rates(
    transcripts: Iterable[Transcript], decoders: Mapping[str, BeamDecoder]
) -> dict[str, dict[str, float]]:
    """Character error rate by kind of text ("all" the last) and decoder."""
    transcripts = list(transcripts)
    kinds = {kind: [t for t in transcripts if t.kind == kind] for kind in KINDS}
    kinds = {kind: some for kind, some in kinds.items() if some} | {"all": transcripts}
    out: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    for name, decoder in decoders.items():
        read = {id(t): decoded(decoder, t.log_probs, t.features) for t in transcripts}
        for kind, some in kinds.items():
            readings = [Reading(t.truth, read[id(t)], t.signer) for t in some]
            out[kind][name] = total(readings).cer
    return out


def make_decoders(
    alphabet: str,
    costs: DecoderCosts,
    language_model: CharacterLM | None,
    weights: Sequence[float],
    width: int = 6,
) -> dict[str, BeamDecoder]:
    """A greedy decoder, a beam search, and one with the language model for each of ``weights``."""
    out = {"greedy": BeamDecoder(alphabet, 1), "beam": BeamDecoder(alphabet, width, costs)}
    for weight in weights if language_model else ():
        out[f"+{weight:g}"] = BeamDecoder(alphabet, width, costs, language_model, weight)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--language-model", type=Path, help="else the bundle's own")
    parser.add_argument("--weights", type=float, nargs="*", default=[0.2, 0.35, 0.5, 0.7])
    parser.add_argument(
        "--costs", type=float, nargs="+", metavar="0-1", help="insertion, repeat, digit and blank, "
        "as in a bundle's [decoding]; else the bundle's own",
    )  # fmt: skip
    parser.add_argument("--count", type=int, default=40, help="texts of a kind and a signer")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--trained", type=int, default=0, metavar="N", help="N training signers")
    args = parser.parse_args()
    bundle = load(args.bundle)
    found = bundle.language_model
    file = args.language_model or (found and found.file)
    language_model = CharacterLM.load(file).within(bundle.alphabet) if file else None
    costs = DecoderCosts(*np.log(args.costs).tolist()) if args.costs else bundle.costs
    library = build_library(
        training(args.data, development=not args.trained), args.data, 0, training_clips=False
    )
    library.signers[:] = library.signers[: args.trained or None]
    digits = all(set("0123456789") <= set(signer.letters) for signer in library.signers)
    texts = Texts(args.data, "held-out", digits=digits)
    predictor = bundle_predictor(StreamingModel(bundle))
    transcripts = transcribe(
        predictor, library, texts, bundle.alphabet, args.count, bundle.look_ahead, args.seed
    )
    decoders = make_decoders(bundle.alphabet, costs, language_model, args.weights)
    table = rates(transcripts, decoders)
    names = list(table["all"])
    print(f"{'CER %':16s}" + "".join(f"{name:>8s}" for name in names))
    for kind, row in table.items():
        print(f"{kind:16s}" + "".join(f"{100 * row[name]:8.1f}" for name in names))


if __name__ == "__main__":
    main()
