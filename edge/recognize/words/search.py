"""Finds words in what a model answers, tick by tick: CTC token passing over a prefix trie.

A token is a place in the trie with the log-probability of all alignments that lead to it (Young,
Russell and Thornton, "Token Passing", 1989; for CTC, Graves et al., "Connectionist Temporal
Classification", 2006). All scores are relative to that of the text which a decoder reads without
words: what scores above 0 is likelier than what was read in its place. A word adds its bonus where
it ends, so one that breaks off has none, and text that is in no list competes as it is.

The text may change between words and what was read without them. A word begins where the other
text does, or after its space, or after another word; until its first character, what else is seen
counts as blank. It ends at the end of the text, or before a space or another word.

A tick costs by the words that are still in question, not by the length of the list: a token that
cannot win any more, even with the largest bonus ahead of it, is dropped, and so are all but the
best `_MOST`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.recognize.words.trie import NONE, Floats, Ints, Trie

_NEVER = -1e30
"""Finite: the difference of two is not NaN."""
_MOST = 300
"""Tokens kept."""
_SLACK = 2.0
"""Nats below the other text at which a token may still win."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Nats that are added to a score.

    Attributes:
        insertion, repeat, blank: those of the decoder, see `DecoderCosts`.
        floor: of a model's answer: no character of a word is thought less likely.
        join: of a word that follows another without a space.
    """

    insertion: float
    repeat: float
    blank: float
    floor: float = math.log(1e-4)
    join: float = math.log(5e-3)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A word, or a space after one, in a text. Times are seconds.

    Attributes:
        before: the one before it; None for none.
        node: of the word, or of its first characters, in the trie; a root for a space.
        start: until then the text from ``before`` on is what was read without words.
        end: its last tick.
    """

    before: Found | None
    node: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Single:
    """A token outside of the words: scores of ending in blank and in the class ``last``, and what
    was before, as in `Found`."""

    blank: float = _NEVER
    label: float = _NEVER
    last: int = 0
    before: Found | None = None
    start: float = -math.inf

    @property
    def total(self) -> float:
        return float(np.logaddexp(self.blank, self.label))


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Tokens [A] in words; ``pasts`` are places in `Search._pasts`."""

    nodes: Ints
    blank: Floats
    label: Floats
    pasts: Ints


class Search:
    """Which words are in the text so far."""

    def __init__(self, trie: Trie, costs: Costs, space: int, closed: bool) -> None:
        """
        Args:
            space: class of the space; 0 where the model has none.
            closed: the text is of words only, be it likelier than what else was read or not.
        """
        self._trie = trie
        self._costs = costs
        self._space = space
        self._closed = closed
        self._places = np.full(len(trie.labels), -1, np.int64)
        self._most = float(trie.ahead[list(trie.roots)].max())
        self._entry = np.where(trie.repeats, costs.repeat, costs.insertion)
        self.reset()

    def reset(self, held: int = 0) -> None:
        """Begin a text; ``held`` is as in `step`."""
        self._now = -math.inf
        self._lead = 0.0  # of the text that goes on without words after `_led`
        self._led: Found | None = None
        self._root = _at(0.0, held)
        self._after = _Single()  # in the space after a word
        self._word: _Single | None = None  # the best that ends now; it is its own past
        none = np.zeros(0, np.int64)
        self._tokens = _Tokens(none, np.zeros(0), np.zeros(0), none)
        self._pasts: list[tuple[Found | None, float]] = []

    def step(
        self, log_probs: NDArray[np.float32], time: float, gain: float, boundary: bool, held: int
    ) -> None:
        """One tick.

        Args:
            log_probs: [1 + characters], as the decoder got them.
            time: seconds, as the decoder got it.
            gain: nats that the decoder's best text gained in this tick.
            boundary: a word may begin: what else was read is empty or ends in a space.
            held: class of the character that the decoder has read and still sees; 0 for none.
        """
        self._now = time
        answers = np.maximum(log_probs, self._costs.floor).astype(np.float64) - gain
        blank = float(answers[0]) + self._costs.blank
        word = self._word
        self._pass_tokens(answers, blank)
        self._word = self._ended()
        self._pass_space(answers, blank, word)
        self._pass_root(answers, blank, boundary, held)
        if self._after.before and self._after.total > self._lead:
            self._lead, self._led = self._after.total, self._after.before

    def _pass_tokens(self, answers: Floats, blank: float) -> None:
        trie, old, root = self._trie, self._tokens, self._root
        limit = -math.inf if self._closed else self._lead - _SLACK
        if not self._pasts or self._pasts[-1] != (root.before, root.start):
            self._pasts.append((root.before, root.start))
        # Into the children of every token, and of the roots, which are the first here.
        roots = len(trie.roots)
        froms = np.concatenate([trie.roots, old.nodes])
        blanks = np.concatenate([np.full(roots, root.blank), old.blank])
        totals = np.logaddexp(blanks, np.concatenate([np.full(roots, root.label), old.label]))
        pasts = np.concatenate([np.full(roots, len(self._pasts) - 1), old.pasts])
        counts = trie.counts[froms]
        source = np.repeat(np.arange(len(froms)), counts)
        nodes = trie.first[froms][source] + np.arange(len(source))
        nodes -= (np.cumsum(counts) - counts)[source]
        repeats, entry = trie.repeats[nodes], self._entry[nodes]
        first = slice(int(counts[:roots].sum()))
        repeats[first] = trie.labels[nodes[first]] == root.last
        entry[first][repeats[first]] = self._costs.repeat
        entering = np.where(repeats, blanks[source], totals[source])
        entering += entry + answers[trie.labels[nodes]]
        kept = entering + trie.ahead[nodes] > limit
        nodes, entering, origins = nodes[kept], entering[kept], pasts[source[kept]]
        # In blank, or on in the same character.
        in_blank = totals[roots:] + blank
        in_label = old.label + answers[trie.labels[old.nodes]]
        past = old.pasts.copy()
        # Into a node that has a token already, or into one that had none.
        self._places[old.nodes] = np.arange(len(old.nodes))
        at = self._places[nodes]
        self._places[old.nodes] = -1
        there, fresh = at >= 0, at < 0
        at, entered = at[there], entering[there]
        newer = entered > np.logaddexp(in_blank[at], in_label[at])
        past[at[newer]] = origins[there][newer]
        in_label[at] = np.logaddexp(in_label[at], entered)
        self._keep(
            _Tokens(
                np.concatenate([old.nodes, nodes[fresh]]),
                np.concatenate([in_blank, np.full(np.count_nonzero(fresh), _NEVER)]),
                np.concatenate([in_label, entering[fresh]]),
                np.concatenate([past, origins[fresh]]),
            ),
            limit,
        )

    def _keep(self, tokens: _Tokens, limit: float) -> None:
        """Keep those that may come to more than ``limit``, and of those the best."""
        hopes = np.logaddexp(tokens.blank, tokens.label) + self._trie.ahead[tokens.nodes]
        kept = hopes > limit
        if np.count_nonzero(kept) > _MOST:
            kept = hopes >= np.partition(hopes, -_MOST)[-_MOST]
        pasts = tokens.pasts[kept]
        if len(self._pasts) > 4 * _MOST:
            used, pasts = np.unique(pasts, return_inverse=True)
            self._pasts = [self._pasts[n] for n in used]
        self._tokens = _Tokens(tokens.nodes[kept], tokens.blank[kept], tokens.label[kept], pasts)

    def _ended(self) -> _Single | None:
        """The best word that ends in this tick."""
        tokens = self._tokens
        if not len(tokens.nodes):
            return None
        bonus = self._trie.bonus[tokens.nodes]
        best = int((np.logaddexp(tokens.blank, tokens.label) + bonus).argmax())
        if bonus[best] == NONE:
            return None
        found, start = self._pasts[tokens.pasts[best]]
        node, more = int(tokens.nodes[best]), float(bonus[best])
        return _Single(
            blank=float(tokens.blank[best]) + more,
            label=float(tokens.label[best]) + more,
            last=int(self._trie.labels[node]),
            before=Found(found, node, start, self._now),
        )

    def _pass_space(self, answers: Floats, blank: float, word: _Single | None) -> None:
        """On in the space after a word, or into it from the ``word`` of the tick before."""
        if not self._space:
            return
        old, answer = self._after, float(answers[self._space])
        in_blank, label, before = old.total + blank, old.label + answer, old.before
        if word:
            entering = word.total + self._costs.insertion + answer
            if entering > max(in_blank, label):
                before = Found(word.before, 0, -math.inf, self._now)
            label = float(np.logaddexp(label, entering))
        self._after = _Single(in_blank, label, self._space, before)

    def _pass_root(self, answers: Floats, blank: float, boundary: bool, held: int) -> None:
        """On to where a word may begin in the next tick."""
        old = self._root
        label = old.label + float(answers[old.last]) if old.last else _NEVER
        best = replace(old, blank=old.total + blank, label=label)
        if boundary and self._lead >= best.total:
            best = replace(_at(self._lead, held), before=self._led, start=self._now)
        if self._after.before and self._after.total > best.total:
            best = self._after
        if self._word and self._word.total + self._costs.join > best.total:
            join = self._costs.join
            blank, label = self._word.blank + join, self._word.label + join
            best = replace(self._word, blank=blank, label=label)
        self._root = best

    def best(self) -> tuple[float, Found | None]:
        """The text if it ended now: its score, and the last word or space in it; None for none.

        What was read without words goes on after it, but for a closed list.
        """
        score, found = (_NEVER, None) if self._closed else (self._lead, self._led)
        for option in (self._word, self._after):
            if option and option.before and option.total > score:
                score, found = option.total, option.before
        return score, found

    def partial(self) -> tuple[float, Found | None]:
        """The same, or the beginning of a word where that is likelier so far, by its share of the
        word's bonus."""
        score, found = self.best()
        tokens = self._tokens
        if len(tokens.nodes):
            scores = np.logaddexp(tokens.blank, tokens.label) + self._trie.partial[tokens.nodes]
            best = int(scores.argmax())
            if scores[best] > score:
                before, start = self._pasts[tokens.pasts[best]]
                score = float(scores[best])
                found = Found(before, int(tokens.nodes[best]), start, self._now)
        return score, found

    def settled(self) -> tuple[Found | None, float]:
        """(the last word or space that all texts still in question share, the time until which
        they also share what was read without words after it)."""
        used = [self._pasts[n] for n in np.unique(self._tokens.pasts)]
        if self._closed or self._root.total + self._most > self._lead - _SLACK:
            used.append((self._root.before, self._root.start))
        if not self._closed:
            used.append((self._led, math.inf))
        if self._after.before:
            used.append((self._after.before, math.inf))
        chains = [[*links(found), None] for found, _ in used]
        shared: Found | None = None
        for level in zip(*chains, strict=False):
            if any(link is not level[0] for link in level) or level[0] is None:
                ends = zip(level, used, strict=True)
                return shared, min(link.start if link else start for link, (_, start) in ends)
            shared = level[0]
        return shared, math.inf


def _at(score: float, held: int) -> _Single:
    """In the character ``held``, or in blank where that is 0."""
    return _Single(label=score, last=held) if held else _Single(blank=score)


def links(found: Found | None) -> list[Found]:
    """``found`` and all before it, the first one first."""
    chain = []
    while found:
        chain.append(found)
        found = found.before
    return chain[::-1]
