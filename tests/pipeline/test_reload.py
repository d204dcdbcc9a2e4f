"""A reload changes everything or nothing, in time, and says which."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from edge.config import Config
from edge.errors import ConfigError
from edge.pipeline import reload
from edge.pipeline.reload import Reloader
from tests.clients import eventually


class Told:
    """The session and the service manager, as far as a reload talks to them."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bool]] = []
        self.calls: list[str] = []

    def announce(self, message: str, error: bool = False) -> None:
        self.said.append((message, error))

    def reloading(self) -> None:
        self.calls.append("reloading")

    def reloaded(self) -> None:
        self.calls.append("reloaded")


def reloader(told: Told, apply: Callable[..., str], **options: Any) -> Reloader:
    return Reloader(Config, apply, told, told, **options)  # type: ignore[arg-type]


def after(reload_: Reloader, told: Told, count: int) -> str:
    """What the ``count``-th reload said, which is asked for now."""
    reload_.request()

    def ended() -> bool:
        reload_.poll()
        return len(told.said) == count

    assert eventually(ended, 60)
    assert told.calls == ["reloading", "reloaded"] * count
    return told.said[-1][0]


@pytest.mark.parametrize(
    "failure", [ConfigError("no"), KeyError("no"), MemoryError("no"), RecursionError("no")]
)
def test_whatever_fails_is_told_and_the_next_one_works(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told()
    outcomes: list[Exception | str] = [failure, " (later)"]

    def apply(config: Config, claim: Callable[[], bool]) -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        assert claim()
        return outcome

    tried = reloader(told, apply)
    assert after(tried, told, 1).startswith("the configuration stays as it was: ")
    assert told.said[0][1]
    assert ("Traceback" in caplog.text) != isinstance(failure, ConfigError)
    assert after(tried, told, 2) == "the configuration was read again (later)"


def test_what_takes_too_long_is_given_up_and_changes_nothing_later() -> None:
    told, go_on, claimed = Told(), threading.Event(), []

    def apply(config: Config, claim: Callable[[], bool]) -> str:
        if not claimed:
            go_on.wait(60)
        claimed.append(claim())
        return ""

    tried = reloader(told, apply, deadline_s=0.05)
    assert after(tried, told, 1).endswith("longer than 0.05 s")
    go_on.set()
    assert eventually(lambda: claimed == [False], 60)
    tried._deadline_s = 60
    assert after(tried, told, 2) == "the configuration was read again"
    assert claimed == [False, True]


def test_reloads_that_hang_do_not_pile_up() -> None:
    told, go_on, begun = Told(), threading.Event(), []

    def apply(config: Config, claim: Callable[[], bool]) -> str:
        begun.append(1)
        go_on.wait(60)
        return ""

    tried = reloader(told, apply, deadline_s=0.05)
    for count in range(reload.MOST_HANGING):
        after(tried, told, count + 1)
    assert "restart the service" in after(tried, told, reload.MOST_HANGING + 1)
    assert len(begun) == reload.MOST_HANGING
    go_on.set()
