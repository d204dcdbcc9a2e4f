"""A working directory whose Python files say that they ran."""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "ai_edge_litert", "cv2", "edge", "encodings", "ensurepip", "numpy", "pip", "setuptools",
    "signal", "site", "sitecustomize", "socket", "subprocess", "tflite_runtime", "usercustomize",
    "venv",
)  # fmt: skip


class Hostile:
    """What somebody else may have left in the folder in which a command is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ran = folder / "ran"
        folder.mkdir()
        for name in NAMES:
            text = f"open({str(self._ran)!r}, 'a').write({name + ' '!r})\n"
            (folder / f"{name}.py").write_text(text)
        for name in ("uv", "pip3", "python3"):
            (folder / name).write_text(f"#!/bin/sh\nprintf '{name} ' >>{self._ran}\nexit 1\n")
            (folder / name).chmod(0o755)

    @property
    def ran(self) -> str:
        """The names of those that ran."""
        return self._ran.read_text() if self._ran.exists() else ""
