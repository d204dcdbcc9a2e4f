"""Figures on the validation signers, worst first, into a bundle, its card and its pictures.

    python -m models.training.evaluate .runs/stream/checkpoint.pt
    python -m models.training.evaluate CHECKPOINT --ten .runs/ten/checkpoint.pt --real real.json

``--ten`` reads real phrases of ten points by a model trained with ``--sets ten``; ``--real`` is
what ``python -m benchmarks.whole_path real --json`` wrote. Without them these figures are left out.
Run once, on the model that is shipped: nothing may be chosen by these figures. With ``--quick``
it measures a handful of samples, to check that it runs.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import torch

from edge.config import RecognizeConfig
from edge.errors import UserError
from edge.recognize import open_recognizer
from edge.recognize.bundle import FILE, Bundle, find, load
from edge.recognize.language_model import CharacterLM
from edge.recognize.model import StreamingModel
from models.training.architecture import Form
from models.training.evaluation import moving_hands, pictures
from models.training.evaluation.card import card
from models.training.evaluation.figures import calibrated, figures, written
from models.training.evaluation.inference import (
    Predictor,
    bundle_predictor,
    float_predictor,
    graph_predictor,
)
from models.training.evaluation.measurements import (
    QUICK,
    Measurements,
    SampleCounts,
    measure,
)
from models.training.evaluation.metrics import confusions
from models.training.evaluation.moving_hands import MovingHands, played
from models.training.evaluation.readme import markdown, replaced
from models.training.evaluation.signers import validation_signers
from models.training.evaluation.transcripts import Decoders, make_decoders
from models.training.export import BUNDLE, Trained, restore

CARD = "MODEL_CARD.md"
_LIVE = "int8 streaming"
_QUICK_EVERY = 12
"""Of the conditions and words of drawn hands, with ``--quick``."""
_ABSOLUTE = re.compile(r"(?<=\s)/\S*/")
"""Folders of the training machine, which are left out of the card."""


def predictors(trained: Trained, model: StreamingModel, other: Path | None) -> dict[str, Predictor]:
    """Float, with the full context too where that was trained, the step graph ``other``, and the
    bundle.

    Raises:
        UserError: ``other`` cannot be read.
    """
    out: dict[str, Predictor] = {}
    if trained.config.full_every:
        out["float full"] = float_predictor(trained.net, Form.FULL)
    out["float streaming"] = float_predictor(trained.net)
    if other:
        try:
            out[f"{other.stem} streaming"] = graph_predictor(other.read_bytes())
        except OSError as error:
            raise UserError(f"{other} cannot be read: {error.strerror}") from error
    return out | {_LIVE: bundle_predictor(model)}


def decoders(bundle: Bundle) -> Decoders:
    """Greedy, beam search, and beam search with the bundle's language model where it has one."""
    if bundle.language_model is None:
        return make_decoders(bundle.alphabet, bundle.costs)
    found = bundle.language_model
    language_model = CharacterLM.load(found.file).within(bundle.alphabet)
    return make_decoders(bundle.alphabet, bundle.costs, language_model, found.weight)


def write(
    measured: Measurements,
    moving: MovingHands,
    bundle: Bundle,
    trained: Trained,
    decoder: str,
    out: Path,
) -> dict[str, Any]:
    """``bundle.toml``, card and pictures into ``out``. Returns the tables."""
    tables = figures(measured, _LIVE, decoder, moving)
    out.mkdir(parents=True, exist_ok=True)
    toml = written((bundle.folder / FILE).read_text(encoding="utf-8"), tables)
    (out / FILE).write_text(toml, encoding="utf-8")
    training = {
        "command": _ABSOLUTE.sub("", trained.command), "revision": trained.revision,
        "steps": trained.step,
        "training_minutes": round(trained.minutes),
        "parameters": f"{sum(p.numel() for p in trained.net.parameters()) / 1e6:.2f}",
        "minutes": f"{measured.seconds / 60:.0f}",
    }  # fmt: skip
    (out / CARD).write_text(
        card(bundle, tables, training, validation_signers(measured), moving.missing),
        encoding="utf-8",
    )
    spelled = measured.phrases[_LIVE]
    pictures.confusions(
        confusions(t.reading for t in spelled[decoder]), bundle.alphabet, out / "confusions.png",
        f"{bundle.name}, {_LIVE}, {decoder}: phrases of the validation signers",
    )  # fmt: skip
    pictures.calibration(
        {name: calibrated(some) for name, some in spelled.items() if any(t.chars for t in some)},
        out / "calibration.png",
        f"{bundle.name}, {_LIVE}: characters of the validation signers' phrases",
    )
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--bundle", default=BUNDLE, help="its name, or its folder")
    parser.add_argument(
        "--out", type=Path, help="folder to write into; the bundle's own, or, with --quick, "
        "`quick` beside the checkpoint",
    )  # fmt: skip
    parser.add_argument("--ten", type=Path, help="the checkpoint of a model of ten points")
    parser.add_argument("--real", type=Path, help="made by benchmarks.whole_path real --json")
    parser.add_argument("--readme", type=Path, help="a README that gets the table of all hands")
    parser.add_argument("--graph", type=Path, help="another step graph, for comparison")
    parser.add_argument(
        "--quick", action="store_true", help="a handful of samples only, as a check"
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    try:
        trained = restore(args.checkpoint)
        bundle = load(find(args.bundle))
        model = StreamingModel(bundle)
        decoding = decoders(bundle)
        models = predictors(trained, model, args.graph)
        steps = bundle.provenance.get("steps")
        if (trained.alphabet, trained.step) != (bundle.alphabet, steps):
            raise UserError(f"{args.checkpoint} is not that of {bundle.folder}: export it first")
        clips = played(args.real, bundle.sha256) if args.real else ()
        recognizer = open_recognizer(RecognizeConfig(bundle=str(bundle.folder)))
        every = _QUICK_EVERY if args.quick else 1
        moving = moving_hands.measure(recognizer, args.data, args.ten, clips, every)
    except UserError as error:
        sys.exit(f"evaluate: {error}")
    counts = QUICK if args.quick else SampleCounts()
    measured = measure(models, _LIVE, model, decoding, args.data, counts)
    out = args.out or (args.checkpoint.parent / "quick" if args.quick else bundle.folder)
    decoder = "lm" if "lm" in decoding else "beam"
    tables = write(measured, moving, bundle, trained, decoder, out)
    for name, value in tables["summary"].items():
        print(f"{name}: {value}")
    print(f"\n{markdown(tables['overview'])}")
    if args.readme:
        text = args.readme.read_text(encoding="utf-8")
        args.readme.write_text(replaced(text, tables["overview"]), encoding="utf-8")


if __name__ == "__main__":
    main()
