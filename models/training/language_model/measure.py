"""Character error rates of ways to decode, per kind of text, on the development split.

    python -m models.training.language_model.measure models/bundles/ishara-stream \
        --language-model language_model.npz

The texts are held out: the language model has not seen them. Its weight is chosen by this, and it
is used only if no kind of text gets worse with it.

The signers of the development split showed no digits. With ``--trained`` the first signers of the
training split spell, numbers and addresses too: their rates are too good, but show whether a
language model helps.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.recognize.bundle import load
from edge.recognize.decode import BeamDecoder, DecoderCosts
from edge.recognize.language_model import CharacterLM
from edge.recognize.model import StreamingModel
from models.training.data.hands import Floats, training
from models.training.evaluation.metrics import Reading, total
from models.training.evaluation.samples import OWN
from models.training.synthesis.bank import Bank, build
from models.training.synthesis.script import Writer
from models.training.synthesis.synth import batch
from models.training.synthesis.texts import KINDS, NUMBERED, Texts

_MAX_TICKS = 480
_MIN_CHARS = 8
"""Of a text; shorter items are joined by spaces."""
Reader = Callable[[Floats], Floats]
"""Features [T, width] after a reset to log-probabilities [T, symbols]."""


@dataclass(frozen=True)
class Transcript:
    """A model's answers to one text: ``log_probs`` [T, symbols]."""

    kind: str
    truth: str
    signer: str
    log_probs: Floats


def live(model: StreamingModel) -> Reader:
    """The step model of a bundle, run tick by tick after a reset."""

    def read(features: Floats) -> Floats:
        model.reset()
        return np.stack([model.step(tick) for tick in features])

    return read


def transcribe(
    reader: Reader, bank: Bank, texts: Texts, alphabet: str, count: int, look_ahead: int, seed: int
) -> list[Transcript]:
    """``count`` texts of every kind in ``texts``, by every signer, at real speed."""
    out = []
    for number, signer in enumerate(bank.signers):
        for place, kind in enumerate(KINDS):
            if kind in NUMBERED and not texts.digits:
                continue
            rng = np.random.default_rng((seed, number, place))
            writer, made = Writer(bank, texts, _MAX_TICKS, rng), 0
            while made < count:
                text = _text(texts, kind, rng)
                ticks = float(texts.pace[rng.integers(len(texts.pace))])
                score = writer.phrase(text, ticks, signer)
                if not score.text or score.text[-1][2] > _MAX_TICKS - 20:
                    continue
                features = batch([score], bank, alphabet, look_ahead, rng, OWN).features[0]
                end = int(score.text[-1][2]) + 20
                out.append(Transcript(kind, text, signer.name, reader(features[:end])))
                made += 1
    return out


def _text(texts: Texts, kind: str, rng: np.random.Generator) -> str:
    text = texts.kind(kind, rng)
    while len(text) < _MIN_CHARS:
        text += " " + texts.kind(kind, rng)
    return text


def decoded(decoder: BeamDecoder, log_probs: Floats) -> str:
    """The text of one phrase, decoded tick by tick."""
    decoder.reset()
    for n, tick in enumerate(log_probs):
        decoder.step(tick, n / 30)
    return "".join(char.text for char in decoder.chars).strip()


def rates(
    transcripts: Iterable[Transcript], decoders: Mapping[str, BeamDecoder]
) -> dict[str, dict[str, float]]:
    """Character error rate by kind of text ("all" the last) and decoder."""
    transcripts = list(transcripts)
    kinds = {kind: [t for t in transcripts if t.kind == kind] for kind in KINDS}
    kinds = {kind: some for kind, some in kinds.items() if some} | {"all": transcripts}
    out: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    for name, decoder in decoders.items():
        read = {id(t): decoded(decoder, t.log_probs) for t in transcripts}
        for kind, some in kinds.items():
            readings = [Reading(t.truth, read[id(t)], t.signer) for t in some]
            out[kind][name] = total(readings).cer
    return out


def ways(
    alphabet: str,
    costs: DecoderCosts,
    language_model: CharacterLM | None,
    weights: Sequence[float],
    width: int = 6,
) -> dict[str, BeamDecoder]:
    """Greedy, the beam, and the beam with the language model at each of ``weights``."""
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
    bank = build(training(args.data, choosing=not args.trained), args.data, 0, fresh=False)
    bank.signers[:] = bank.signers[: args.trained or None]
    digits = all(set("0123456789") <= set(signer.letters) for signer in bank.signers)
    texts = Texts(args.data, "held-out", digits=digits)
    reader = live(StreamingModel(bundle))
    transcripts = transcribe(
        reader, bank, texts, bundle.alphabet, args.count, bundle.look_ahead, args.seed
    )
    table = rates(transcripts, ways(bundle.alphabet, costs, language_model, args.weights))
    names = list(table["all"])
    print(f"{'CER %':16s}" + "".join(f"{name:>8s}" for name in names))
    for kind, row in table.items():
        print(f"{kind:16s}" + "".join(f"{100 * row[name]:8.1f}" for name in names))


if __name__ == "__main__":
    main()
