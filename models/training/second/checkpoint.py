"""The checkpoint of a run: all that is needed to go on, or to export it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from edge.errors import ConfigError
from models.training.second.config import Config
from models.training.second.model import Model

FILE = "checkpoint.pt"
_KIND = "second reader"


@dataclass
class Checkpoint:
    """Attributes:
    net, ema, optimizer: state dictionaries; ``ema`` is what reads.
    step, elapsed_s: steps done, and the time they took.
    command, revision: how the run was started, and the commit of its code.
    scored: its confidence was taught.
    """

    config: Config
    alphabet: str
    net: dict[str, Tensor]
    ema: dict[str, Tensor]
    optimizer: dict[str, Any]
    step: int
    elapsed_s: float
    command: str
    revision: str
    scored: bool = False
    finished: bool = False

    def save(self, folder: Path) -> None:
        """Replaces the one in ``folder``; never leaves half a file."""
        contents = {**vars(self), "config": json.dumps(self.config.to_dict()), "kind": _KIND}
        part = folder / f"{FILE}.part"
        with part.open("wb") as opened:
            torch.save(contents, opened)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(folder / FILE)

    @classmethod
    def load(cls, file: Path) -> Checkpoint:
        """
        Raises:
            ConfigError: there is none, or it is not of a second reader.
        """
        try:
            contents = torch.load(file, map_location="cpu", weights_only=True)
            if contents.pop("kind", "") != _KIND:
                raise ValueError("of another model")
            contents["config"] = Config.from_dict(json.loads(contents["config"]))
            return cls(**contents)
        except FileNotFoundError as error:
            raise ConfigError(f"no checkpoint {file}: train first") from error
        except Exception as error:
            reason = str(error).split("\n")[0]
            raise ConfigError(f"{file} is no checkpoint of a second reader ({reason})") from error

    def model(self) -> Model:
        """The averaged weights, in eval mode."""
        made = Model(self.config.size())
        made.load_state_dict(self.ema)
        return made.eval()
