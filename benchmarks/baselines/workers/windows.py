"""Real-Time ASL's way: Holistic on every frame, a network over each window of 70 frames.

Its weights are not published: the network has random weights and an input of the same shape, so
only its latency means anything. `Kept` is the favourable form, `Published` what the program does:
each window goes through a parquet file, and the network is loaded again for each.
"""

import tempfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from trackers import Holistic

SIZE = 70
"""Frames of a window."""
SETS = (("left_hand", 21), ("right_hand", 21), ("face", 468), ("pose", 33))
READ = {"left_hand": 21, "right_hand": 21, "face": 40, "pose": 10}
"""Points of each set that the network reads: any, for only the time is of interest."""


def points(value):
    """float32 [543, 3], all sets one after the other, NaN where a set is missing."""
    out = []
    for name, count in SETS:
        found = getattr(value, f"{name}_landmarks")
        out += [(p.x, p.y, p.z) for p in found.landmark] if found else [(np.nan,) * 3] * count
    return np.array(out, np.float32)


def features(window):
    """float32 [T, 280] of points [T, 543, 3]: each set and whether it is there."""
    columns, first = [], 0
    for name, count in SETS:
        read = window[:, first : first + READ[name]].reshape(len(window), -1)
        there = ~np.isnan(read[:, :1])
        columns += [np.where(there, read, 0), there]
        first += count
    return np.concatenate(columns, axis=1, dtype=np.float32)


def load(model):
    network = Interpreter(model_path=model, num_threads=1)
    network.allocate_tensors()
    return network


def read(network, window):
    """The best symbol of each tick of a window [T, 280]."""
    into, out = network.get_input_details()[0], network.get_output_details()[0]
    network.set_tensor(into["index"], window.reshape(into["shape"]))
    network.invoke()
    return network.get_tensor(out["index"])[0, 0].argmax(1)


class Kept(Holistic):
    """The network is kept, the window stays in memory."""

    def __init__(self, complexity, model):
        super().__init__(complexity)
        self._model = model
        self._network = load(model)
        self._window = []
        self.stages = (*self.stages, self._gather)

    def start(self):
        super().start()
        self._window = []

    def _gather(self, value):
        self._window.append(points(value))
        if len(self._window) < SIZE:
            return None
        window, self._window = np.stack(self._window), []
        return self._answer(window)

    def _answer(self, window):
        return read(self._network, features(window))

    def output(self, value):
        return None if value is None else len(value)


class Published(Kept):
    """As the program does it, except that it gathers a frame's points at less cost."""

    def __init__(self, complexity, model):
        super().__init__(complexity, model)
        self._network = None
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name) / "window.parquet"

    def _answer(self, window):
        import pandas

        ticks, rows = window.shape[:2]
        table = pandas.DataFrame(window.reshape(-1, 3), columns=["x", "y", "z"])
        table.insert(0, "row", np.tile(np.arange(rows), ticks))
        table.insert(0, "frame", np.repeat(np.arange(ticks), rows))
        table.to_parquet(self._file, index=False)
        back = pandas.read_parquet(self._file, columns=["x", "y", "z"])
        window = back.to_numpy(np.float32).reshape(ticks, rows, 3)
        return read(load(self._model), features(window))
