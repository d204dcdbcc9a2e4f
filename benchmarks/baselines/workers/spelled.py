"""signspell (PyPI) as a baseline: its own recogniser, and its rule for when a letter is written."""

from importlib.metadata import version

import numpy as np
from asl_alphabet import Recognizer
from asl_alphabet.config import ACTIONS, STABILITY_WINDOW


class Signspell:
    """A frame is mirrored, as its program does. A letter is written when `STABILITY_WINDOW`
    frames agree on it, its confidence suffices and the letter before is another."""

    version = f"signspell {version('signspell')}"

    def __init__(self):
        self._recognizer = Recognizer()
        self.stages = (self._read,)
        self.start()

    def start(self):
        self._recognizer._sequence.clear()
        self._recognizer._holistic.reset()
        self._best, self._text, self._shown = [], "", ""

    def _read(self, pixels, moment):
        letter, _, chances = self._recognizer.predict(pixels[:, ::-1, ::-1].copy())
        if chances is None:
            return
        self._best = [*self._best, ACTIONS[int(np.argmax(chances))]][-STABILITY_WINDOW:]
        agree = len(self._best) == STABILITY_WINDOW and len(set(self._best)) == 1
        if agree and letter is not None and not self._text.endswith(str(letter)):
            self._text += str(letter)

    def found(self, value):
        seen = self._recognizer.last_results
        return bool(seen.left_hand_landmarks or seen.right_hand_landmarks)

    def output(self, value):
        if self._text == self._shown:
            return None
        self._shown = self._text
        return self._text.lower()

    def finish(self):
        return []
