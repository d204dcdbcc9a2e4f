"""What the page is shown in: a daemon that is told what it reads, state by state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from edge.events import Answer, Revised, State
from tests.clients import Server, text_event

LONG = (
    "the quick brown fox jumps over the lazy dog while a bookkeeper in mississippi spells every"
    " letter twice so that the page has two hundred characters of which none may be cut off by"
    " the edge of this screen ok"
)[:200]

SIZES = ((1280, 720), (800, 480), (390, 844))


def draft(server: Server, text: str, stable: int) -> None:
    event = text_event(text)
    server.session.publish(replace(event, stable=stable))


def final(server: Server, text: str) -> int:
    """The number of its segment."""
    published = server.session.publish(text_event(text, final=True))
    assert published is not None
    return int(published.event.segment)  # type: ignore[union-attr]


def revised(server: Server, segment: int, text: str) -> None:
    event = text_event(text, segment, final=True)
    server.session.revise(
        Revised(**{field.name: getattr(event, field.name) for field in fields(event)})
    )


def answer(server: Server, segment: int, text: str, *sources: str) -> None:
    assert not server.session.answer(
        Answer(segment=segment, text=text, kind="passage", sources=sources)
    )


def state(server: Server, name: str, reason: str = "") -> None:
    server.publish(State(state=name, reason=reason))  # type: ignore[arg-type]


def _raise_hand(server: Server) -> None:
    state(server, "searching")


def _spelling(server: Server) -> None:
    final(server, "good morning")
    state(server, "reading")
    draft(server, "hello wor", 6)


def _settled(server: Server) -> None:
    for text in ("good morning", "my name is anna", "see you soon"):
        final(server, text)
    state(server, "searching")


def _readings(server: Server) -> None:
    final(server, "good morning")
    revised(server, final(server, "helo wurld"), "hello world")
    state(server, "searching")


def _answer(server: Server) -> None:
    segment = final(server, "when does the pool open")
    state(server, "searching")
    answer(
        server, segment,
        "The pool is open from 7 to 21 o'clock on weekdays, and from 9 to 18 o'clock at weekends.",
        "pool.md: Opening hours",
    )  # fmt: skip


def _long(server: Server) -> None:
    final(server, "good morning")
    state(server, "reading")
    draft(server, LONG, 180)


def _paused(server: Server) -> None:
    state(server, "searching")
    server.session.pause(True, "the test")


def _camera_lost(server: Server) -> None:
    state(server, "camera_lost", "v4l2:/dev/video0 gives no frames: is it plugged in?")


STATES: dict[str, Callable[[Server], None]] = {
    "raise-your-hand": _raise_hand,
    "spelling": _spelling,
    "settled": _settled,
    "two-readings": _readings,
    "answer": _answer,
    "200-characters": _long,
    "paused": _paused,
    "camera-lost": _camera_lost,
}
"""Each brings a daemon that has just started into that state."""

READY = {
    "raise-your-hand": ("#hint-title", "Raise your hand"),
    "spelling": ("#text", "hello wor"),
    "settled": ("#text", "see you soon"),
    "two-readings": ("#text", "hello world"),
    "answer": ("#answer .question", "when does the pool open"),
    "200-characters": ("#text", LONG),
    "paused": ("#hint-title", "Paused"),
    "camera-lost": ("#hint-title", "The camera is missing"),
}
"""What stands where once the page is in that state."""
