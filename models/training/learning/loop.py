"""The loop: steps, weight averaging, validation and checkpoints, on one device or many."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from edge.errors import UserError
from models.training.architecture import Form, Model
from models.training.learning.checkpoint import FILE, Checkpoint, revision
from models.training.learning.config import TrainingConfig
from models.training.learning.curves import Curves
from models.training.learning.ema import EMA
from models.training.learning.loss import losses
from models.training.learning.precision import choose
from models.training.synthesis.batches import Batch

_LOG_EVERY_STEPS = 100
"""Steps between two rows of the log."""
SAVE_EVERY_S = 60
"""Seconds between two checkpoints: what a run loses that is killed."""
_THEN = " && "
"""Between the command of a run and that of the run that began with its weights."""


@dataclass(frozen=True)
class Budget:
    """A run ends after this many steps or minutes, whichever comes first; it also sets the learning
    rate schedule."""

    steps: int = 0
    minutes: float = 0.0

    def done(self, step: int, elapsed_s: float) -> float:
        """Share of the run that is done, 0-1."""
        return max(
            step / self.steps if self.steps else 0.0,
            elapsed_s / (60 * self.minutes) if self.minutes else 0.0,
        )


@dataclass(frozen=True)
class DistributedEnv:
    """The distributed environment, set by torchrun: process ``rank`` of ``world``, ``device``."""

    rank: int
    world: int
    device: torch.device

    @classmethod
    def detect(cls) -> DistributedEnv:
        """The environment of this process; joins the process group if torchrun started one."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        gpu = torch.cuda.is_available()
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if gpu else None
        if world > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("nccl" if gpu else "gloo")
        return cls(int(os.environ.get("RANK", "0")), world, device or torch.device("cpu"))


