"""Options of a benchmark, and how the program is configured for it."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from benchmarks.report import environment
from edge import landmarks
from edge.config import Config, LandmarkConfig, RecognizeConfig, render
from edge.errors import UserError
from edge.landmarks.profile import choose
from edge.recognize import bundle

REPOSITORY = Path(__file__).resolve().parent.parent.parent
REPLAY_S = 60.0
"""How long a replay lasts where nothing else is asked for."""


@dataclass(frozen=True)
class Options:
    """
    Attributes:
        seconds: how long each replay lasts, and the time limit of modes made of trials; None:
            `REPLAY_S`, and no limit.
        count: most trials of each kind; None: as many as each mode needs.
        profile: of the landmarks; None: as configured.
        bundle: that reads; None: as configured.
        core: the core the measured process is pinned to; None: any.
        sources: more URIs to replay.
        folder: for temporary files, clips among them.
    """

    seconds: float | None = None
    count: int | None = None
    profile: str | None = None
    bundle: str | None = None
    core: int | None = None
    sources: tuple[str, ...] = ()
    folder: Path = field(default_factory=Path)

    @property
    def replay_s(self) -> float:
        """Seconds that each replay lasts."""
        return REPLAY_S if self.seconds is None else self.seconds

    def limit(self, share: float) -> float | None:
        """Time limit, in seconds, of a part of a mode that may take this share of it."""
        return None if self.seconds is None else share * self.seconds

    def config(self) -> Config:
        """
        Raises:
            UserError: there is no such profile.
        """
        tracking, recognize = LandmarkConfig(), RecognizeConfig()
        if self.profile is not None:
            known = get_args(get_type_hints(LandmarkConfig)["profile"])
            if self.profile not in known:
                raise UserError(f"--profile {self.profile}: it must be one of {', '.join(known)}")
            tracking = replace(tracking, profile=self.profile)  # type: ignore[arg-type]
        if self.bundle is not None:
            recognize = replace(recognize, bundle=self.bundle)
        return Config(landmarks=tracking, recognize=recognize)

    def config_file(self) -> Path:
        """`config` as a file for ``ishara run --config``."""
        path = self.folder / "ishara.toml"
        path.write_text(render(self.config()), encoding="utf-8")
        return path

    def settings(self) -> dict[str, Any]:
        """The settings that the figures depend on, for the report."""
        config = self.config()
        return {
            "seconds": self.replay_s,
            **({} if self.seconds is None else {"time limit of a mode, s": self.seconds}),
            "count": self.count,
            "core": self.core,
            "sources": list(self.sources),
            "profile": choose(config.landmarks.profile)[0],
            **{f"{s}.{k}": v for s, part in asdict(config).items() for k, v in part.items()
               if s in ("landmarks", "recognize")},
        }  # fmt: skip


def trials(
    count: int, limit_s: float | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """The numbers of at most ``count`` trials: as many as fit into ``limit_s``, at least one.

    A trial is expected to take the mean time of those before it. None: no limit.
    """
    began = clock()
    for n in range(count):
        if limit_s is not None and n and (clock() - began) * (n + 1) / n > limit_s:
            return
        yield n


def models_in_use(options: Options) -> dict[str, str]:
    """SHA-256 of the models that the stages load, and of the bundle's other files."""
    config = options.config()
    _, chosen = choose(config.landmarks.profile)
    found = {
        model.path.name: hashlib.sha256(model.data).hexdigest()
        for model in (chosen.palm, chosen.hand)
    }
    loaded = bundle.load(bundle.find(config.recognize.bundle))
    folder = loaded.folder
    others = [loaded.model, *sorted(folder.glob("*.npz")), folder / bundle.FILE]
    return found | {f"{folder.name}/{path.name}": environment.sha256(path) for path in others}


def open_tracker(config: Config) -> Any:
    """A tracker as the daemon makes it."""
    return landmarks.open_tracker(config.landmarks)


def models(tracker: Any) -> tuple[Any, Any]:
    """(palm detector, hand model) of a tracker, to be timed alone."""
    return tracker._palm_detector, tracker._hand_model


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keeps this thread, and those it starts, on one core.

    Raises:
        UserError: there is no such core.
    """
    before = os.sched_getaffinity(0)
    if core is not None and core not in before:
        raise UserError(f"--core {core}: this process may use {sorted(before)}")
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


_last_progress = 0.0


def progress(what: str, now: bool = False) -> None:
    """Print what is being done on stderr: at most every ten seconds, unless ``now``; on a terminal
    five times a second."""
    global _last_progress
    clock = time.monotonic()
    terminal = sys.stderr.isatty()
    if now or clock - _last_progress >= (0.2 if terminal else 10):
        print(f"\r\x1b[2K{what}" if terminal else what, end="" if terminal else "\n",
              file=sys.stderr, flush=True)  # fmt: skip
        _last_progress = clock
