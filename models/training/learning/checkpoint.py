"""The checkpoint of a run: all that is needed to resume or to export it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from edge.errors import ConfigError
from models.training.learning.config import TrainingConfig

FILE = "checkpoint.pt"


@dataclass
class Checkpoint:
    """Attributes:
    net, ema, optimizer: state dictionaries; ``ema`` is what is exported.
    step, elapsed_s: steps done, and the time they took.
    command, revision: how the run was started, and the commit of its code.
    precision: of its last steps, ``bf16`` or ``fp32``.
    """

    config: TrainingConfig
    alphabet: str
    net: dict[str, Tensor]
    ema: dict[str, Tensor]
    optimizer: dict[str, Any]
    step: int
    elapsed_s: float
    command: str
    revision: str
    precision: str = "bf16"

    def save(self, folder: Path) -> None:
        """Replaces the one in ``folder``; never leaves half a file."""
        self._write(folder / FILE)

    def save_weights(self, file: Path) -> None:
        """The averaged weights in 16 bits, and how they were made: an eighth of a checkpoint, from
        which another run can begin but which none can resume."""
        small = _cast(self.ema, torch.float32, torch.float16)
        replace(self, net={}, optimizer={}, ema=small)._write(file)

    def _write(self, file: Path) -> None:
        contents = {**vars(self), "config": json.dumps(self.config.to_dict())}
        part = file.with_name(f"{file.name}.part")
        with part.open("wb") as opened:
            torch.save(contents, opened)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(file)

    @classmethod
    def load(cls, file: Path) -> Checkpoint:
        """
        Raises:
            ConfigError: there is none, or it is not of this program.
        """
        try:
            contents = torch.load(file, map_location="cpu", weights_only=True)
            contents["config"] = TrainingConfig.from_dict(json.loads(contents["config"]))
            contents["ema"] = _cast(contents["ema"], torch.float16, torch.float32)
            return cls(**contents)
        except FileNotFoundError as error:
            raise ConfigError(f"no checkpoint {file}: train first") from error
        except Exception as error:
            reason = str(error).split("\n")[0]
            raise ConfigError(f"{file} is no checkpoint of this program ({reason})") from error


def _cast(state: dict[str, Tensor], old: torch.dtype, new: torch.dtype) -> dict[str, Tensor]:
    return {name: t.to(new) if t.dtype == old else t for name, t in state.items()}


def revision() -> str:
    """The commit of the code that trains; with a note where files differ from it."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=True)
        changes = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.decode().strip() + (" and changes" if changes.stdout else "")