class Run:
    """One training run in ``folder``, new or resumed.

    Everything random comes from the seed and the number of the step, so that a run resumed from
    its last checkpoint ends where it would have ended.

    Args:
        validate_every_s: seconds between two validations.
        start: a checkpoint whose averaged weights a new run begins with.
        precision: one of `models.training.learning.precision.CHOICES`.

    Raises:
        UserError: ``folder`` holds a run of another configuration, or ``start`` is of another
            size.
    """

    def __init__(
        self,
        folder: Path,
        config: TrainingConfig,
        alphabet: str,
        budget: Budget,
        command: str,
        env: DistributedEnv,
        resume: bool = False,
        validate_every_s: float = 300,
        start: Path | None = None,
        precision: str = "auto",
    ) -> None:
        torch.manual_seed(config.seed)
        self.folder, self.config, self.alphabet = folder, config, alphabet
        self.budget, self.command, self.env = budget, command, env
        self.validate_every_s, self.precision = validate_every_s, choose(env.device, precision)
        folder.mkdir(parents=True, exist_ok=True)
        model = config.model(1 + len(alphabet)).to(env.device)
        self.model: Model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema_model = config.model(1 + len(alphabet))
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), weight_decay=config.weight_decay
        )
        self.step, self.elapsed_s, self.revision = 0, 0.0, revision()
        resumed = resume and (folder / FILE).is_file()
        if start and not resumed:
            self._start_from(Checkpoint.load(start), start)
        self.ema = EMA(self.model, config.ema_decay)
        if resumed:
            self._resume(Checkpoint.load(folder / FILE))
        self.net: nn.Module = self.model
        if env.world > 1:
            self.net = nn.parallel.DistributedDataParallel(self.model, find_unused_parameters=True)
        self.curves = Curves(folder, self.step) if env.rank == 0 else None

    def _start_from(self, saved: Checkpoint, file: Path) -> None:
        if differences := self.config.size_differences(saved.config):
            raise UserError(f"{file} is of another size than this run: {differences}")
        if saved.alphabet != self.alphabet:
            raise UserError(f"{file} reads other characters than this run")
        try:
            self.model.load_state_dict(saved.ema)
        except RuntimeError as error:
            raise UserError(f"{file} has other weights than the networks of today") from error
        self.command = f"{saved.command}{_THEN}{self.command}"

    def _resume(self, saved: Checkpoint) -> None:
        if saved.config != self.config:
            raise UserError(
                f"{self.folder} holds a run of another configuration: give another folder"
            )
        self.model.load_state_dict(saved.net)
        self.optimizer.load_state_dict(saved.optimizer)
        self.ema.load(saved.ema, saved.step)
        self.step, self.elapsed_s = saved.step, saved.elapsed_s
        if saved.revision != self.revision:
            self.revision = f"{saved.revision}, from step {saved.step} {self.revision}"
        before, then, _ = saved.command.rpartition(_THEN)
        self.command = f"{before}{then}{self.command}"

    def fit(
        self, batches: Iterator[Batch], validate: Callable[[Model], dict[str, float]]
    ) -> dict[str, float]:
        """Trains to the end of the budget.

        Args:
            validate: gives the figures of the averaged model, which are logged.

        Returns:
            The figures of the last validation.
        """
        started = time.monotonic() - self.elapsed_s
        validated_s = saved_s = self.elapsed_s
        sums = np.zeros((3, 2))
        figures: dict[str, float] = {}
        for made in batches:
            form, lost = self._learn(made)
            which = [0, 1] if form is Form.STREAMING else [2]
            sums[which, 0] += lost[: len(which)]
            sums[which, 1] += 1
            self.elapsed_s = time.monotonic() - started
            over = self.budget.done(self.step, self.elapsed_s) >= 1
            if self.env.rank == 0 and (over or self.elapsed_s - saved_s > SAVE_EVERY_S):
                saved_s = self.elapsed_s
                self.save()
            if self.env.rank == 0 and (self.step % _LOG_EVERY_STEPS == 0 or over):
                row = self._row(sums)
                sums[:] = 0
                if over or self.elapsed_s - validated_s > self.validate_every_s:
                    validated_s = self.elapsed_s
                    figures = self._validate(validate)
                    row |= figures
                self._show(row)
            if over:
                break
        return figures

    def _learn(self, made: Batch) -> tuple[Form, tuple[float, float]]:
        config, done = self.config, self.budget.done(self.step, self.elapsed_s)
        full = bool(config.full_every) and self.step % config.full_every == config.full_every - 1
        form = Form.FULL if full else Form.STREAMING
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate_at(done, self.step)
        self.net.train()
        device = self.env.device
        torch.manual_seed((config.seed << 32) + self.step * self.env.world + self.env.rank)
        with self.precision.autocast(device):
            features = torch.from_numpy(made.features).to(device)
            logits = self.net(features, torch.from_numpy(made.lengths).to(device), form)
        ctc, frames = losses(logits, made)
        self.optimizer.zero_grad()
        (frames + config.ctc_weight(done) * ctc).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimizer.step()
        self.ema.update(self.model)
        self.step += 1
        return form, (ctc.item(), frames.item())

    def _row(self, sums: Any) -> dict[str, Any]:
        means = [round(total / count, 4) if count else "" for total, count in sums]
        return {
            "seconds": round(self.elapsed_s), "step": self.step,
            "learning_rate": f"{self.optimizer.param_groups[0]['lr']:.2e}",
            "ctc": means[0], "frames": means[1], "ctc_full": means[2],
        }  # fmt: skip

    def _validate(self, validate: Callable[[Model], dict[str, float]]) -> dict[str, float]:
        self.ema_model.load_state_dict(self.ema.state)
        return validate(self.ema_model)

    def _show(self, row: dict[str, Any]) -> None:
        assert self.curves is not None
        self.curves.add(row)
        done = max(1e-6, self.budget.done(self.step, self.elapsed_s))
        left = self.elapsed_s * (1 / done - 1) / 60
        print(f"{json.dumps(row)}  left {left:.1f} min", flush=True)
        if "development_cer" in row:
            self.curves.draw()

    def save(self) -> None:
        Checkpoint(
            self.config, self.alphabet, self.model.state_dict(), self.ema.state,
            self.optimizer.state_dict(), self.step, self.elapsed_s, self.command, self.revision,
            self.precision.name,
        ).save(self.folder)  # fmt: skip
