"""The words in use, each with what it is worth, as the trie that a `Search` goes through.

What a word is worth was chosen on drawn hands (`models.training.evaluation.transitions`) that spell
words in a list, other words, names and random letters, and on phrases of the development signers:
so that what is in no list is read as before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from edge.config import Lexicon, RecognizeConfig
from edge.errors import ConfigError
from edge.recognize.words import lists
from edge.recognize.words.lists import Words
from edge.recognize.words.trie import Trie

_OWN = (-0.5, 1.25)
"""Nats of an own word of weight 1: of each, and of each of its characters. The second outweighs
what the decoder charges for a character, so that a long word costs no more than a short one."""
_CLOSED = (1.5, 1.0)
"""The same where nothing else is read: it takes what a word matches worse than other text."""
_LEXICON = (-2.3, 1.0)
"""The same of the most frequent word of a lexicon."""
_BY_RANK = 0.25
"""Nats that a lexicon's word loses with each factor of e in its rank: by Zipf's law that is a
quarter of what its frequency does."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in use.

    Attributes:
        trie: of them over the bundle's alphabet.
        only: nothing else is read.
        count: of the user's own words.
        content: that of two is the same where they know the same.
    """

    trie: Trie = field(repr=False, compare=False)
    only: bool
    count: int
    content: tuple[object, ...] = field(repr=False)


def words_of_config(config: RecognizeConfig, alphabet: str) -> Vocabulary | None:
    """The words that ``config`` names; None where it names none.

    Args:
        alphabet: of the bundle.

    Raises:
        ConfigError: a list cannot be used, or there is none to which reading is to be limited.
    """
    own = lists.read(Path(config.words), alphabet) if config.words else {}
    if config.words_only and not own and config.lexicon == "off":
        raise ConfigError("words_only needs a list: name one with words in [recognize]")
    return of_words(own, config.words_only, config.lexicon, alphabet)


def words_of_client(
    lines: Sequence[str], only: bool, lexicon: Lexicon, alphabet: str
) -> Vocabulary | None:
    """The words that a client asks for, each as a line of a file, beside a lexicon.

    Raises:
        ConfigError: one is no word, or there is none to which reading is to be limited.
    """
    own = lists.parse(lines, alphabet, "words") if lines else {}
    if only and not own:
        raise ConfigError("only needs words")
    return of_words(own, only, lexicon, alphabet)


def of_words(own: Words, only: bool, lexicon: Lexicon, alphabet: str) -> Vocabulary | None:
    """These words, and those of a lexicon; None where there are none at all.

    Raises:
        ConfigError: the lexicon is missing.
    """
    tries = []
    if own:
        each, every = _CLOSED if only else _OWN
        bonuses = {word: each + every * len(word) + math.log(n) for word, n in own.items()}
        tries.append(Trie.of(bonuses, alphabet))
    if lexicon != "off":
        tries.append(_lexicon(lexicon, only, alphabet))
    if not tries:
        return None
    trie = tries[0].joined(tries[1]) if len(tries) > 1 else tries[0]
    return Vocabulary(trie, only, len(own), (frozenset(own.items()), lexicon))


@cache
def _lexicon(name: str, only: bool, alphabet: str) -> Trie:
    known = [word for word in lists.lexicon(name) if set(word) <= set(alphabet)]
    each, every = _CLOSED if only else _LEXICON
    lost = _BY_RANK * np.log(np.arange(1, len(known) + 1))
    return Trie.of(
        {word: each + every * len(word) - by for word, by in zip(known, lost, strict=True)},
        alphabet,
    )
