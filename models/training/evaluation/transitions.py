"""Words and letters joined from an animator's ways between handshapes: drawn hands that move.

``real/transitions.npz`` has what lies between two letters, at 60 pictures in 0.4 s, and no letter
of its own. Joined end to end, with the hand standing between two ways for as long as one likes,
they spell any word whose ways are all there. The hand is drawn: nobody's, and no model is ever
trained on it. Each performance is a sequence of landmarks, so the whole recogniser can read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.hand_features import RATE
from models.training.data.hands import LETTERS, Floats

WORDS = (
    "as", "back", "bears", "but", "decision", "do", "doctor", "dozen", "enter", "equation",
    "facts", "few", "for", "four", "fox", "front", "frozen", "fuel", "gap", "gas", "has", "hear",
    "heat", "help", "her", "hour", "japan", "jaw", "jeans", "mix", "months", "mother", "nation",
    "new", "of", "out", "panel", "pen", "person", "playing", "put", "quick", "quiz", "run", "sick",
    "sing", "six", "speak", "sport", "sun", "super", "union", "up", "voters", "wear", "went",
    "what", "when", "year", "zero",
)  # fmt: skip
"""Common words whose ways, those from and to rest included, are all drawn: every letter is in one
of them, and those with J and Z are all that were thought of. A doubled letter has no way."""
MOVES_S = (0.15, 0.25, 0.4, 0.8)
"""Seconds a way takes; 0.4 is the animator's own speed. One into J or Z takes twice as long,
because its motion is in it."""
HOLDS_S = (0.0, 0.15, 0.3, 0.6, 1.0)
"""Seconds a letter stands."""
DISTANCES = {"near": 2.0, "middle": 1.0, "far": 0.5}
"""Pixels of the camera's picture a pixel of the drawing: the palm is some 125, 63 and 31 long."""
TAKES = tuple(product(("right", "left"), DISTANCES))
"""Hand and distance."""
NOISE_PX = 0.5
"""Standard deviation of a point in the camera's picture; of its depth twice that."""
REST = "rest"

_SIZE = (640, 480)
_PICTURE = 256
"""Pixels of the drawing's width and height."""
_WAY, _LONG_WAY = 24, 48
"""Pictures of a way, and of one into J or Z."""
BEFORE_S, _AFTER_S = 0.5, 0.8
"""Seconds without a hand."""
_LIKE = {"i": "y"}
"""Letters with neither a way from rest nor one to it: theirs is bent out of a like one's."""

Way = Floats
"""[T, 21, 3] pixels of the drawing, z in the scale of x; a right hand, its palm to the camera."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How something is spelled.

    Attributes:
        move_s, hold_s: seconds of a way, and that a letter stands.
        rest_s: the hand comes from rest and goes back to it, and stands there for so long, before
            and after; None: it appears in the first letter and is gone after the last.
    """

    move_s: float
    hold_s: float
    rest_s: float | None = 0.0

    @property
    def name(self) -> str:
        rest = "no rest" if self.rest_s is None else f"rest {self.rest_s:g} s"
        return f"move {self.move_s:g} s, hold {self.hold_s:g} s, {rest}"

    def rng(self, seed: int) -> np.random.Generator:
        """Of the noise and the hands: the same whatever else is measured."""
        rest_ms = 0 if self.rest_s is None else 1 + round(1000 * self.rest_s)
        return np.random.default_rng(
            (seed, round(1000 * self.move_s), round(1000 * self.hold_s), rest_ms)
        )


@dataclass(frozen=True, slots=True)
class Performance:
    """Something spelled once.

    Attributes:
        truth: what is spelled.
        hand: "right" or "left".
        distance: of `DISTANCES`.
        frames: `RATE` a second, with nothing before and after.
    """

    truth: str
    condition: Condition
    hand: str
    distance: str
    frames: tuple[Landmarks, ...]


CONDITIONS = tuple(
    Condition(move, hold, rest) for rest, move, hold in product((0.0, None), MOVES_S, HOLDS_S)
)
LETTER = Condition(0.4, 1.0)
"""How the 26 letters are shown: from rest, held a second, back."""
LETTER_CONDITIONS = tuple(Condition(m, 1.0, rest) for m, rest in product(MOVES_S, (0.0, 0.5)))
"""The same at other speeds, and by a hand that stood in rest before."""


