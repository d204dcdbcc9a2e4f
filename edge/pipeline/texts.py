"""From hypotheses of the recogniser to events."""

from __future__ import annotations

from edge.events.bus import age_ms
from edge.events.protocol import CharSpan, Final, Partial
from edge.recognize.hypothesis import Hypothesis


def text_event(hypothesis: Hypothesis, now: float) -> Partial | Final:
    """The event for ``hypothesis``, published at ``now`` monotonic seconds.

    Its ``segment`` is the recogniser's own number; `edge.events.Session` sets the published one.
    """
    stable = hypothesis.chars[: hypothesis.stable]
    event: type[Partial] | type[Final] = Final if hypothesis.final else Partial
    return event(
        segment=hypothesis.segment,
        text=hypothesis.text,
        stable=sum(len(char.text) for char in stable),
        confidence=round(hypothesis.confidence, 3),
        chars=tuple(
            CharSpan(
                text=char.text,
                start=round(char.start, 4),
                end=round(char.end, 4),
                confidence=round(char.confidence, 3),
            )
            for char in hypothesis.chars
        ),
        time=round(hypothesis.time, 4),
        captured=round(hypothesis.captured, 4),
        age_ms=age_ms(hypothesis.captured, now),
        plain=hypothesis.plain,
    )
