"""What lists of words are worth: real clips and drawn hands, read with and without them.

    python -m benchmarks.words                      # a minute, and one more where clips are tracked
    python -m benchmarks.words --bundle DIR --lists 5

Each set is read without words, with the English lexicon, with own lists that hold its answers and
are filled up with common words to 200, and with these as closed lists. What is in no list, unseen
names and random letters, is read with the same lists. Real and drawn hands are never mixed in one
figure. The drawn words are of the kinds that the bonuses were chosen on, drawn with other seeds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge.config import RecognizeConfig
from edge.landmarks import Landmarks
from edge.recognize import open_recognizer
from edge.recognize.contracts import Decoder, Floats, Model
from edge.recognize.recognizer import Recognizer
from edge.recognize.words import Vocabulary
from edge.recognize.words.lists import lexicon
from edge.recognize.words.vocabulary import of_words
from models.training.data.hands import LETTERS
from models.training.evaluation.metrics import Reading, total
from models.training.evaluation.recorded_clips import Tracked, clips
from models.training.evaluation.transitions import CONDITIONS, TAKES, WORDS, Ways, filmed

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
LIST_WORDS = 200
_COMMON = 5000
"""A list is filled up with words of this rank or more frequent ones."""
_CHARS = (3, 8)
"""Characters of random letters."""

UNSEEN = (
    "backnang", "bergzabern", "bernburg", "bertin", "beyer", "bijapur", "birnbaum", "brun",
    "brunel", "dachau", "eckhart", "eluru", "farhan", "geldern", "grafenau", "hajipur", "hapur",
    "jacinto", "jahangir", "jamnagar", "moers", "muhldorf", "munger", "nauen", "nurtingen",
    "oranienburg", "panipat", "parsberg", "peron", "pohl", "pons", "quintero", "ramiro",
    "rampur", "rothenburg", "sikar", "sonarpur", "sonipat", "suhl",
)  # fmt: skip
"""Names of people and places whose ways are drawn, none of them in the lexicon."""

Frames = Sequence[Landmarks]


class Replay:
    """A model that answers a stream it has answered before as it did then."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.alphabet, self.rate, self.look_ahead = model.alphabet, model.rate, model.look_ahead
        self._answers: dict[int, list[Floats]] = {}

    def begin(self, stream: int) -> None:
        """The next answers are those of this stream."""
        self._known = stream in self._answers
        self._of = self._answers.setdefault(stream, [])
        self._next = 0

    def step(self, features: Floats) -> Floats:
        if not self._known:
            self._of.append(self._model.step(features))
        self._next += 1
        return self._of[self._next - 1]

    def draft(self, features: Floats) -> None:
        """Nothing: a final is the same without."""

    def reset(self) -> None:
        self._model.reset()


