"""What the commands share: how one is added, and the configuration with its options applied."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from edge.config import Config, load, standard_path

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(
    commands: Commands, name: str, function: Callable[[argparse.Namespace], int], help_: str
) -> argparse.ArgumentParser:
    """The parser of a new command; ``function`` runs it and returns the exit code."""
    parser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(command=function)
    return parser


def add_config(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--config", metavar="FILE", type=Path, help="TOML; see `ishara config`")


def add_socket(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--socket", metavar="PATH", help="where it publishes")


def effective(options: argparse.Namespace, path: Path | None = None) -> Config:
    """The configuration, with what the command line says instead of it.

    Args:
        path: of the file, where it is known already; a file that was read once must be there.

    Raises:
        ConfigError: it cannot be read.
    """
    config = load(path or options.config or standard_path())
    if source := getattr(options, "source", None):
        config = replace(config, camera=replace(config.camera, source=source))
    if path := getattr(options, "socket", None):
        config = replace(config, publish=replace(config.publish, socket=path))
    return config
