"""The loop: steps, weight averaging, validation and checkpoints."""

from __future__ import annotations

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from edge.errors import UserError
from models.training.aslfr.characters import ALPHABET
from models.training.learning.checkpoint import revision
from models.training.learning.ema import EMA
from models.training.learning.loop import Budget
from models.training.learning.precision import choose
from models.training.second.batches import Segments, Targets
from models.training.second.checkpoint import FILE, Checkpoint
from models.training.second.config import Config
from models.training.second.losses import losses
from models.training.second.model import Model

LOG = "log.csv"
SAVE_EVERY_S = 60
"""What a run loses that is killed."""
_LOG_EVERY_STEPS = 100
_FIELDS = (
    "seconds", "step", "learning_rate", "total", "forward", "reversed", "frames", "ctc",
    "confidence", "development_cer",
)  # fmt: skip


class Run:
    """One run in ``folder``, new, or that which is there and goes on.

    Everything random comes from the seed and the number of the step, so that a run that was
    killed ends where it would have ended.

    Args:
        start: a checkpoint whose averaged weights a new run begins with.

    Raises:
        UserError: ``folder`` holds a run of another configuration.
    """

    def __init__(
        self,
        folder: Path,
        config: Config,
        budget: Budget,
        command: str,
        start: Path | None = None,
        scored: bool = False,
        precision: str = "auto",
        validate_every_s: float = 600,
    ) -> None:
        torch.manual_seed(config.seed)
        self.folder, self.config, self.budget, self.command = folder, config, budget, command
        self.scored, self.validate_every_s = scored, validate_every_s
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.precision = choose(self.device, precision)
        folder.mkdir(parents=True, exist_ok=True)
        self.model = Model(config.size()).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), weight_decay=config.weight_decay, betas=(0.9, 0.98)
        )
        self.step, self.elapsed_s, self.revision = 0, 0.0, revision()
        self.finished = False
        there = (folder / FILE).is_file()
        if start and not there:
            saved = Checkpoint.load(start)
            if saved.config.size() != config.size():
                raise UserError(f"{start} is of another size than this run")
            self.model.load_state_dict(saved.ema)
            self.command = f"{saved.command} && {command}"
        self.ema = EMA(self.model, config.ema_decay)
        if there:
            self._go_on(Checkpoint.load(folder / FILE))

    def _go_on(self, saved: Checkpoint) -> None:
        if saved.config != self.config or saved.alphabet != ALPHABET:
            raise UserError(
                f"{self.folder} holds a run of another configuration: give another --out"
            )
        self.model.load_state_dict(saved.net)
        self.optimizer.load_state_dict(saved.optimizer)
        self.ema.load(saved.ema, saved.step)
        self.step, self.elapsed_s = saved.step, saved.elapsed_s
        self.command, self.finished = saved.command, saved.finished
        if saved.revision != self.revision:
            self.revision = f"{saved.revision}, from step {saved.step} {self.revision}"

    @property
    def done(self) -> float:
        """Share of the budget that is used; 1 for a run that ended."""
        return 1.0 if self.finished else self.budget.done(self.step, self.elapsed_s)

    def fit(self, batches: Iterator[Segments], validate: Callable[[Model], float]) -> None:
        """Train to the end of the budget; ``validate`` gives the error rate to be logged."""
        started = time.monotonic() - self.elapsed_s
        validated_s = saved_s = self.elapsed_s
        sums: dict[str, list[float]] = defaultdict(list)
        log = _Log(self.folder, self.step)
        for made in batches:
            for name, value in self._learn(made).items():
                sums[name].append(value)
            self.elapsed_s = time.monotonic() - started
            over = self.done >= 1
            if over or self.elapsed_s - saved_s > SAVE_EVERY_S:
                saved_s = self.elapsed_s
                self.save(over)
            if over or self.step % _LOG_EVERY_STEPS == 0:
                row: dict[str, Any] = {
                    "seconds": round(self.elapsed_s), "step": self.step,
                    "learning_rate": f"{self.optimizer.param_groups[0]['lr']:.2e}",
                    **{name: round(float(np.mean(values)), 4) for name, values in sums.items()},
                }  # fmt: skip
                sums.clear()
                if over or self.elapsed_s - validated_s > self.validate_every_s:
                    validated_s = self.elapsed_s
                    row["development_cer"] = round(validate(self.averaged()), 4)
                log.add(row)
                left = self.elapsed_s * (1 / max(1e-6, self.done) - 1) / 60
                print(f"{json.dumps(row)}  left {left:.1f} min", flush=True)
            if over:
                break

    def averaged(self) -> Model:
        """The averaged model, on the CPU."""
        made = Model(self.config.size())
        made.load_state_dict(self.ema.state)
        return made.eval()

    def _learn(self, made: Segments) -> dict[str, float]:
        config, size = self.config, self.model.size
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate_at(self.done, self.step)
        self.model.train()
        torch.manual_seed((config.seed << 32) + self.step)
        targets = Targets.of(made.texts, size)
        if "input_mask" not in config.without:
            rng = np.random.default_rng((config.seed, self.step, 4))
            targets = targets.masked(config.input_mask, size.unknown, rng)
        with self.precision.autocast(self.device):
            answer = self.model(
                torch.from_numpy(made.features).to(self.device),
                torch.from_numpy(made.lengths).to(self.device),
                torch.from_numpy(targets.given).to(self.device),
            )
        found = losses(answer, made, targets, config)
        self.optimizer.zero_grad()
        found["total"].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.ema.update(self.model)
        self.step += 1
        return {name: value.item() for name, value in found.items()}

    def save(self, finished: bool = False) -> None:
        self.finished = finished
        Checkpoint(
            self.config, ALPHABET, self.model.state_dict(), self.ema.state,
            self.optimizer.state_dict(), self.step, self.elapsed_s, self.command, self.revision,
            self.scored, finished,
        ).save(self.folder)  # fmt: skip


class _Log:
    """A row every hundred steps; rows after the last checkpoint of a killed run are left out."""

    def __init__(self, folder: Path, step: int) -> None:
        rows = []
        if step and (folder / LOG).is_file():
            with (folder / LOG).open(newline="") as text:
                rows = [row for row in csv.DictReader(text) if int(row["step"] or 0) <= step]
        self._file = (folder / LOG).open("w", newline="")
        self._writer = csv.DictWriter(self._file, _FIELDS)
        self._writer.writeheader()
        self._writer.writerows(rows)
        self._file.flush()

    def add(self, row: dict[str, Any]) -> None:
        self._writer.writerow(row)
        self._file.flush()
