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


class Reported:
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


def reloader(reported: Reported, apply: Callable[..., str], **options: Any) -> Reloader:
    return Reloader(Config, apply, reported, reported, **options)  # type: ignore[arg-type]


def after(reload_: Reloader, reported: Reported, count: int) -> str:
    """What the ``count``-th reload said, which is asked for now."""
    reload_.request()

    def ended() -> bool:
        reload_.poll()
        return len(reported.said) == count

    assert eventually(ended, 60)
    assert reported.calls == ["reloading", "reloaded"] * count
    return reported.said[-1][0]


@pytest.mark.parametrize(
    "failure", [ConfigError("no"), KeyError("no"), MemoryError("no"), RecursionError("no")]
)
def test_whatever_fails_is_told_and_the_next_one_works(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    reported = Reported()
    outcomes: list[Exception | str] = [failure, " (later)"]

    def apply(config: Config, claim: Callable[[], bool]) -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        assert claim()
        return outcome

    tried = reloader(reported, apply)
    assert after(tried, reported, 1).startswith("the configuration stays as it was: ")
    assert reported.said[0][1]
    assert ("Traceback" in caplog.text) != isinstance(failure, ConfigError)
    assert after(tried, reported, 2) == "the configuration was read again (later)"


def test_what_takes_too_long_is_given_up_and_changes_nothing_later() -> None:
    reported, go_on, claimed = Reported(), threading.Event(), []

    def apply(config: Config, claim: Callable[[], bool]) -> str:
        if not claimed:
            go_on.wait(60)
        claimed.append(claim())
        return ""

    tried = reloader(reported, apply, deadline_s=0.05)
    assert after(tried, reported, 1).endswith("longer than 0.05 s")
    go_on.set()
    assert eventually(lambda: claimed == [False], 60)
    tried._deadline_s = 60
    assert after(tried, reported, 2) == "the configuration was read again"
    assert claimed == [False, True]


def test_reloads_that_hang_do_not_pile_up() -> None:
    reported, go_on, begun = Reported(), threading.Event(), []

    def apply(config: Config, claim: Callable[[], bool]) -> str:
        begun.append(1)
        go_on.wait(60)
        return ""

    tried = reloader(reported, apply, deadline_s=0.05)
    for count in range(reload.MOST_HANGING):
        after(tried, reported, count + 1)
    assert "restart the service" in after(tried, reported, reload.MOST_HANGING + 1)
    assert len(begun) == reload.MOST_HANGING
    go_on.set()
