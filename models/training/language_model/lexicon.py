"""Make the English lexicon: the most frequent words of wordfreq's list, most frequent first.

    python -m models.training.language_model.lexicon --out models/lexicons/english.txt

Robyn Speer's wordfreq counts words in books, subtitles, encyclopaedias, news, the web and more. It
must be installed: it is the extra ``lexicon``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

WORDS = 40_000
HEAD = """\
# English words, the most frequent first: the first {count} of wordfreq {version}, list "large",
# that are written with a to z; of single letters only a and i.
# Robyn Speer, wordfreq, https://doi.org/10.5281/zenodo.7199437, CC BY-SA 4.0; so is this list.
# What it was counted in is named in LICENSE.md beside this file.
"""


def chosen(words: Iterable[str], count: int) -> list[str]:
    """The first ``count`` of ``words`` that can be spelled and are words."""
    kept = (w for w in words if re.fullmatch("[a-z]{2,24}|a|i", w))
    return [word for word, _ in zip(kept, range(count), strict=False)]


def main() -> None:
    from importlib.metadata import version

    from wordfreq import iter_wordlist

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--words", type=int, default=WORDS)
    args = parser.parse_args()
    words = chosen(iter_wordlist("en", "large"), args.words)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    head = HEAD.format(count=len(words), version=version("wordfreq"))
    args.out.write_text(head + "\n".join(words) + "\n", encoding="ascii")
    print(f"{args.out}: {len(words)} words, {args.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
