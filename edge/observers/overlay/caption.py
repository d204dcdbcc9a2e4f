"""What an overlay says, as the events say it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge.events import Final, Partial, Published, Revised, State

MOST_FINALS = 3
"""Ended segments whose text stays in view."""


@dataclass(frozen=True, slots=True)
class Caption:
    """
    Attributes:
        state, reason: of the newest state.
        settled, provisional: the text of the open segment: what will not change, and what may.
        finals: (segment, text) of the segments that ended last, oldest first.
    """

    state: str = "starting"
    reason: str = ""
    settled: str = ""
    provisional: str = ""
    finals: tuple[tuple[int, str], ...] = ()

    def after(self, published: Published) -> Caption:
        """What is said once this was published."""
        match published.event:
            case State(state=state, reason=reason):
                if state == "stopping":  # what was read last stays in view
                    return self
                return replace(self, state=state, reason=reason)
            case Partial(text=text, stable=stable):
                return replace(self, settled=text[:stable], provisional=text[stable:])
            case Final(segment=segment, text=text):
                finals = (*self.finals, (segment, text))[-MOST_FINALS:]
                return replace(self, settled="", provisional="", finals=finals)
            case Revised(segment=segment, text=text):
                finals = tuple((n, text if n == segment else old) for n, old in self.finals)
                return replace(self, finals=finals)
            case _:
                return self
