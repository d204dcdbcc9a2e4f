"""Lists of words: a file of the user, a request of a client, and the lexicons that come along.

A file has a word, or several with single spaces between them, on each line, in UTF-8. A number
after an equals sign is its weight, how much likelier it is than the others: ``anna = 3``. Case,
accents, apostrophes and hyphens are not spelled, so they do not count. Lines that are empty or
begin with ``#`` do not count either.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from edge import files, resources
from edge.errors import ConfigError, clear, raise_shortage

MOST_WORDS = 50_000
MOST_CHARS = 64
"""Of a word: longer than any name, and than what a tick takes to go through."""
_WEIGHTS = (0.001, 1000.0)
_UNSPELLED = dict.fromkeys(map(ord, "'-\u2019\u2010\u2011"))
"""Apostrophes and hyphens."""

Words = dict[str, float]
"""Words as they are spelled, and their weights."""


def read(path: Path, alphabet: str) -> Words:
    """The words in the file ``path``.

    Args:
        alphabet: what can be read.

    Raises:
        ConfigError: it cannot be read, or is not such a list.
    """
    try:
        text = files.read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise_shortage(error, path)
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"words {clear(str(path))} cannot be read ({reason}): name a text file"
        ) from error
    return parse(text.split("\n"), alphabet, f"words {clear(str(path))}")


def parse(lines: Iterable[str], alphabet: str, name: str) -> Words:
    """The words in ``lines``, each of which may have a weight; ``name`` is what errors call them.

    Raises:
        ConfigError: a line is no word, there are too many, or there is none.
    """
    words: Words = {}
    for number, line in enumerate(lines, 1):
        line = line.removeprefix("\ufeff").strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        try:
            word, weight = _parsed(line, alphabet)
        except ValueError as error:
            raise ConfigError(f"{name}:{number}: {error}") from None
        words[word] = max(weight, words.get(word, 0.0))
        if len(words) > MOST_WORDS:
            raise ConfigError(f"{name} has more than {MOST_WORDS} words: leave some out")
    if not words:
        raise ConfigError(f"{name} has no words: write one on each line")
    return words


def _parsed(line: str, alphabet: str) -> tuple[str, float]:
    """
    Raises:
        ValueError: the line is no word.
    """
    text, equals, number = line.partition("=")
    weight = 1.0
    if equals:
        try:
            weight = float(number)
        except ValueError:
            weight = -1.0
        low, high = _WEIGHTS
        if not low <= weight <= high:
            shown = clear(number.strip(), 20)
            raise ValueError(f"a weight is a number from {low:g} to {high:g}, not '{shown}'")
    if len(text) > 4 * MOST_CHARS:  # before anything is done with it
        raise ValueError(f"'{clear(text, 20)}' has more than {MOST_CHARS} characters: shorten it")
    word = spelled(text)
    if len(word) > MOST_CHARS:
        raise ValueError(f"'{clear(word, 20)}' has more than {MOST_CHARS} characters: shorten it")
    unread = "".join(dict.fromkeys(char for char in word if char not in alphabet))
    if not word:
        raise ValueError(f"there is no word in '{clear(line, 40)}': write one")
    if unread:
        raise ValueError(
            f"the bundle does not read '{clear(unread, 20)}' in '{clear(text.strip(), 40)}':"
            f" write it with '{clear(alphabet, 60)}'"
        )
    return word, weight


def spelled(text: str) -> str:
    """``text`` as it is spelled: in small letters, with neither accents nor what joins words."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_UNSPELLED)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


@cache
def lexicon(name: str) -> tuple[str, ...]:
    """The words of a lexicon that comes along, the most frequent first.

    Raises:
        ConfigError: it is missing.
    """
    path = resources.models() / "lexicons" / f"{name}.txt"
    try:
        lines = files.read_text(path).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise_shortage(error, path)
        raise ConfigError(f"lexicon {path} cannot be read: install the program again") from error
    return tuple(line for line in lines if line and not line.startswith("#"))
