"""Ishara Edge as the baselines are run, and the networks that run in its environment."""

from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge import runtime
from edge.camera.frame import Frame
from edge.config import LandmarkConfig, RecognizeConfig
from edge.landmarks import open_tracker
from edge.recognize import bundle, open_recognizer
from edge.recognize.model import StreamingModel


class Reader:
    """Tracker and recogniser, as in the daemon."""

    def __init__(self, profile):
        self._tracker = open_tracker(replace(LandmarkConfig(), profile=profile))
        self._recognizer = open_recognizer(RecognizeConfig())
        self.version = f"ishara-edge, {profile}, {runtime.interpreter_class()[0]}"
        self.stages = (self._track, self._recognizer.push)
        self._index = 0

    def start(self):
        self._tracker.reset()
        self._recognizer.finish()

    def _track(self, pixels, moment):
        self._index += 1
        return self._tracker(Frame(pixels, moment, moment, self._index))

    def found(self, value):
        return bool(value.hands)

    def output(self, value):
        return [[h.text, h.stable, h.final] for h in value] or None

    def finish(self):
        output = self.output(self._recognizer.finish())
        return [output] if output else []


class _Network:
    """Reads ticks, rows of numbers; looks for no hand, outputs nothing."""

    def start(self):
        pass

    def found(self, value):
        return None

    def output(self, value):
        return None

    def finish(self):
        return []


class Step(_Network):
    """One step of the streaming model, its state carried."""

    def __init__(self):
        found = bundle.load(bundle.find(RecognizeConfig().bundle))
        self._model, self._width = StreamingModel(found), found.width
        self.version = f"{found.name}, {found.model.stat().st_size / 1e6:.1f} MB"
        self.stages = (self._step,)

    def start(self):
        self._model.reset()

    def _step(self, tick, moment):
        return self._model.step(tick[: self._width])


class Window(_Network):
    """A network that is run over its whole window at each tick."""

    def __init__(self, model):
        self._network = runtime.Network(Path(model))
        _, _, ticks, width = self._network.input_shape
        silence = np.zeros(width, np.float32)
        self._window = deque([silence] * ticks, maxlen=ticks)
        self.version = f"{ticks} ticks, {Path(model).stat().st_size / 1e6:.1f} MB, random weights"
        self.stages = (self._read,)

    def _read(self, tick, moment):
        self._window.append(tick)
        return self._network(np.stack(self._window)[None, None])[0]
