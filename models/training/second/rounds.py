"""The two rounds: models of folds, whose scores of the others' samples the final model learns."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from edge.errors import ConfigError
from models.training.learning.loop import Budget
from models.training.second import scores
from models.training.second.checkpoint import FILE, Checkpoint
from models.training.second.feed import Phrases, Scores, Synthetic, stream, without_fold
from models.training.second.folds import folds_of
from models.training.second.run import Run
from models.training.second.validation import Validator, development, phrases

Source = Synthetic | Phrases
FINAL = "two"
_FOLDS = "folds.json"


def one(
    source: Source, out: Path, folds: int, budget: Budget, command: str, only: int | None = None,
    workers: int = 1, precision: str = "auto",
) -> None:  # fmt: skip
    """One model a fold, none of which sees its own fold's signers; those that are done stay.

    Args:
        folds: 1: a single model of all signers, which no second round can follow.
        budget: of all folds together.
        only: train this fold alone.
    """
    out.mkdir(parents=True, exist_ok=True)
    dealt = folds_of(source.signers(), folds)
    (out / _FOLDS).write_text(json.dumps({"folds": folds, "signers": dealt}), encoding="utf-8")
    each = Budget(budget.steps // folds, budget.minutes / folds)
    for fold in range(folds) if only is None else [only]:
        config = replace(source.config, seed=source.config.seed + fold)
        run = Run(_folder(out, fold), config, each, command, precision=precision)
        if run.done < 1:
            kept = without_fold(source, fold, folds)
            print(f"fold {fold} of {folds}: {len(kept)} signers, from step {run.step}", flush=True)
            _train(run, replace(source, config=config, only=kept), workers)


def two(
    source: Source, out: Path, budget: Budget, command: str, batches: int, start: Path | None,
    workers: int = 1, precision: str = "auto",
) -> None:  # fmt: skip
    """The final model: of all signers, its confidence taught by the scores of the first round.

    Raises:
        ConfigError: the first round is not there, or is of one fold.
    """
    run = Run(
        out / FINAL, source.config, budget, command, start, scored=True, precision=precision
    )  # fmt: skip
    if run.done < 1:
        found = scored(source, out, batches)
        print(f"the final model, from step {run.step}", flush=True)
        _train(run, replace(source, scores=found), workers)


def scored(source: Source, out: Path, batches: int) -> Scores:
    """What the models of the first round read of signers whom they have never seen.

    Raises:
        ConfigError: as `two`.
    """
    try:
        dealt = json.loads((out / _FOLDS).read_text(encoding="utf-8"))
        folds, whose = int(dealt["folds"]), {str(k): int(v) for k, v in dealt["signers"].items()}
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"no first round in {out} ({error}): run `one` first") from error
    if folds < 2:
        raise ConfigError(f"the first round in {out} left nobody out: run `one` with --folds 3")
    saved = [Checkpoint.load(_folder(out, fold) / FILE) for fold in range(folds)]
    if waiting := [fold for fold, model in enumerate(saved) if not model.finished]:
        raise ConfigError(f"fold {waiting[0]} in {out} is not done: go on with `one` first")
    models = [one.model() for one in saved]
    file = out / scores.FILE
    if isinstance(source, Synthetic):
        return scores.of_synthesis(models, whose, source, batches, file)
    return scores.of_phrases(models, whose, source, file)


def _folder(out: Path, fold: int) -> Path:
    return out / f"fold-{fold}"


def _train(run: Run, source: Source, workers: int) -> None:
    made = development(source.data) if isinstance(source, Synthetic) else phrases(source)
    with stream(source, run.step, workers) as batches:
        run.fit(batches, Validator(made))
