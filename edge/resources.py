"""Where the files lie that are not code: bundles, the list of landmark weights, the weights."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path


def models() -> Path:
    """The folder with ``landmarks.toml`` and ``bundles/``: the data of the package."""
    return Path(str(files("edge.data")))


def weights() -> Path:
    """The folder that the landmark weights are fetched into and read from.

    It is ``share/ishara/landmarks`` of the Python environment where weights are already there, or
    where the environment holds this program and this user may write to it. Otherwise (``pip
    install --user``, ``--target``, an environment of another user without weights) it is the
    user's own: ``$XDG_DATA_HOME/ishara/landmarks``, by default below ``~/.local/share``; a user
    without a home has only the environment.
    """
    environment = Path(sys.prefix) / "share" / "ishara" / "landmarks"
    if any(environment.glob("*.tflite")):
        return environment
    if _in_environment() and os.access(sys.prefix, os.W_OK):
        return environment
    home = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(home):  # a relative path is to be ignored, says the XDG specification
        home = os.path.expanduser("~/.local/share")
    if home.startswith("~"):  # HOME is not set, and the user has no entry
        return environment
    return Path(home) / "ishara" / "landmarks"


def _in_environment() -> bool:
    """Whether this program belongs to the environment: a virtual one may run a checkout."""
    virtual = sys.prefix != sys.base_prefix
    return virtual or Path(__file__).resolve().is_relative_to(Path(sys.prefix).resolve())
