"""Runs the daemon for a long time with faults and with clients that connect and disconnect.

    python benchmarks/soak.py --minutes 60 [--seed 0] [--json SOAK.json]

The signer spells at 30 frames a second as a camera that now and then freezes, is unplugged or
black, on a machine that is suspended (`benchmarks.faults.camera`). Meanwhile clients connect, read
a while and disconnect, send garbage, or never read; SIGHUP comes with good configurations, with bad
ones, with files that are none and with a damaged model; the readers of its standard output and of
its log stop reading for a while; there is no descriptor, or hardly any memory, to be had. Now and
then another one is started whose reader ends. One client reads from the beginning to the end. Each
disturbance comes once in a round, in an order by chance. Exit code 1 where a promise is broken:

- the process lives, and ends with 0 within 2 s of SIGTERM;
- a reload that cannot be used changes nothing and is told; one whose reader has ended ends with 1;
- no client that reads misses an event or gets an old partial, texts come in the order of frames;
- resident memory grows by less than 1 MB an hour after the warm-up (reported, but not judged, for
  runs under 30 minutes, whose slope is noise);
- descriptors and threads are back at the base line at the end, when no client is left.

Models that are built again fragment the memory until the holes fit the next ones: that takes ten
to twenty times (x86, glibc) and then stops. The warm-up of five minutes provokes it: it disturbs
more often than once a second, and every other time builds all models. To see what it cost, compare
``base`` in the report with the first of ``rss_mb``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.faults.drain import Drain
from benchmarks.faults.listener import Listener, troubles
from benchmarks.faults.service import Service, Usage

SOURCE = "signer:quick brown fox jumps"
SLOPE = 1.0  # MB an hour
WARM_UP = 0.2  # of the time, at most
WARM_UP_S = 300.0
JUDGED_S = 1800.0  # from here on the slope is judged
# Seconds to the next disturbance, at least and at most; while it warms up.
PAUSE = (0.5, 4.0)
REFUSED_S = 90.0  # a reload is given up after a minute, and that is told
WARM_UP_PAUSE = (0.5, 1.0)
GOOD = "[recognize]\nrest = {rest}\nbeam = {beam}\n[landmarks]\nhands = {hands}\n"
BAD = "[recognize]\nrest = 'long'\n"
BUNDLE = Path(__file__).parents[1] / "models" / "bundles" / "ishara-stream"
MORE_MEMORY = 8 << 20  # bytes


def damaged(folder: Path, rng: random.Random) -> str:
    """A configuration with a bundle whose model ends early, and is vouched for."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BUNDLE, folder)
    whole = (folder / "model.tflite").read_bytes()
    part = whole[: rng.randrange(len(whole) // 10, len(whole) * 9 // 10)]
    (folder / "model.tflite").write_bytes(part)
    manifest = (folder / "bundle.toml").read_text(encoding="utf-8")
    before, after = (hashlib.sha256(each).hexdigest() for each in (whole, part))
    (folder / "bundle.toml").write_text(manifest.replace(before, after), encoding="utf-8")
    return f'[recognize]\nbundle = "{folder}"\n'


def bad_files(folder: Path, rng: random.Random) -> dict[str, Callable[[Path], object]]:
    """What may stand where the configuration was, and how it gets there."""
    return {
        "FIFO": os.mkfifo,
        "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
        "folder": os.mkdir,
        "broken TOML": lambda path: path.write_text("[recognize\nrest = "),
        "brackets": lambda path: path.write_text('x = """\n' + "[" * 60_000),
        "no such user": lambda path: path.write_text('[recognize]\nbundle = "~nosuchuser/b"\n'),
        "damaged model": lambda path: path.write_text(damaged(folder / "damaged", rng)),
    }


class Disturber:
    """Disturbs a service, one thing at a time, by chance; counts what it did.

    Attributes:
        done: how often what was done.
        troubles: what was not as promised.
    """

    def __init__(
        self,
        service: Service,
        steady: Listener,
        outputs: tuple[Drain, Drain],
        folder: Path,
        rng: random.Random,
    ) -> None:
        """
        Args:
            service: what is disturbed.
            steady: a client of it that reads all the time.
            outputs: what reads its standard output, and its log.
            folder: an empty one.
            rng: chance.
        """
        self.done: Counter[str] = Counter()
        self.troubles: list[str] = []
        self._service = service
        self._steady = steady
        self._outputs = outputs
        self._folder = folder
        self._rng = rng
        self._bad = bad_files(folder, rng)
        self._bag: list[Callable[[], None]] = []
        self._slept_s = 0.0
        self._readers: list[Listener] = []
        self._silent: list[socket.socket] = []
        self._beam, self._hands = 6, 1

    def disturb(self, deadline: float) -> None:
        """The next disturbance of this round, over before ``deadline``."""
        if not self._bag:
            self._bag = [
                self.connect, self.connect, self.disconnect, self.disconnect, self.garbage,
                self.silent_client, self.reload, self.reload, self.bad_file, self.bad_file,
                self.freeze, self.unplug, self.black, self.suspend, self.block_outputs,
                self.no_descriptors, self.no_memory, self.reader_ends,
            ]  # fmt: skip
            self._rng.shuffle(self._bag)
        thing = self._bag.pop()
        left = deadline - time.monotonic()
        if left < (30 if thing == self.reader_ends else 8):
            thing = self.connect
        self.done[thing.__name__] += 1
        thing()

    def connect(self) -> None:
        """A client that reads."""
        if len(self._readers) < 10:
            self._readers.append(Listener(self._service.socket))

    def disconnect(self) -> None:
        if self._readers:
            self._judge(self._readers.pop(self._rng.randrange(len(self._readers))))
        if len(self._silent) > 3:
            self._silent.pop(0).close()

    def garbage(self) -> None:
        """A client that sends garbage, and disconnects without reading the answers."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self._service.socket))
            client.settimeout(1.0)
            kind = self._rng.randrange(3)
            if kind == 0:
                client.sendall(self._rng.randbytes(self._rng.randrange(1, 10_000)))
            elif kind == 1:
                client.sendall(b"x" * 200_000)
            else:
                client.sendall(b'{"type": "ping", "id": [' * 50)

    def silent_client(self) -> None:
        """A client that never reads."""
        if len(self._silent) < 5:
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(self._service.socket))
            self._silent.append(client)

    def reload(self) -> None:
        """An invalid file, or another setting, or all models built again."""
        self._reload(self._rng.choices(("refused", "setting", "models"), (3, 5, 2))[0])

    def rebuild(self) -> None:
        """All models built again."""
        self._reload("models")

    def _reload(self, kind: str) -> None:
        self.done[f"reload: {kind}"] += 1
        if kind == "models":
            self._beam, self._hands = 10 - self._beam, 3 - self._hands
        rest = 2.0 + self._rng.randrange(10) / 10
        good = GOOD.format(rest=rest, beam=self._beam, hands=self._hands)
        self._cleared().write_text(BAD if kind == "refused" else good)
        self._service.send(signal.SIGHUP)

    def bad_file(self) -> None:
        """A reload onto what is no configuration, or onto a damaged model."""
        name = self._rng.choice(list(self._bad))
        self.done[f"bad file: {name}"] += 1
        self._bad[name](self._cleared())
        self._told("stays as it was", self._service.send(signal.SIGHUP), f"a reload onto {name}")

    def _told(self, words: str, asked: float, what: str) -> None:
        """All are told so of the reload that was ``asked`` for."""
        try:
            self._steady.wait(lambda event: words in event.get("reason", ""), asked, REFUSED_S)
        except AssertionError:
            self.troubles.append(f"{what}: no {words!r} in {REFUSED_S:g} s")

    def _cleared(self) -> Path:
        """The path of the configuration, where nothing stands now."""
        path = self._service.config
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        return path

    def freeze(self) -> None:
        with self._service.during("frozen"):
            time.sleep(self._rng.uniform(0.5, 3.0))

    def unplug(self) -> None:
        with self._service.during("unplugged"):
            time.sleep(self._rng.uniform(0.2, 2.0))

    def black(self) -> None:
        with self._service.during("black"):
            time.sleep(self._rng.uniform(0.5, 3.0))

    def suspend(self) -> None:
        """The machine sleeps for up to an hour."""
        self._slept_s += self._rng.uniform(1, 3600)
        self._service.start("slept", str(self._slept_s))

    def block_outputs(self) -> None:
        """Nobody reads what it writes to its standard output, its log, or both."""
        blocked = self._rng.choice([self._outputs[:1], self._outputs[1:], self._outputs])
        with ExitStack() as stack:
            for each in blocked:
                stack.enter_context(each.blocked())
            self._reload("refused")  # a line of the log
            time.sleep(self._rng.uniform(0.5, 3.0))

    def no_descriptors(self) -> None:
        """It can open hardly anything, while it is to read its configuration and a client comes."""
        # With a lower limit, poll(2) would refuse the descriptors that are open.
        with self._limited(resource.RLIMIT_NOFILE, self._service.usage().descriptors):
            self._reload("setting")
            self.silent_client()
            time.sleep(self._rng.uniform(0.5, 2.0))

    def no_memory(self) -> None:
        """Some megabytes more are all it gets; no reload is under way, which would take them."""
        self._reload("setting")
        self._told("was read again", time.monotonic() - 0.1, "a good reload")
        pages = int(Path(f"/proc/{self._service.process.pid}/statm").read_text().split()[0])
        size = pages * os.sysconf("SC_PAGE_SIZE")
        with self._limited(resource.RLIMIT_AS, size + MORE_MEMORY):
            self.silent_client()
            time.sleep(self._rng.uniform(1.0, 5.0))

    @contextmanager
    def _limited(self, kind: int, most: int) -> Iterator[None]:
        pid = self._service.process.pid
        usual = resource.prlimit(pid, kind)
        resource.prlimit(pid, kind, (most, usual[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, kind, usual)

    def reader_ends(self) -> None:
        """Another one, without a standard input, whose reader of JSON lines ends."""
        folder = self._folder / f"other-{self.done['reader_ends']}"
        folder.mkdir()
        with Service(
            folder, SOURCE, arguments=("--json",), output=subprocess.PIPE,
            before=lambda: os.close(0),
        ) as other:  # fmt: skip
            output = other.process.stdout
            assert output is not None
            output.readline()
            output.close()
            try:
                code = other.process.wait(REFUSED_S)
            except subprocess.TimeoutExpired:
                code = 0
        if code != 1:
            self.troubles.append(f"one whose reader has ended: exit code {code}: {other.said}")
        shutil.rmtree(folder)

    def disconnect_all(self) -> None:
        """All clients disconnect."""
        for client in self._silent:
            client.close()
        for reader in self._readers:
            self._judge(reader)

    def _judge(self, reader: Listener) -> None:
        reader.close()
        self.troubles += troubles(reader)


def quiet(service: Service, steady: Listener, base: Usage | None = None) -> Usage:
    """Usage while it reads undisturbed; with ``base``, once it is as that again, or after 10 s."""
    steady.wait(lambda event: event["type"] == "partial", time.monotonic(), 30.0)
    deadline = time.monotonic() + 10.0
    while True:
        time.sleep(1.0)
        usage = service.usage()
        same = base and (usage.descriptors, usage.threads) == (base.descriptors, base.threads)
        if base is None or same or time.monotonic() > deadline:
            return usage


def slope(samples: list[tuple[float, float]]) -> float:
    """MB an hour of (seconds, MB): least squares through the least of each minute.

    A short peak, such as the models of a reload that exist twice for a moment, is no growth.
    """
    minutes: dict[int, float] = {}
    for seconds, mb in samples:
        minute = int(seconds // 60)
        minutes[minute] = min(mb, minutes.get(minute, mb))
    if len(minutes) < 3:
        return 0.0
    return float(np.polyfit(list(minutes), list(minutes.values()), 1)[0]) * 60


def soak(seconds: float, seed: int, folder: Path) -> dict[str, Any]:
    """The findings; ``broken`` lists the promises that were not kept."""
    rng = random.Random(seed)
    memory: list[tuple[float, float]] = []
    outputs = Drain(), Drain()
    other = folder / "files"
    other.mkdir()
    with Service(
        folder, SOURCE, arguments=("--json",), output=outputs[0].writing, error=outputs[1].writing
    ) as service:
        for each in outputs:
            os.close(each.writing)
        steady = service.listen()
        base = quiet(service, steady)
        disturber = Disturber(service, steady, outputs, other, rng)
        began = time.monotonic()
        warm = began + min(WARM_UP_S, WARM_UP * seconds)
        due = began
        while (now := time.monotonic()) < began + seconds and service.process.poll() is None:
            if now >= due:
                try:
                    if now < warm and rng.random() < 0.5:
                        disturber.rebuild()
                    else:
                        disturber.disturb(began + seconds)
                except OSError:  # it has ended
                    if service.process.poll() is None:
                        raise
                pause = WARM_UP_PAUSE if now < warm else PAUSE
                due = time.monotonic() + rng.uniform(*pause)
            if now >= warm:
                memory.append((now - began, service.usage().rss_mb))
            time.sleep(0.5)
        broken = []
        if service.process.poll() is not None:
            broken.append(
                f"the process ended: {service.process.returncode}: {outputs[1].said[-500:]}"
            )
            end, code, took = base, service.process.returncode, 0.0
        else:
            disturber.disconnect_all()
            end = quiet(service, steady, base)
            code, took = service.stop()
        steady.ended.wait(5)
    grown = slope(memory)
    broken += disturber.troubles + troubles(steady)
    if grown >= SLOPE and seconds >= JUDGED_S:
        broken.append(f"memory grows by {grown:.2f} MB an hour")
    if (end.descriptors, end.threads) != (base.descriptors, base.threads):
        broken.append(f"descriptors, threads: {base} before, {end} after")
    if code != 0 or took > 2:
        broken.append(f"SIGTERM: exit code {code} after {took:.2f} s")
    states = Counter(event["state"] for event in steady.of("state"))
    texts = steady.of("partial", "final")
    return {
        "seconds": seconds,
        "seed": seed,
        "machine": f"{platform.machine()}, not a Raspberry Pi"
        if not Path("/proc/device-tree/model").exists()
        else platform.machine(),
        "disturbances": dict(disturber.done),
        "states": dict(states),
        "finals": sum(event["type"] == "final" for event in texts),
        "partials": sum(event["type"] == "partial" for event in texts),
        "output_mb": round(outputs[0].read / 1e6, 1),
        "rss_mb_per_hour": round(grown, 3),
        "rss_mb": [round(mb, 2) for _, mb in memory[:: max(1, len(memory) // 600)]],
        "base": asdict(base),
        "end": asdict(end),
        "stop_s": round(took, 2),
        "broken": broken,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write all findings here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(60 * options.minutes, options.seed, Path(folder))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    rss = found.pop("rss_mb")
    for name, value in found.items():
        print(f"{name}: {value}")
    print(f"rss_mb: {rss[:1]} first, {rss[-1:]} last")
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