class Ways:
    """All ways, by the shapes they join.

    Attributes:
        drawn: by (from, to), as they are in the data.
    """

    def __init__(self, drawn: dict[tuple[str, str], Way]) -> None:
        self.drawn = drawn

    @staticmethod
    def load(data: Path) -> Ways:
        """Those of ``real/transitions.npz`` in the data folder."""
        drawn = {}
        with np.load(data / "real" / "transitions.npz") as z:
            for names, points in (("pair", "xyz_px"), ("pair_long", "xyz_px_long")):
                for name, way in zip(z[names], z[points], strict=True):
                    start, end = str(name).split("_")
                    drawn[start, end] = np.asarray(way, np.float32)
        return Ways(drawn)

    def spells(self, word: str) -> bool:
        """Whether all ways of ``word`` are drawn, those from and to rest included."""
        return all(pair in self.drawn for pair in pairwise((REST, *word, REST)))

    def __getitem__(self, pair: tuple[str, str]) -> Way:
        """The way; one from or to rest that is not drawn is the other one backwards.

        A letter of `_LIKE` has neither: it gets that of the like letter, bent so that it ends in
        this one.

        Raises:
            KeyError: there is none.
        """
        if pair in self.drawn:
            return self.drawn[pair]
        start, end = pair
        if REST in pair and (end, start) in self.drawn:
            return self.drawn[end, start][::-1]
        if start == REST and end in _LIKE:
            way = self[REST, _LIKE[end]]
            bend = self.shape(end) - way[-1]
            return way + np.linspace(0, 1, len(way), dtype=np.float32)[:, None, None] * bend
        if end == REST and start in _LIKE:
            return self[REST, start][::-1]
        raise KeyError(pair)

    def shape(self, letter: str) -> Floats:
        """[21, 3] of a letter as it stands, the median of all ways that begin in it."""
        begin = [way[0] for (start, _), way in self.drawn.items() if start == letter]
        return np.asarray(np.median(begin, axis=0), np.float32)

    def motion(self, text: str, condition: Condition) -> Way:
        """``text`` as it is spelled, `RATE` pictures a second, from the first with a hand on.

        Raises:
            KeyError: a way is missing.
        """
        stops = tuple(text) if condition.rest_s is None else (REST, *text, REST)
        times: list[float] = []
        hands: list[Floats] = []
        now = 0.0
        for number, stop in enumerate(stops):
            if number:
                way = self[stops[number - 1], stop]
                length = condition.move_s * len(way) / _WAY
                at = now + np.linspace(0, length, len(way))
                # Where the hand did not stand, the last picture is this way's first one.
                first = 1 if times and times[-1] >= now else 0
                times += at[first:].tolist()
                hands += list(way[first:])
                now += length
            else:
                times.append(0.0)
                hands.append(self._first(stops))
            now += (condition.rest_s or 0.0) if stop == REST else condition.hold_s
        if now > times[-1]:
            times.append(now)
            hands.append(hands[-1])
        return _sampled(np.array(times), np.stack(hands), int(now * RATE + 1e-6) + 1)

    def _first(self, stops: Sequence[str]) -> Floats:
        return self[stops[0], stops[1]][0] if len(stops) > 1 else self.shape(stops[0])


def _sampled(times: Floats, hands: Way, count: int) -> Way:
    """``hands`` at ``times`` (ascending), between them linearly, at ``count`` ticks of `RATE`."""
    at = np.arange(count) / RATE
    after = np.clip(np.searchsorted(times, at, side="right"), 1, len(times) - 1)
    part = (at - times[after - 1]) / np.maximum(times[after] - times[after - 1], 1e-9)
    part = np.clip(part, 0, 1)[:, None, None]
    return np.asarray(hands[after - 1] * (1 - part) + hands[after] * part, np.float32)


def filmed(
    motion: Way,
    rng: np.random.Generator,
    hand: str = "right",
    distance: str = "middle",
    noise_px: float = NOISE_PX,
) -> tuple[Landmarks, ...]:
    """The landmarks a tracker would give of ``motion``, with nothing before and after.

    Args:
        motion: as of `Ways.motion`.
        rng: of the tracker's noise.
        hand: "right" or "left": the picture of a left hand is the mirrored one of a right hand.
        distance: of `DISTANCES`.
        noise_px: see `NOISE_PX`.
    """
    width, height = _SIZE
    points = motion - np.array([_PICTURE / 2, _PICTURE / 2, 0], np.float32)
    points = points * np.float32(DISTANCES[distance])
    if hand == "left":
        points = points * np.array([-1, 1, 1], np.float32)
    noise = rng.normal(0, noise_px, points.shape) * (1, 1, 2)
    points = points + noise.astype(np.float32) + np.array([width / 2, height / 2, 0], np.float32)
    points = points / np.array([width, height, width], np.float32)
    right = float(hand == "right")
    seen = [(Hand(one, 1.0, right, 1),) for one in points.astype(np.float32)]
    before, after = round(BEFORE_S * RATE), round(_AFTER_S * RATE)
    nothing: tuple[Hand, ...] = ()
    every = [nothing] * before + seen + [nothing] * after
    return tuple(
        Landmarks(hands, _SIZE, n / RATE, n / RATE, n) for n, hands in enumerate(every)
    )  # fmt: skip


def words(
    ways: Ways,
    conditions: Iterable[Condition] = CONDITIONS,
    texts: Sequence[str] = WORDS,
    seed: int = 0,
) -> Iterator[Performance]:
    """Every word in every condition.

    Each hand at each distance spells a sixth of the words of a condition, drawn for each.
    """
    for condition in conditions:
        rng = condition.rng(seed)
        for text, turn in zip(texts, rng.permutation(len(texts)), strict=True):
            hand, distance = TAKES[turn % len(TAKES)]
            frames = filmed(ways.motion(text, condition), rng, hand, distance)
            yield Performance(text, condition, hand, distance, frames)


def letters(
    ways: Ways, conditions: Iterable[Condition] = (LETTER,), seed: int = 0
) -> Iterator[Performance]:
    """Every letter alone, by either hand at every distance: six takes of each."""
    for condition in conditions:
        rng = condition.rng(seed)
        for letter, (hand, distance) in product(LETTERS, TAKES):
            frames = filmed(ways.motion(letter, condition), rng, hand, distance)
            yield Performance(letter, condition, hand, distance, frames)
