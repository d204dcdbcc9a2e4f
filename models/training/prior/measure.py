"""Character error rates of ways to decode, per kind of text, on the signers kept for choosing.

    python -m models.training.prior.measure models/bundles/ishara-stream --prior prior.npz

The texts are held out: the prior has not seen them. The weight of a prior is
chosen by this, and it is worth having only where no kind of text gets worse by it.

The development signers showed no digits. With ``--trained`` the first training signers spell
numbers and addresses too: their rates are too good, but whether a prior helps can be seen.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.recognize.bundle import load
from edge.recognize.decode import Costs, Decoder
from edge.recognize.model import StreamingModel
from edge.recognize.prior import Prior
from models.training.data.hands import Floats, training
from models.training.evaluation.metrics import Reading, total
from models.training.evaluation.samples import OWN
from models.training.synthesis.batches import batch
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import KINDS, NUMBERED, Texts

_LONGEST = 480
_SHORTEST = 8
"""Characters of a text; shorter items are joined by spaces."""
Reader = Callable[[Floats], Floats]
"""Features [T, WIDTH] from silence to log-probabilities [T, symbols]."""


@dataclass(frozen=True)
class Heard:
    """What a model made of one text: ``log_probs`` [T, symbols]."""

    kind: str
    truth: str
    signer: str
    log_probs: Floats


def live(model: StreamingModel) -> Reader:
    """The step model of a bundle, run tick by tick from silence."""

    def read(features: Floats) -> Floats:
        model.reset()
        return np.stack([model.step(tick) for tick in features])

    return read


def hear(
    reader: Reader,
    library: PoseLibrary,
    texts: Texts,
    alphabet: str,
    count: int,
    look_ahead: int,
    seed: int,
) -> list[Heard]:
    """``count`` texts of every kind in ``texts``, by every signer, at real speed."""
    out = []
    for number, signer in enumerate(library.signers):
        for place, kind in enumerate(KINDS):
            if kind in NUMBERED and not texts.digits:
                continue
            rng = np.random.default_rng((seed, number, place))
            writer, made = ScriptWriter(library, texts, _LONGEST, rng), 0
            while made < count:
                text = _text(texts, kind, rng)
                ticks = float(texts.pace[rng.integers(len(texts.pace))])
                timeline = writer.phrase(text, ticks, signer)
                if not timeline.text or timeline.text[-1][2] > _LONGEST - 20:
                    continue
                features = batch([timeline], library, alphabet, look_ahead, rng, OWN).features[0]
                end = int(timeline.text[-1][2]) + 20
                out.append(Heard(kind, text, signer.name, reader(features[:end])))
                made += 1
    return out


def _text(texts: Texts, kind: str, rng: np.random.Generator) -> str:
    text = texts.kind(kind, rng)
    while len(text) < _SHORTEST:
        text += " " + texts.kind(kind, rng)
    return text


def decoded(decoder: Decoder, log_probs: Floats) -> str:
    """The text of one phrase, decoded as live."""
    decoder.reset()
    for n, tick in enumerate(log_probs):
        decoder.step(tick, n / 30)
    return "".join(char.text for char in decoder.chars).strip()


def rates(heard: Iterable[Heard], decoders: Mapping[str, Decoder]) -> dict[str, dict[str, float]]:
    """Character error rate by kind of text ("all" the last) and decoder."""
    heard = list(heard)
    kinds = {kind: [h for h in heard if h.kind == kind] for kind in KINDS}
    kinds = {kind: some for kind, some in kinds.items() if some} | {"all": heard}
    out: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    for name, decoder in decoders.items():
        read = {id(h): decoded(decoder, h.log_probs) for h in heard}
        for kind, some in kinds.items():
            readings = [Reading(h.truth, read[id(h)], h.signer) for h in some]
            out[kind][name] = total(readings).cer
    return out


def ways(
    alphabet: str, costs: Costs, prior: Prior | None, weights: Sequence[float], width: int = 6
) -> dict[str, Decoder]:
    """Greedy, the beam, and the beam with the prior at each of ``weights``."""
    out = {"greedy": Decoder(alphabet, 1), "beam": Decoder(alphabet, width, costs)}
    for weight in weights if prior else ():
        out[f"+{weight:g}"] = Decoder(alphabet, width, costs, prior, weight)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--prior", type=Path, help="a prior; else the bundle's own")
    parser.add_argument("--weights", type=float, nargs="*", default=[0.2, 0.35, 0.5, 0.7])
    parser.add_argument(
        "--costs", type=float, nargs="+", metavar="0-1", help="the bundle's, or new, again, digit, "
        "blank, as in edge.recognize.decode.Costs",
    )  # fmt: skip
    parser.add_argument("--count", type=int, default=40, help="texts of a kind and a signer")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--trained", type=int, default=0, metavar="N", help="N training signers")
    args = parser.parse_args()
    bundle = load(args.bundle)
    file = args.prior or (bundle.prior and bundle.prior.file)
    prior = Prior.load(file).within(bundle.alphabet) if file else None
    costs = Costs(*np.log(args.costs).tolist()) if args.costs else bundle.costs
    library = build_library(
        training(args.data, development=not args.trained), args.data, 0, training_clips=False
    )
    library.signers[:] = library.signers[: args.trained or None]
    digits = all(set("0123456789") <= set(signer.letters) for signer in library.signers)
    texts = Texts(args.data, "held-out", digits=digits)
    reader = live(StreamingModel(bundle))
    heard = hear(reader, library, texts, bundle.alphabet, args.count, bundle.look_ahead, args.seed)
    table = rates(heard, ways(bundle.alphabet, costs, prior, args.weights))
    names = list(table["all"])
    print(f"{'CER %':16s}" + "".join(f"{name:>8s}" for name in names))
    for kind, row in table.items():
        print(f"{kind:16s}" + "".join(f"{100 * row[name]:8.1f}" for name in names))


if __name__ == "__main__":
    main()
