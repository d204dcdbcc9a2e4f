"""The slot: newest item, drops counted; or lossless for sources read as fast as possible."""

from __future__ import annotations

import threading

from edge.pipeline.slot import Slot


def test_the_newest_item_wins_and_drops_are_counted() -> None:
    slot: Slot[int] = Slot()
    for n in range(5):
        slot.put(n)
    assert slot.take() == 4
    assert slot.dropped == 4
    assert slot.take(timeout=0.01) is None


def test_lossless_loses_nothing() -> None:
    slot: Slot[int] = Slot(lossless=True)
    got: list[int] = []

    def read() -> None:
        while not slot.finished:
            item = slot.take(timeout=1)
            if item is not None:
                got.append(item)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        slot.put(n)
    slot.close()
    reader.join(5)
    assert got == list(range(200))
    assert slot.dropped == 0


def test_closing_frees_both_sides() -> None:
    slot: Slot[int] = Slot(lossless=True)
    slot.put(1)
    writer = threading.Thread(target=slot.put, args=(2,))
    writer.start()
    slot.close()
    writer.join(5)
    assert not writer.is_alive()
    assert slot.take() == 1
    assert slot.finished
    assert slot.take(timeout=5) is None
