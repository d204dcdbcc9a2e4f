"""What is kept of a run: all that is needed to go on with it, or to export it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from edge.errors import ConfigError
from models.training.learning.recipe import Recipe

FILE = "checkpoint.pt"


@dataclass
class Checkpoint:
    """Attributes:
    net, average, optimizer: state dictionaries; ``average`` is what is exported.
    step, spent: steps done, and seconds they took.
    command, revision: how the run was begun, and the commit of its code.
    """

    recipe: Recipe
    alphabet: str
    net: dict[str, Tensor]
    average: dict[str, Tensor]
    optimizer: dict[str, Any]
    step: int
    spent: float
    command: str
    revision: str

    def save(self, folder: Path) -> None:
        """Replaces the one in ``folder``; never leaves half a file."""
        told = {**vars(self), "recipe": json.dumps(self.recipe.told())}
        torch.save(told, folder / f"{FILE}.part")
        (folder / f"{FILE}.part").replace(folder / FILE)

    @classmethod
    def load(cls, file: Path) -> Checkpoint:
        """
        Raises:
            ConfigError: there is none, or it is not of this program.
        """
        try:
            told = torch.load(file, map_location="cpu", weights_only=True)
            return cls(**{**told, "recipe": Recipe.of(json.loads(told["recipe"]))})
        except FileNotFoundError as error:
            raise ConfigError(f"no checkpoint {file}: train first") from error
        except Exception as error:
            reason = str(error).split("\n")[0]
            raise ConfigError(f"{file} is no checkpoint of this program ({reason})") from error


def revision() -> str:
    """The commit of the code that trains; says so where files differ from it."""
    told = ["git", "-C", str(Path(__file__).parent)]
    try:
        commit = subprocess.run([*told, "rev-parse", "HEAD"], capture_output=True, check=True)
        changes = subprocess.run([*told, "status", "--porcelain", "-uno"], capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.decode().strip() + (" and changes" if changes.stdout else "")