class Timed:
    """A decoder, and the processor's seconds that its steps take."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self.seconds: list[float] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._decoder, name)

    @property
    def digits_only(self) -> bool:
        return self._decoder.digits_only

    @digits_only.setter
    def digits_only(self, digits_only: bool) -> None:
        self._decoder.digits_only = digits_only

    def step(self, *tick: object) -> None:
        began = time.process_time()
        self._decoder.step(*tick)  # type: ignore[arg-type]
        _ = self._decoder.chars, self._decoder.stable  # as the recogniser asks for them
        self.seconds.append(time.process_time() - began)


@dataclass(frozen=True)
class Set:
    """Streams of one kind.

    Attributes:
        listed: own lists hold what is spelled.
    """

    name: str
    listed: bool
    streams: list[tuple[str, Frames]] = field(repr=False)


def real(data: Path, profile: str = "balanced") -> Iterator[Set]:
    """Words, letters and numbers of real clips, at their own speed."""
    tracked = Tracked(profile)  # type: ignore[arg-type]
    for group in ("words", "letters", "numbers"):
        found = [(clip.truth, tracked(clip)) for clip in clips(data, group)]
        yield Set(f"real {group}", group == "words", found)


def drawn(data: Path, count: int, seed: int = 0) -> Iterator[Set]:
    """Drawn hands that spell words of a list, other words, names and random letters."""
    ways = Ways.load(data)
    english = lexicon("english")
    common = [word for word in english[:15_000] if len(word) > 2 and ways.spells(word)]
    rng = np.random.default_rng((seed, 17))
    kinds: dict[str, Callable[[], str]] = {
        "words": lambda: WORDS[rng.integers(len(WORDS))],
        "common words": lambda: common[rng.integers(len(common))],
        "unseen names": lambda: UNSEEN[rng.integers(len(UNSEEN))],
        "random letters": lambda: _random(ways, rng),
    }
    for kind, draw in kinds.items():
        streams = []
        for _ in range(count):
            text, condition = draw(), CONDITIONS[rng.integers(len(CONDITIONS))]
            hand, distance = TAKES[rng.integers(len(TAKES))]
            frames = filmed(ways.motion(text, condition), rng, hand, distance)
            streams.append((text, frames))
        yield Set(f"drawn {kind}", kind == "words", streams)


def _random(ways: Ways, rng: np.random.Generator) -> str:
    while True:
        length = rng.integers(_CHARS[0], _CHARS[1] + 1)
        text = "".join(rng.choice(list(LETTERS), length))
        if ways.spells(text):
            return text


def own_list(answers: Sequence[str], seed: int) -> dict[str, float]:
    """The answers, and common words up to `LIST_WORDS`."""
    rng = np.random.default_rng((seed, 200))
    words = dict.fromkeys(answers, 1.0)
    for n in rng.permutation(_COMMON):
        if len(words) < LIST_WORDS:
            words.setdefault(lexicon("english")[n], 1.0)
    return words


def report(recognizer: Recognizer, model: Replay, sets: Sequence[Set], lists: int) -> Iterator[str]:
    """A table a set, line by line."""
    for found in sets:
        listed = found if found.listed else next(s for s in sets if s.listed)
        answers = [truth for truth, _ in listed.streams]
        if found.name.startswith("drawn"):
            answers = list(WORDS)
        ways: dict[str, list[Vocabulary | None]] = {
            "no list": [None],
            "lexicon": [of_words({}, False, "english", recognizer.alphabet)],
        }
        owns = [own_list(answers, seed) for seed in range(lists)]
        for name, only in ((f"list of {LIST_WORDS}", False), ("closed", True)):
            ways[name] = [of_words(own, only, "off", recognizer.alphabet) for own in owns]
        head = "characters wrong, % | exact | no text | worst list | ms a tick, p95"
        yield f"\n| {found.name} | {head} |"
        yield "|---|---|---|---|---|---|"
        for name, vocabularies in ways.items():
            yield _row(name, recognizer, model, found, vocabularies)


def _row(
    name: str, recognizer: Recognizer, model: Replay, found: Set,
    vocabularies: Sequence[Vocabulary | None],
) -> str:  # fmt: skip
    figures, seconds, silent = [], [], 0
    for words in vocabularies:
        recognizer.use_words(words)
        recognizer._decoder = timed = Timed(recognizer._decoder)  # type: ignore[assignment]
        readings = []
        for stream, (truth, frames) in enumerate(found.streams):
            model.begin(hash((found.name, stream)))
            finals = [h for frame in frames for h in recognizer.push(frame) if h.final]
            finals += [h for h in recognizer.finish() if h.final]
            readings.append(Reading(truth, " ".join(h.text for h in finals if h.text)))
        figures.append(total(readings))
        silent += sum(not reading.read for reading in readings)
        seconds += timed.seconds
    wrong = [f"{100 * f.cer:.1f}" for f in figures]
    mean = 100 * sum(f.cer for f in figures) / len(figures)
    exact = sum(f.exact for f in figures) / len(figures)
    worst = max(figures, key=lambda f: f.cer)
    several = f"{100 * worst.cer:.1f}, {worst.exact}" if len(wrong) > 1 else ""
    spent = f"{1000 * np.mean(seconds):.2f}, {1000 * np.percentile(seconds, 95):.2f}"
    cells = (
        name, f"{mean:.1f}", f"{exact:g} of {figures[0].texts}", f"{silent / len(figures):g}",
        several, spent,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def costs(recognizer: Recognizer, model: Replay, frames: Frames, sizes: Sequence[int]) -> str:
    """Mean and 95th percentile of a tick's decoding with own lists of these sizes."""
    english, cells = lexicon("english"), []
    letters = np.random.default_rng(3)
    for size in sizes:
        own = dict.fromkeys(english[:size], 1.0)
        while len(own) < size:
            own["".join(letters.choice(list(LETTERS), 9))] = 1.0
        recognizer.use_words(of_words(own, False, "off", recognizer.alphabet))
        recognizer._decoder = timed = Timed(recognizer._decoder)  # type: ignore[assignment]
        model.begin(-1)
        for frame in frames:
            recognizer.push(frame)
        recognizer.finish()
        mean, p95 = np.mean(timed.seconds), np.percentile(timed.seconds, 95)
        cells.append(f"{size} words {1000 * mean:.2f} and {1000 * p95:.2f} ms")
    return "a tick's decoding, mean and p95, processor time: " + "; ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", default=RecognizeConfig().bundle)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--lists", type=int, default=5, help="own lists that a figure is the mean of"
    )
    parser.add_argument("--drawn", type=int, default=120, help="drawn texts of each kind")
    args = parser.parse_args()
    recognizer = open_recognizer(RecognizeConfig(bundle=args.bundle))
    recognizer._model = model = Replay(recognizer._model)  # type: ignore[assignment]
    sets = [*real(args.data), *drawn(args.data, args.drawn)]
    for part in ("real", "drawn"):
        chosen = [found for found in sets if found.name.startswith(part)]
        for line in report(recognizer, model, chosen, args.lists):
            print(line, flush=True)
    longest = max((frames for found in sets for _, frames in found.streams), key=len)
    print("\n" + costs(recognizer, model, longest, (0, 200, 50_000)))


if __name__ == "__main__":
    main()
