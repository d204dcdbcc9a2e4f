"""The emission benchmark's arithmetic: what stood on the screen when, against the truth."""

from __future__ import annotations

import pytest

from benchmarks import whole_path
from benchmarks.modes.letters import KINDS, TEXTS, Event, delays, events
from edge.camera.signer.motion import Spelled
from edge.recognize.hypothesis import Char, Hypothesis


def hypothesis(text: str, stable: int, final: bool = False, segment: int = 1) -> Hypothesis:
    chars = tuple(Char(c, 0.0, 0.0, 1.0) for c in text)
    return Hypothesis(segment, chars, stable, final, 0.0, 0.0)


def truth(text: str) -> list[Spelled]:
    """A letter a second, held for its first half."""
    return [Spelled(c, float(n), n + 0.5) for n, c in enumerate(text)]


def test_events_join_segments_and_count_what_is_settled() -> None:
    published = [
        (1.0, hypothesis("ab", 1)),
        (2.0, hypothesis("ab", 2, final=True)),
        (3.0, hypothesis("c", 0, segment=2)),
        (4.0, hypothesis("cd", 2, final=True, segment=2)),
    ]
    assert events(published) == [
        Event(1.0, "ab", 1, 0),
        Event(2.0, "ab", 2, 2),
        Event(3.0, "ab c", 3, 2),
        Event(4.0, "ab cd", 5, 5),
    ]


def test_each_kind_of_delay_is_from_the_end_of_its_letter() -> None:
    shown = [
        Event(0.6, "a", 0, 0),
        Event(0.8, "o", 0, 0),
        Event(0.9, "a", 0, 0),
        Event(1.4, "ab", 1, 0),
        Event(3.0, "ab", 2, 2),
    ]
    found = delays(shown, truth("ab"))
    assert found["first"] == pytest.approx([0.1, -0.1])
    assert found["kept"] == pytest.approx([0.4, -0.1])
    assert found["stable"] == pytest.approx([0.9, 1.5])
    assert found["final"] == pytest.approx([2.5, 1.5])


def test_only_letters_that_are_right_count() -> None:
    shown = [Event(9.0, "axc d", 5, 5)]
    found = delays(shown, truth("abc de"))
    assert {kind: len(some) for kind, some in found.items()} == dict.fromkeys(KINDS, 3)
    assert found["final"] == pytest.approx([9 - 0.5, 9 - 2.5, 9 - 4.5])
    assert delays([], truth("ab")) == {kind: [] for kind in KINDS}


def test_the_texts_are_no_others() -> None:
    assert len(set(TEXTS)) == 20
    assert not set(TEXTS) & set(whole_path.TEXTS)
    assert sum(len(text.replace(" ", "")) for text in TEXTS) >= 130
