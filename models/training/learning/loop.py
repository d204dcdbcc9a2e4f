"""The loop: steps, the average, the judge and checkpoints, on one device or many."""

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
from models.training.learning.average import Average
from models.training.learning.checkpoint import FILE, Checkpoint, revision
from models.training.learning.curves import Curves
from models.training.learning.loss import losses
from models.training.learning.recipe import Recipe
from models.training.synthesis.synth import Batch

_SHOWN = 100
"""Steps between two rows of the log."""


@dataclass(frozen=True)
class Budget:
    """A run ends after so many steps or minutes, whichever is given; the schedule goes by it."""

    steps: int = 0
    minutes: float = 0.0

    def done(self, step: int, spent: float) -> float:
        """Share of the run that is over, 0-1."""
        return max(
            step / self.steps if self.steps else 0.0,
            spent / (60 * self.minutes) if self.minutes else 0.0,
        )


@dataclass(frozen=True)
class Place:
    """Where this process trains: ``rank`` of ``world``, as torchrun tells it."""

    rank: int
    world: int
    device: torch.device

    @classmethod
    def found(cls) -> Place:
        """Joins the others where torchrun started several."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        gpu = torch.cuda.is_available()
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if gpu else None
        if world > 1 and not torch.distributed.is_initialized():
            torch.distributed.init_process_group("nccl" if gpu else "gloo")
        return cls(int(os.environ.get("RANK", "0")), world, device or torch.device("cpu"))


class Run:
    """One training run in ``folder``, new or taken up again.

    Args:
        every: seconds between two looks of the judge.

    Raises:
        UserError: ``folder`` holds a run of another recipe.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        alphabet: str,
        budget: Budget,
        command: str,
        place: Place,
        resume: bool = False,
        every: float = 300,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.folder, self.recipe, self.alphabet = folder, recipe, alphabet
        self.budget, self.command, self.place = budget, command, place
        self.every = every
        folder.mkdir(parents=True, exist_ok=True)
        model = recipe.model(1 + len(alphabet)).to(place.device)
        self.model: Model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.smooth = recipe.model(1 + len(alphabet))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), weight_decay=recipe.decay)
        self.average = Average(self.model, recipe.average)
        self.step, self.spent, self.revision = 0, 0.0, revision()
        if resume and (folder / FILE).is_file():
            self._take_up(Checkpoint.load(folder / FILE))
        self.net: nn.Module = self.model
        if place.world > 1:
            self.net = nn.parallel.DistributedDataParallel(self.model, find_unused_parameters=True)
        self.curves = Curves(folder, more=self.step > 0) if place.rank == 0 else None

    def _take_up(self, saved: Checkpoint) -> None:
        if saved.recipe != self.recipe:
            raise UserError(f"{self.folder} holds a run of another recipe: name another folder")
        self.model.load_state_dict(saved.net)
        self.optimizer.load_state_dict(saved.optimizer)
        self.average.state, self.average.steps = saved.average, saved.step
        self.step, self.spent = saved.step, saved.spent
        if saved.revision != self.revision:
            self.revision = f"{saved.revision}, from step {saved.step} {self.revision}"

    def go(
        self, batches: Iterator[Batch], judge: Callable[[Model], dict[str, float]]
    ) -> dict[str, float]:
        """Trains to the end of the budget.

        Args:
            judge: figures of the averaged model, which are logged.

        Returns:
            The last figures of the judge.
        """
        begun = time.monotonic() - self.spent
        judged, sums = self.spent, np.zeros((3, 2))
        found: dict[str, float] = {}
        for made in batches:
            form, lost = self._learn(made)
            which = [0, 1] if form is Form.STREAMING else [2]
            sums[which, 0] += lost[: len(which)]
            sums[which, 1] += 1
            self.spent = time.monotonic() - begun
            over = self.budget.done(self.step, self.spent) >= 1
            if self.place.rank == 0 and (self.step % _SHOWN == 0 or over):
                row = self._row(sums)
                sums[:] = 0
                if over or self.spent - judged > self.every:
                    judged = self.spent
                    found = self._judged(judge)
                    row |= found
                    self.save()
                self._show(row)
            if over:
                break
        return found

    def _learn(self, made: Batch) -> tuple[Form, tuple[float, float]]:
        recipe, done = self.recipe, self.budget.done(self.step, self.spent)
        full = bool(recipe.full_every) and self.step % recipe.full_every == recipe.full_every - 1
        form = Form.FULL if full else Form.STREAMING
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.rate(done, self.step)
        self.net.train()
        device = self.place.device
        with torch.autocast(device.type, torch.bfloat16):
            features = torch.from_numpy(made.features).to(device)
            logits = self.net(features, torch.from_numpy(made.lengths).to(device), form)
        ctc, frames = losses(logits, made)
        self.optimizer.zero_grad()
        (ctc + recipe.weight(done) * frames).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(self.model)
        self.step += 1
        return form, (ctc.item(), frames.item())

    def _row(self, sums: Any) -> dict[str, Any]:
        means = [round(total / count, 4) if count else "" for total, count in sums]
        return {
            "seconds": round(self.spent), "step": self.step,
            "rate": f"{self.optimizer.param_groups[0]['lr']:.2e}",
            "ctc": means[0], "frames": means[1], "ctc_full": means[2],
        }  # fmt: skip

    def _judged(self, judge: Callable[[Model], dict[str, float]]) -> dict[str, float]:
        self.smooth.load_state_dict(self.average.state)
        return judge(self.smooth)

    def _show(self, row: dict[str, Any]) -> None:
        assert self.curves is not None
        self.curves.add(row)
        done = max(1e-6, self.budget.done(self.step, self.spent))
        left = self.spent * (1 / done - 1) / 60
        print(f"{json.dumps(row)}  left {left:.1f} min", flush=True)
        if "choosing_cer" in row:
            self.curves.draw()

    def save(self) -> None:
        Checkpoint(
            self.recipe, self.alphabet, self.model.state_dict(), self.average.state,
            self.optimizer.state_dict(), self.step, self.spent, self.command, self.revision,
        ).save(self.folder)  # fmt: skip
