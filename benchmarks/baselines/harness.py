"""All sides in processes of their own on one core, taking turns at the same clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.baselines.clips import Clip, Kind
from benchmarks.baselines.pairing import Run, turns
from benchmarks.baselines.registry import HOME, Baseline, missing
from benchmarks.baselines.worker import BaselineLost, Worker

Round = dict[str, Run]


class Harness:
    """The baselines that could be opened. Use it in ``with``: it ends their processes.

    A process waits on its pipe while another has its turn, so one core serves them all.

    Attributes:
        skipped: why a baseline does not run, or no longer: reasons of one line, by name.
        versions: what each is, by name.
        resident: megabytes of memory resident after its last clip, by name.
        core: the one all are pinned to.
    """

    def __init__(
        self, baselines: Sequence[Baseline], home: Path = HOME, say: Callable[[str], object] = print
    ) -> None:
        self.skipped: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.resident: dict[str, float] = {}
        self.core = max(os.sched_getaffinity(0))
        self._baselines = {baseline.name: baseline for baseline in baselines}
        self._workers: dict[str, Worker] = {}
        self._say = say
        for baseline in baselines:
            reason = missing(baseline, home)
            if reason is None:
                self._open(baseline)
            else:
                self._skip(baseline.name, reason)

    def __enter__(self) -> Harness:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()

    def warm(self, clip: Clip) -> None:
        """Run each on the beginning of ``clip``, so that one-time work is not measured."""
        for name in self.sides(clip.kind):
            if self._ask(name, "clip", **clip.request()) is not None:
                self._ask(name, "run", first=0, count=min(10, len(clip)))

    def round(
        self,
        clips: Sequence[Clip],
        names: Sequence[str] | None = None,
        advance: Callable[[int], object] | None = None,
    ) -> Round:
        """Run each side on ``clips``, all of one kind; without those that were lost meanwhile.

        Args:
            names: of the sides; None: all that take this kind.
            advance: called after each turn of all sides with the number of their items.
        """
        wanted = self.sides(clips[0].kind)
        runs = {name: Run() for name in wanted if names is None or name in names}
        for clip in clips:
            for name, run in runs.items():
                run.outputs.append([])
                self._ask(name, "clip", **clip.request())
            for first, count, order in turns(len(clip), list(runs)):
                for name in order:
                    answer = self._ask(name, "run", first=first, count=count)
                    if answer is not None:
                        runs[name].add(first, answer)
                if advance:
                    advance(count * len(order))
            for name, run in runs.items():
                answer = self._ask(name, "end")
                if answer is not None:
                    run.outputs[-1] += [(len(clip) - 1, what) for what in answer["outputs"]]
                    self.resident[name] = answer["rss_mb"]
        return {name: run for name, run in runs.items() if name in self._workers}

    def sides(self, kind: Kind) -> list[str]:
        """Names of the running baselines that take input of this kind."""
        return [name for name in self._workers if kind in self._baselines[name].kinds]

    def _open(self, baseline: Baseline) -> None:
        try:
            self._workers[baseline.name] = Worker([baseline.python])
        except BaselineLost as lost:
            self._skip(baseline.name, str(lost))
            return
        request = {
            "baseline": baseline.serves,
            "options": baseline.all_options(),
            "core": self.core,
        }
        if (answer := self._ask(baseline.name, "open", **request)) is not None:
            self.versions[baseline.name] = answer["version"]
            self._say(f"{baseline.name}: {answer['version']}")

    def _ask(self, name: str, do: str, **request: Any) -> dict[str, Any] | None:
        """Its answer; None where it is lost, now or before."""
        worker = self._workers.get(name)
        if worker is None:
            return None
        try:
            return worker.ask(do, **request)
        except BaselineLost as lost:
            self._workers.pop(name).close()
            self._skip(name, str(lost))
            return None

    def _skip(self, name: str, reason: str) -> None:
        self.skipped[name] = reason
        self._say(f"{name}: skipped, {reason}")
