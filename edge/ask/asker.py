"""From what was spelled to what is said to it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from edge.ask.guard import Refused, Written, checked
from edge.ask.model import Model, ModelFailed
from edge.ask.search import Hit, Searcher, said
from edge.ask.text import plain
from edge.events.protocol import Kind

log = logging.getLogger(__name__)

UNKNOWN = "I don't know."
MIN_LETTERS = 3
"""Of a question."""
WAKE_S = 30.0
"""Seconds in which a question may follow a wake phrase that was spelled for itself."""
_WAKE_WRONG = 0.25
"""Share of the wake phrase's letters that may be wrong."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a question."""

    text: str
    kind: Kind
    sources: tuple[str, ...] = ()


class Asker:
    """Answers questions from an index, in a model's words where there is one."""

    def __init__(self, searcher: Searcher, model: Model | None = None, wake: str = "") -> None:
        """``wake``: questions begin with it, or follow it; empty: all that is spelled is one."""
        self._searcher = searcher
        self._model = model
        self._wake = plain(wake).replace(" ", "")
        self._awake_until = 0.0

    def question(self, text: str) -> str:
        """The question in ``text``; empty where it is none."""
        spelled = plain(text)
        if self._wake:
            now = time.monotonic()
            begun = _after(spelled, self._wake)
            if begun is not None:
                alone = len(begun.replace(" ", "")) < MIN_LETTERS
                self._awake_until = now + WAKE_S if alone else 0.0
                spelled = begun
            elif now > self._awake_until:
                return ""
            else:
                self._awake_until = 0.0
        return spelled if len(spelled.replace(" ", "")) >= MIN_LETTERS else ""

    def search(self, question: str) -> list[Hit]:
        """The passages that answer ``question``, best first."""
        return self._searcher.answer(question)

    def reply(self, question: str, hits: list[Hit]) -> Reply:
        """What to say; asks the model, which may take seconds, where there is one."""
        if not hits:
            return Reply(UNKNOWN, "unknown")
        best = hits[0].passage
        quoted = Reply(best.text, "passage", (best.source,))
        if self._model is None or self._model.resting:
            return quoted
        written = self._written(self._model, question, hits)
        if written is None:
            return quoted
        if not written.cited:
            return Reply(UNKNOWN, "unknown")
        return Reply(written.text, "written", tuple(p.source for p in written.cited))

    def corrected(self, question: str) -> str:
        """``question`` in words, as likely as it can be said, for a model and for people."""
        return said(self._searcher.read(question).best) or question

    def _written(self, model: Model, question: str, hits: list[Hit]) -> Written | None:
        passages = [hit.passage for hit in hits]
        try:
            return checked(model.write(question, passages), passages)
        except ModelFailed as error:
            log.warning("the model fails: %s; the passage is shown instead", error)
        except Refused as error:
            log.warning("what the model wrote is not shown: %s", error)
        return None


def _after(spelled: str, wake: str) -> str | None:
    """What follows the wake phrase in ``spelled``; None where it does not begin with it."""
    letters = spelled.replace(" ", "")
    allowed = int(len(wake) * _WAKE_WRONG)
    best: tuple[int, int] | None = None
    for size in range(max(1, len(wake) - allowed), len(wake) + allowed + 1):
        wrong = _distance(letters[:size], wake)
        if size <= len(letters) and wrong <= allowed and (best is None or wrong < best[0]):
            best = wrong, size
    if best is None:
        return None
    count, rest = 0, len(spelled)
    for at, c in enumerate(spelled):
        if count == best[1]:
            rest = at
            break
        count += c != " "
    return spelled[rest:].strip()


def _distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for n, x in enumerate(a, 1):
        before, row[0] = row[0], n
        for m, y in enumerate(b, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (x != y))
    return row[-1]
