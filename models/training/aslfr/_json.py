"""Reading a JSON file of the folder, or saying in one line why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edge.errors import ConfigError


def load(file: Path) -> Any:
    """What ``file`` holds.

    Raises:
        ConfigError: it is missing, unreadable or no JSON.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{file} is not JSON ({error}): download it again") from error
