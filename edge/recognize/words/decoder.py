"""A decoder that knows words: what another reads, with words where they are likelier."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np

from edge.recognize.contracts import Floats, Motion, WeighingDecoder
from edge.recognize.expect import TWINS
from edge.recognize.hypothesis import Char
from edge.recognize.words.align import align
from edge.recognize.words.search import Costs, Found, Search, links
from edge.recognize.words.vocabulary import Vocabulary

_MOST_TICKS = 900
"""Answers kept, to know when a word's characters were seen: half a minute."""
_FLOOR = math.log(1e-6)
"""Of an answer, so that a word which was found can be aligned."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Characters, and how many of them will not change."""

    chars: tuple[Char, ...]
    stable: int


class WordDecoder:
    """An `edge.recognize.contracts.Decoder` around another one."""

    def __init__(self, plain: WeighingDecoder, vocabulary: Vocabulary) -> None:
        """
        Args:
            plain: reads without words, over the vocabulary's alphabet.
        """
        self._plain = plain
        self._only = vocabulary.only
        self._trie = vocabulary.trie
        costs = Costs(
            plain.costs.insertion_penalty, plain.costs.repeat_penalty, plain.costs.blank_bias
        )
        space = plain.alphabet.find(" ") + 1
        self._class_of = {char: k for k, char in enumerate(plain.alphabet, 1)}
        pairs = [
            (self._class_of[letter], self._class_of[digit])
            for digit, letter in TWINS.items()
            if {letter, digit} <= set(self._class_of)
        ]
        self._letters = [letter for letter, _ in pairs]
        self._digits = [digit for _, digit in pairs]
        self._search = Search(vocabulary.trie, costs, space, vocabulary.only)
        self._forget()

    def reset(self) -> None:
        """Forget everything."""
        self._plain.reset()
        self._search.reset()
        self._forget()

    def _forget(self) -> None:
        self._times: deque[float] = deque(maxlen=_MOST_TICKS)
        self._answers: deque[Floats] = deque(maxlen=_MOST_TICKS)
        self._aligned: dict[tuple[int, float], tuple[Char, ...]] = {}
        self._shown: _Reading | None = None

    @property
    def digits_only(self) -> bool:
        """Only digits are expected: words do not count."""
        return self._plain.digits_only

    @digits_only.setter
    def digits_only(self, digits_only: bool) -> None:
        self._plain.digits_only = digits_only

    @property
    def plain(self) -> tuple[Char, ...]:
        """The best text without words."""
        return self._plain.chars

    @property
    def chars(self) -> tuple[Char, ...]:
        """The best text so far; the first `stable` characters will not change."""
        return self._reading().chars

    @property
    def stable(self) -> int:
        """How many characters are settled."""
        return self._reading().stable

    def step(self, log_probs: Floats, time: float, motion: Motion) -> None:
        """As of `Decoder`."""
        self._plain.step(log_probs, time, motion)
        self._shown = None
        if self.digits_only:
            return
        # Where a digit and a letter have one handshape, the letter is as probable as both.
        digits, letters = log_probs[self._digits], log_probs[self._letters]
        log_probs = log_probs.copy()
        log_probs[self._letters] = np.logaddexp(letters, digits)
        self._times.append(time)
        self._answers.append(log_probs)
        text = "".join(char.text for char in self._plain.chars).strip(" ")
        ends = self._plain.chars[-1:]
        between = not text or (not self._only and bool(ends) and ends[0].text == " ")
        self._search.step(log_probs, time, self._plain.gain, between, self._held)

    def draft(self, log_probs: Floats, time: float, motion: Motion) -> tuple[Char, ...]:
        """As of `Decoder`, where no word is in the text; else `chars`."""
        if self._only or self.chars != self._plain.chars:
            return self.chars
        return self._plain.draft(log_probs, time, motion)

    def take(self) -> tuple[Char, ...]:
        """End the segment: return the best text and remove it.

        Of a closed list that is nothing where no words match well enough.
        """
        score, found = self._search.best()
        self._aligned.clear()
        chars: tuple[Char, ...] = ()
        if self.digits_only:
            chars = self._plain.chars
        elif score > 0 or not self._only:
            chars = tuple(char for char, _ in self._spelled(found))
        self._plain.take()
        self._search.reset(self._held)
        self._forget()
        return chars

    @property
    def _held(self) -> int:
        return self._class_of.get(self._plain.held, 0)

    def _reading(self) -> _Reading:
        if self._shown is None:
            self._shown = self._read()
        return self._shown

    def _read(self) -> _Reading:
        if self.digits_only:
            return _Reading(self._plain.chars, self._plain.stable)
        score, found = self._search.partial()
        if self._only and score <= 0:
            return _Reading((), 0)
        shared, until = self._search.settled()
        open_from = takewhile(lambda pair: pair[1], self._spelled(shared, until))
        return _Reading(tuple(char for char, _ in self._spelled(found)), len(list(open_from)))

    def _spelled(self, found: Found | None, until: float = math.inf) -> list[tuple[Char, bool]]:
        """The text with the words up to ``found``, and each character's: is it settled?

        Args:
            until: seconds until which it goes on after them with what was read without words.
        """
        settled = self._plain.stable
        other = [(char, n < settled) for n, char in enumerate(self._plain.chars)]
        text: list[tuple[Char, bool]] = []
        end = -math.inf
        for link in links(found):
            text += [pair for pair in other if end < pair[0].start <= link.start]
            text += [(char, True) for char in self._seen(link)]
            end = link.end
        if not self._only:
            after = [pair for pair in other if end < pair[0].start <= until]
            spaced = bool(text) and text[-1][0].text == " " and after and after[0][0].text == " "
            text += after[1:] if spaced else after
        return text

    def _seen(self, link: Found) -> tuple[Char, ...]:
        """The characters of a word or space, and when they were seen."""
        classes = self._trie.classes(link.node)
        if not classes:
            return (Char(" ", link.end, link.end, 1.0),)
        key = link.node, link.start
        if key not in self._aligned:
            start = max(link.start, link.before.end if link.before else -math.inf)
            first, last = bisect_right(self._times, start), bisect_right(self._times, link.end)
            times = list(islice(self._times, first, last))
            answers = np.stack(list(islice(self._answers, first, last)))
            spans = align(np.maximum(answers, _FLOOR), classes)
            self._aligned[key] = tuple(
                Char(self._plain.alphabet[k - 1], times[a], times[b], math.exp(p))
                for k, (a, b, p) in zip(classes, spans, strict=True)
            )
        return self._aligned[key]
