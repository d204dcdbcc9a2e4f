"""Whole segments, as the daemon would cut them: a hand comes, spells, and leaves or rests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.training.augment import HandSequences
from models.training.data.hands import Floats
from models.training.synthesis.camera import Camera
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.render import render
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import Texts
from models.training.synthesis.timeline import Timeline
from models.training.synthesis.training_script import TrainingWriter

LENGTHS = {96: 0.35, 160: 0.35, 256: 0.2, 400: 0.1}
"""Ticks of the windows of a batch, and how often there are such batches."""
_EDGES_TICKS = 36.0
"""That a hand takes to come and to leave, about."""
_SPACE_TICKS = 25.0
_LEAD_IN_TICKS = (4, 36)
"""Before the first character; the daemon keeps a second."""
_AFTER_TICKS = (2, 20)
"""Without a hand, at the end; half a second without one ends a segment."""
_RESTING_TICKS = (10, 100)
"""After the last character, of a hand that stays; three seconds of rest end a segment."""
_TRIES = 100


class SegmentWriter(TrainingWriter):
    """Whole texts of one to about forty characters that fit into `length` ticks."""

    def draw(self) -> Timeline:
        kind = self.rng.random()
        if kind < 0.74:
            return self.segment()
        if kind < 0.84:
            return self.visits()
        if kind < 0.92:
            return self.stills()
        return self.distractor()

    def segment(self) -> Timeline:
        """A text that a hand comes for, spells to its end, and leaves or rests after."""
        plain = self.rng.random() < 0.1
        writer: ScriptWriter = self
        if plain:  # the motion of the first models
            writer = ScriptWriter(self.library, self.texts, self.length, self.rng)
        for _ in range(_TRIES):
            ticks = self.texts.ticks(self.rng) if plain else self._ticks()
            text = self._some_words()
            if len(text) == 1:  # not in a hurry
                ticks = max(ticks, float(self.rng.uniform(6, 45)))
            needed = _EDGES_TICKS + len(text) * ticks + text.count(" ") * _SPACE_TICKS
            if not 0.3 * self.length < needed < self.length:
                continue
            timeline = writer.phrase(text, ticks, self.signer())
            spelled = "".join(char for char, _, _ in timeline.text).strip()
            if spelled == text and timeline.text[-1][2] < self.length - 4:
                return timeline
        return self.visits()

    def _some_words(self) -> str:
        """One word or name mostly, now and then a few, or all that is drawn."""
        words = self.text().split()
        count = int(self.rng.choice([1, 2, 3, 9], p=[0.62, 0.2, 0.1, 0.08]))
        first = int(self.rng.integers(max(1, len(words) - count + 1)))
        text = " ".join(words[first : first + count])
        if self.rng.random() < 0.15:
            text = text[: int(self.rng.integers(1, 5))].strip()
        return text


def length_of(number: int, seed: int) -> int:
    """Ticks of the windows of batch ``number``."""
    rng = np.random.default_rng((seed, number, 2))
    return int(rng.choice(list(LENGTHS), p=list(LENGTHS.values())))


def written(
    library: PoseLibrary, texts: Texts, length: int, count: int, rng: np.random.Generator
) -> list[Timeline]:
    """``count`` segments of at most ``length`` ticks."""
    return SegmentWriter(library, texts, length, rng).draw_many(count)


def filmed(
    timelines: list[Timeline], library: PoseLibrary, rng: np.random.Generator, camera: Camera
) -> HandSequences:
    """What is seen of ``timelines``, each cut to its segment."""
    hands, present = render(timelines, library, rng, camera)
    spans = [[span for span in s.text if span[1] < s.length - 2] for s in timelines]
    texts = ["".join(char for char, _, _ in row) for row in spans]
    whole = HandSequences.of_hands(hands, present, spans, [s.signer for s in timelines])
    for n, row in enumerate(spans):  # a hand that goes loose at its end adds a space
        while row and row[-1][0] == " ":
            row.pop()
        texts[n] = texts[n].rstrip()
    return _cut(replace(whole, texts=texts), rng)


def _cut(whole: HandSequences, rng: np.random.Generator) -> HandSequences:
    ticks = whole.points.shape[1]
    points, present = np.zeros_like(whole.points), np.zeros_like(whole.present)
    lengths, spans = whole.lengths.copy(), []
    for n, row in enumerate(whole.spans):
        row = row or []
        start, end = _bounds(whole.seen[n], row, ticks, rng)
        lengths[n] = end - start
        points[n, : end - start] = whole.points[n, start:end]
        present[n, : end - start] = whole.present[n, start:end]
        spans.append([(char, a - start, b - start) for char, a, b in row])
    return replace(whole, points=points, present=present, lengths=lengths, spans=list(spans))


def _bounds(
    seen: NDArray[np.bool_],
    spans: list[tuple[str, float, float]],
    ticks: int,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """First tick of the segment, and the one after its last."""
    there = np.flatnonzero(seen)
    first, last = (int(there[0]), int(there[-1])) if len(there) else (0, ticks - 1)
    begin = first if not spans else int(min(max(spans[0][1], 0), ticks - 8))
    start = max(0, begin - int(rng.integers(*_LEAD_IN_TICKS)))
    end = last + 1 + int(rng.integers(*_AFTER_TICKS))
    if spans:
        end = min(end, int(spans[-1][2]) + int(rng.integers(*_RESTING_TICKS)))
    return start, min(ticks, max(end, start + 8))


def features_of(sequences: HandSequences) -> Floats:
    """Features [B, T, width], T that of the longest."""
    from models.training.aslfr.prepare import encode

    width = int(sequences.lengths.max())
    return encode(sequences)[:, :width]
