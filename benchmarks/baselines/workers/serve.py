"""Serves one baseline over pipes, in the baseline's own environment; needs only numpy.

A request is a line of JSON on stdin, its answer a line on stdout::

    {"do": "open", "baseline": "MODULE:CLASS", "options": {...}, "core": 1}
        -> {"version": "...", "rss_mb": 61.2}
    {"do": "clip", "file": PATH, "shape": [n, ...], "dtype": "uint8", "fps": 30.0}
        -> {}                   the baseline resets its state
    {"do": "run", "first": 0, "count": 30}
        -> {"cpu": [[s, ...], ...], "wall": [[s, ...], ...], "hand": [true, ...],
            "outputs": [[0, ...], ...]}
    {"do": "end"}
        -> {"outputs": [...], "rss_mb": 328.0}

``cpu`` and ``wall`` are seconds of each stage for each item; CPU time is of all threads. ``hand``
is null for a baseline that looks for none. ``outputs`` has the item's number and the output at it.
A fault is answered by {"error": "..."}, and the process ends.

A baseline is a class with

- ``version``;
- ``stages``, of which the first takes (item, seconds from the start of the clip) and each other
  the value before;
- ``start()``, called before each clip;
- ``found(first value)``: whether it has found a hand;
- ``output(last value)``: JSON, or None;
- ``finish()``: its outputs at the end of a clip.

Reading an item, `found` and `output` are not timed.
"""

import importlib
import json
import os
import sys
import time

import numpy as np


def resident():
    """Megabytes of memory that are resident now."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class Server:
    def __init__(self):
        self._baseline = self._file = None

    def open(self, baseline, options, core):
        # Before anything is imported that counts the cores to start threads.
        os.sched_setaffinity(0, {core})
        module, name = baseline.split(":")
        self._baseline = getattr(importlib.import_module(module), name)(**options)
        return {"version": self._baseline.version, "rss_mb": resident()}

    def clip(self, file, shape, dtype, fps):
        if self._file:
            self._file.close()
        self._file = open(file, "rb", buffering=0)  # noqa: SIM115
        self._shape, self._dtype, self._fps = tuple(shape[1:]), np.dtype(dtype), fps
        self._baseline.start()
        return {}

    def run(self, first, count):
        answer = {"cpu": [], "wall": [], "hand": [], "outputs": []}
        for index in range(first, first + count):
            values, cpu, wall = (self._item(index), index / self._fps), [], []
            found = None
            for number, stage in enumerate(self._baseline.stages):
                spent, started = time.process_time(), time.perf_counter()
                value = stage(*values)
                wall.append(time.perf_counter() - started)
                cpu.append(time.process_time() - spent)
                if number == 0:
                    found = self._baseline.found(value)
                values = (value,)
            answer["cpu"].append(cpu)
            answer["wall"].append(wall)
            answer["hand"].append(found)
            output = self._baseline.output(value)
            if output is not None:
                answer["outputs"].append([index, output])
        return answer

    def end(self):
        return {"outputs": self._baseline.finish(), "rss_mb": resident()}

    def _item(self, index):
        item = np.empty(self._shape, self._dtype)
        self._file.seek(index * item.nbytes)
        if self._file.readinto(memoryview(item).cast("B")) != item.nbytes:
            raise EOFError(f"no item {index} in {self._file.name}")
        return item


def main():
    # What libraries print must not be mixed with the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    server = Server()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(server, request.pop("do"))(**request)
        except Exception as fault:
            lines = str(fault).splitlines() or [""]
            print(json.dumps({"error": f"{type(fault).__name__}: {lines[0]}"}), file=answers)
            raise
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
