"""All sides in processes of their own on one core, taking turns at the same clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.child import Child, PeerLost
from benchmarks.peers.clips import Clip, Kind
from benchmarks.peers.pairing import Run, turns
from benchmarks.peers.roster import HOME, Peer, missing

Round = dict[str, Run]


class Field:
    """The peers that could be opened. Use it in ``with``: it ends their processes.

    A process waits on its pipe while another has its turn, so one core serves them all.

    Attributes:
        skipped: why a peer takes no part, or no longer: reasons of one line, by name.
        versions: what each is, by name.
        resident: megabytes of memory resident after its last clip, by name.
        core: the one all are pinned to.
    """

    def __init__(
        self, peers: Sequence[Peer], home: Path = HOME, say: Callable[[str], object] = print
    ) -> None:
        self.skipped: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.resident: dict[str, float] = {}
        self.core = max(os.sched_getaffinity(0))
        self._peers = {peer.name: peer for peer in peers}
        self._children: dict[str, Child] = {}
        self._say = say
        for peer in peers:
            reason = missing(peer, home)
            if reason is None:
                self._open(peer)
            else:
                self._skip(peer.name, reason)

    def __enter__(self) -> Field:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.close()

    def warm(self, clip: Clip) -> None:
        """Let each see the beginning of ``clip``: what happens once is not measured."""
        for name in self._seeing(clip.kind):
            if self._ask(name, "clip", **clip.request()) is not None:
                self._ask(name, "run", first=0, count=min(10, len(clip)))

    def round(self, clips: Sequence[Clip], names: Sequence[str] | None = None) -> Round:
        """Each side's way through ``clips``, all of one kind; who is lost on it is not in it.

        Args:
            names: of the sides; all that look at this kind without it.
        """
        wanted = self._seeing(clips[0].kind)
        runs = {name: Run() for name in wanted if names is None or name in names}
        for clip in clips:
            for name, run in runs.items():
                run.said.append([])
                self._ask(name, "clip", **clip.request())
            for first, count, order in turns(len(clip), list(runs)):
                for name in order:
                    answer = self._ask(name, "run", first=first, count=count)
                    if answer is not None:
                        runs[name].add(first, answer)
            for name, run in runs.items():
                answer = self._ask(name, "end")
                if answer is not None:
                    run.said[-1] += [(len(clip) - 1, what) for what in answer["said"]]
                    self.resident[name] = answer["rss_mb"]
        return {name: run for name, run in runs.items() if name in self._children}

    def _seeing(self, kind: Kind) -> list[str]:
        return [name for name in self._children if kind in self._peers[name].kinds]

    def _open(self, peer: Peer) -> None:
        try:
            self._children[peer.name] = Child([peer.python])
        except PeerLost as lost:
            self._skip(peer.name, str(lost))
            return
        request = {"peer": peer.serves, "options": peer.told(), "core": self.core}
        if (answer := self._ask(peer.name, "open", **request)) is not None:
            self.versions[peer.name] = answer["version"]
            self._say(f"{peer.name}: {answer['version']}")

    def _ask(self, name: str, do: str, **request: Any) -> dict[str, Any] | None:
        """Its answer; None where it is lost, now or before."""
        child = self._children.get(name)
        if child is None:
            return None
        try:
            return child.ask(do, **request)
        except PeerLost as lost:
            self._children.pop(name).close()
            self._skip(name, str(lost))
            return None

    def _skip(self, name: str, reason: str) -> None:
        self.skipped[name] = reason
        self._say(f"{name}: skipped, {reason}")
