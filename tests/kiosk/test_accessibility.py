"""axe-core finds nothing serious, in any scheme; what may still change can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kiosk.conftest import Daemon, Kiosk, Visit
from tests.kiosk.states import READY, STATES

axe = pytest.importorskip("axe_playwright_python")
AXE = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((n) => n / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const open = document.querySelector("#text .open");
  const ground = getComputedStyle(document.body).backgroundColor;
  const [a, b] = [getComputedStyle(open).color, ground].map(light);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


def serious(page: Visit) -> list[str]:
    page.page.evaluate(AXE)  # as a debugger, whom the page's policy does not concern
    found: dict[str, Any] = page.page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:100] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("colours", ["light", "dark", "contrast"])
def test_nothing_serious_is_found(
    colours: str, daemon: Daemon, kiosk: Kiosk, visit: Callable[..., Visit]
) -> None:
    server = daemon.start()
    page = visit(kiosk(), f"/?colours={colours}&motion=off")
    for name in ("spelling", "two-readings", "answer"):
        STATES[name](server)
        page.shows(*READY[name])
        if name == "spelling":
            assert page.page.evaluate(CONTRAST) >= 4.5
        assert serious(page) == [], name
    for button in ("#correct", "#open-texts", "#open-settings"):
        page.page.click(button)
        assert serious(page) == [], button
        page.page.keyboard.press("Escape")
    STATES["paused"](server)
    page.until("document.documentElement.dataset.state === 'paused'")
    assert serious(page) == []


def test_settled_texts_are_spoken_to_screen_readers_and_letters_are_not(
    daemon: Daemon, kiosk: Kiosk, visit: Callable[..., Visit]
) -> None:
    page = visit(kiosk(wait=False))
    live = page.page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[aria-live]')]"
        ".map((e) => [e.id, e.ariaLive]))"
    )
    assert live == {"text": "off", "answer": "polite", "spoken": "polite"}
    assert page.page.get_attribute("#status", "role") == "status"
