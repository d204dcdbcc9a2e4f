"""How well `ishara ask` finds passages: a corpus, questions, and the reader's own errors.

    python -m benchmarks.retrieval                 # recall, "I don't know"
    python -m benchmarks.retrieval --passages 10000   # and the time among so many

The even half of the questions was tuned on, the odd half is reported for itself.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks.retrieval.noise import misread
from edge.ask.index import Index
from edge.ask.search import KNOWN, Searcher

HERE = Path(__file__).parent
DRAWS = 5
"""Times that each question is misread."""
Question = tuple[str, frozenset[tuple[str, str]]]


def questions() -> list[Question]:
    """(question, the (document, heading) pairs that answer it)."""
    out = []
    for line in (HERE / "questions.tsv").read_text(encoding="utf-8").splitlines():
        text, path, heading = line.split("\t")
        wanted = [part.partition("#")[::2] for part in f"{path}#{heading}".split(";")]
        out.append((text, frozenset(wanted)))
    return out


def unanswerable() -> list[str]:
    """Questions that no document answers."""
    return (HERE / "unanswerable.txt").read_text(encoding="utf-8").splitlines()


def spellings(text: str, share: float, spaced: bool, seed: str) -> list[str]:
    """``text`` as it is read: `DRAWS` times where there are errors."""
    text = text if spaced else text.replace(" ", "")
    if not share:
        return [text]
    return [misread(text, share, Random(f"{seed} {n} {text}")) for n in range(DRAWS)]


def measure(
    searcher: Searcher, asked: Sequence[Question], share: float, spaced: bool
) -> dict[str, float]:
    """Shares of the questions whose passage is first, is among three, and is given."""
    first = three = given = count = 0
    for text, wanted in asked:
        for spelled in spellings(text, share, spaced, "asked"):
            hits = searcher.search(spelled)
            found = [
                (h.passage.path, h.passage.heading.rsplit(" > ", 1)[-1]) in wanted for h in hits
            ]
            first += found[:1] == [True]
            three += any(found)
            given += any(f and h.known >= KNOWN for f, h in zip(found, hits, strict=True))
            count += 1
    return {
        "recall@1": first / count, "recall@3": three / count, "given": given / count, "n": count
    }  # fmt: skip


def refused(
    searcher: Searcher, asked: Sequence[str], share: float, spaced: bool
) -> dict[str, float]:
    """Share of the questions without an answer that get none."""
    said = [
        not searcher.answer(spelled)
        for text in asked
        for spelled in spellings(text, share, spaced, "none")
    ]
    return {"unknown": sum(said) / len(said), "n": len(said)}


def many(folder: Path, count: int, rng: Random) -> None:
    """About ``count`` more passages of made-up words, as frequent as words are."""
    ends = ("a", "en", "or", "ing", "er", "y", "um", "is")
    parts = ("ba", "ker", "lo", "min", "tra", "su", "fel", "dor", "vi", "gran", "pel", "ost", "nu")
    words = list({
        "".join(rng.choices(parts, k=rng.randint(1, 3))) + rng.choice(ends) for _ in range(12_000)
    })  # fmt: skip
    real = sorted({w for f in (HERE / "corpus").iterdir() for w in f.read_text("utf-8").split()})
    words = [*real, *words]
    rng.shuffle(words)
    weights = [1 / (n + 3) for n in range(len(words))]
    for file in range(-(-count // 100)):
        sections = [
            f"## {' '.join(rng.choices(words, weights, k=3))}\n\n"
            + " ".join(rng.choices(words, weights, k=45))
            for _ in range(min(100, count - 100 * file))
        ]
        (folder / f"more{file}.md").write_text("\n\n".join(sections), encoding="utf-8")


def times(passages: int, rounds: int) -> dict[str, float]:
    """Milliseconds a question among ``passages``, and seconds to read them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (HERE / "corpus").iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        index = Index(folder)
        index.refresh()
        many(folder, passages - len(index), Random(1))
        began = time.perf_counter()
        index.refresh()
        read_s = time.perf_counter() - began
        searcher = Searcher(index)
        began = time.perf_counter()
        searcher.read("")
        speller_s = time.perf_counter() - began
        spent, computed = [], []
        for number in range(rounds):
            for text, _ in questions():
                (spelled,) = spellings(text, 0.15, number % 2 == 0, "t")[:1]
                began, began_cpu = time.perf_counter(), time.process_time()
                searcher.answer(spelled)
                spent.append(1000 * (time.perf_counter() - began))
                computed.append(1000 * (time.process_time() - began_cpu))
        cuts = statistics.quantiles(spent, n=100)
        return {
            "passages": len(index), "read_s": read_s, "words_s": speller_s, "p50_ms": cuts[49],
            "p95_ms": cuts[94], "max_ms": max(spent),
            "p95_cpu_ms": statistics.quantiles(computed, n=100)[94], "n": len(spent),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, default=0, help="measure the time among so many")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--misses", action="store_true", help="print the clean questions missed")
    args = parser.parse_args()
    index = Index(HERE / "corpus")
    index.refresh()
    searcher = Searcher(index)
    asked, none = questions(), unanswerable()
    figures: dict[str, object] = {"passages": len(index), "questions": len(asked)}
    print(f"{len(index)} passages, {len(asked)} questions, {len(none)} without an answer")
    for share in (0.0, 0.08, 0.15):
        for spaced in (True, False):
            for half, part in (("tuned", 0), ("untouched", 1)):
                name = f"{share:.0%} wrong, {'spaces' if spaced else 'no spaces'}, {half} half"
                row = measure(searcher, asked[part::2], share, spaced)
                row |= refused(searcher, none[part::2], share, spaced)
                figures[name] = row
                shown = ", ".join(f"{k} {v:.1%}" for k, v in row.items() if k != "n")
                print(f"{name}: {shown}")
    if args.misses:
        for text, wanted in asked:
            for spaced in (True, False):
                spelled = text if spaced else text.replace(" ", "")
                hits = searcher.search(spelled)
                names = [(h.passage.path, h.passage.heading.rsplit(" > ", 1)[-1]) for h in hits]
                if not set(names[:1]) & wanted or hits[0].known < KNOWN:
                    got = [
                        (n[1], round(h.known, 2), round(h.score, 1))
                        for n, h in zip(names, hits, strict=True)
                    ]
                    print("  missed", spelled, "->", got)
        for text in none:
            if hits := searcher.answer(text):
                print("  answered", text, "->", hits[0].passage.source, round(hits[0].known, 2))
    if args.passages:
        figures["times"] = row = times(args.passages, 4)
        print(", ".join(f"{k} {v:.1f}" for k, v in row.items()))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
