"""From pixels to text: what is read of photos, the rendered signer and clips.

    python benchmarks/whole_path.py photos   # real hands: validation signers, held a second each
    python benchmarks/whole_path.py real     # real hands: clips of words, letters and numbers
    python benchmarks/whole_path.py signer   # rendered hands: twenty texts at 3 letters a second
    python benchmarks/whole_path.py video shared/data/video/ARE.mp4=are

Real and rendered hands are never mixed in one figure. Every picture goes through the same code as
in the daemon, unpaced: source, tracker, recogniser; only the socket is missing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import real_clips
from edge.camera import open_camera
from edge.config import Config, LandmarkConfig, RecognizeConfig
from edge.landmarks import open_tracker
from edge.landmarks.profile import PROFILES, Name
from edge.recognize import Hypothesis, open_recognizer
from models.training.evaluation.metrics import distance

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

# Signers that no training sees, as the validation files define them: the name that is printed, and
# the folder of the photos, which has the name of an account.
SIGNERS = {
    "B": "Bhavya-812",
    "C": "HimanshiChainani",
    "D": "Varunmastmardi",
    "E": "ZoyaZubair",
}

TEXTS = (
    "hello world", "quick brown fox", "jazz", "raspberry pi", "coffee", "zebra", "my name is ada",
    "fingerspelling", "turn left", "buzz", "vancouver", "queen street", "good morning", "xylophone",
    "kathmandu", "what a lovely day", "judge", "seven apples", "wifi", "thank you",
)  # fmt: skip


class Pipeline:
    """The stages, kept from one source to the next."""

    def __init__(self, config: Config) -> None:
        self._tracker = open_tracker(config.landmarks)
        self._recognizer = open_recognizer(config.recognize)

    def finals(self, uri: str) -> Iterator[Hypothesis]:
        """The final texts of an unpaced source, in order."""
        source = open_camera(uri)
        self._tracker.reset()
        while (frame := source.read()) is not None:
            yield from (h for h in self._recognizer.push(self._tracker(frame)) if h.final)
        yield from (h for h in self._recognizer.finish() if h.final)
        source.close()

    def text(self, uri: str) -> str:
        """All finals of a source, joined by spaces."""
        return " ".join(h.text for h in self.finals(uri))


@dataclass
class Tally:
    """How many photos of a signer, or of a letter, were read; and as what, where wrongly."""

    name: str
    count: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def right(self) -> int:
        return self.count - self.wrong.total()

    def add(self, letter: str, text: str) -> None:
        self.count += 1
        if text != letter:
            self.wrong[f"{letter}→{text or '-'}"] += 1

    def row(self) -> str:
        """A line of a table."""
        errors = ", ".join(f"{what} {n}" for what, n in self.wrong.most_common(12))
        share = f"{100 * self.right / self.count:.1f}"
        return f"| {self.name} | {self.count} | {share} | {errors} |"


def table(what: str, tallies: Iterable[Tally]) -> str:
    """The tallies, worst first, as Markdown."""
    rows = sorted(tallies, key=lambda t: (t.right / t.count, -t.count, t.name))
    head = f"| {what} | photos | right, % | wrong |\n|---|---|---|---|"
    return "\n".join([head, *(tally.row() for tally in rows)])


def photos(pipeline: Pipeline, data: Path, still: bool) -> None:
    """Every photo of each signer, held a second: right if exactly its letter is read."""
    signers = {name: Tally(name) for name in SIGNERS}
    letters: dict[str, Tally] = {}
    for name, signer in signers.items():
        for folder in sorted((data / "photos" / SIGNERS[name]).iterdir()):
            letter = folder.name.lower()
            if letter.isdigit() or (still and letter in "jz"):
                continue
            for photo in sorted(folder.glob("*.jpg")):
                text = pipeline.text(f"photo:{photo}?hold=1&gap=0.8&pace=0")
                for tally in (signer, letters.setdefault(letter, Tally(letter))):
                    tally.add(letter, text)
        print(f"{name}: {signer.right}/{signer.count}", file=sys.stderr)
    total = sum(signer.count for signer in signers.values())
    right = sum(signer.right for signer in signers.values())
    print(table("signer", signers.values()))
    print(f"| all | {total} | {100 * right / total:.1f} | |\n")
    print(table("letter", letters.values()))


def signer(pipeline: Pipeline, speed: float) -> None:
    """Twenty texts, each by another rendered signer."""
    errors = length = 0
    print("| text | read | errors |\n|---|---|---|")
    for seed, text in enumerate(TEXTS, 1):
        read = pipeline.text(f"signer:{text}?seed={seed}&speed={speed}&pace=0")
        wrong = distance(read, text)
        errors, length = errors + wrong, length + len(text)
        print(f"| {text} | {read} | {wrong} |", flush=True)
    print(f"\nCER {100 * errors / length:.1f} % ({errors} of {length}) at {speed:g} letters/s")


def video(pipeline: Pipeline, clips: Iterable[str]) -> None:
    """Clips, each given as PATH=TEXT."""
    errors = length = exact = count = 0
    for clip in clips:
        path, _, text = clip.rpartition("=")
        read = pipeline.text(f"video:{path}?pace=0")
        wrong = distance(read, text)
        print(f"{path}: {read!r}, wanted {text!r}: {wrong} errors", flush=True)
        errors, length = errors + wrong, length + len(text)
        exact, count = exact + (wrong == 0), count + 1
    rate = 100 * errors / max(1, length)
    print(f"CER {rate:.1f} % ({errors} of {length}), {exact} of {count} exact")


def real(recognize: RecognizeConfig, data: Path, profile: Name | None, file: Path | None) -> None:
    """The real clips in ``profile``, or in both live ones."""
    found = real_clips.play(data, recognize, (profile,) if profile else real_clips.PROFILES)
    print(real_clips.report(found))
    if file:
        real_clips.write(found, recognize.bundle, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("photos", "real", "signer", "video"))
    parser.add_argument("clips", nargs="*", metavar="CLIP=TEXT")
    parser.add_argument("--bundle", default=RecognizeConfig().bundle)
    parser.add_argument(
        "--profile", choices=("auto", *PROFILES), help="auto; of real: balanced and accurate"
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--speed", type=float, default=3.0)
    parser.add_argument("--all-letters", action="store_true", help="photos of J and Z too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="of real: what was read, too")
    options = parser.parse_args()
    recognize = RecognizeConfig(bundle=options.bundle)
    if options.what == "real":
        real(recognize, options.data, options.profile, options.json)
        return
    landmarks = LandmarkConfig(profile=options.profile or "auto")
    pipeline = Pipeline(Config(landmarks=landmarks, recognize=recognize))
    if options.what == "photos":
        photos(pipeline, options.data, still=not options.all_letters)
    elif options.what == "signer":
        signer(pipeline, options.speed)
    else:
        video(pipeline, options.clips)


if __name__ == "__main__":
    main()
