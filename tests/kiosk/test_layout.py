"""Nothing overlaps, nothing is cut off: each state, each screen, both ends of the sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.kiosk.conftest import Daemon, Kiosk, Visit
from tests.kiosk.states import READY, SIZES, STATES

# What stands on the page and is cut off, or covered by another part that stands there.
FAULTS = """() => {
  const seen = (element) => element.getClientRects().length > 0;
  const parts = [...document.querySelectorAll(
    "#status, #sign, #text, #hint, #readings button, #answer, #recent li, footer button"
  )].filter(seen);
  const faults = [];
  const name = (element) => element.id || element.textContent.trim().slice(0, 20);
  for (const part of parts) {
    const box = part.getBoundingClientRect();
    const within = box.left > -0.5 && box.right < innerWidth + 0.5;
    if (!within || box.top < -0.5 || box.bottom > innerHeight + 0.5)
      faults.push(`${name(part)} leaves the screen`);
    const style = getComputedStyle(part);
    const shortened = style.textOverflow === "ellipsis";
    const wide = part.scrollWidth > part.clientWidth + 1 && style.display !== "inline";
    if (wide && !shortened && part.id !== "answer")
      faults.push(`${name(part)} is too wide for its place`);
  }
  for (const [inner, outer] of [["text", "stage"], ["hint", "stage"]]) {
    const [a, b] = [inner, outer].map((id) => document.getElementById(id));
    if (!seen(a)) continue;
    const [x, y] = [a, b].map((element) => element.getBoundingClientRect());
    if (x.top < y.top - 1 || x.bottom > y.bottom + 1) faults.push(`${inner} is cut off`);
  }
  const detail = document.getElementById("hint-detail");
  if (seen(detail) && detail.scrollHeight > detail.clientHeight + 1)
    faults.push("the hint is cut off");
  for (const label of document.querySelectorAll("footer button span")) {
    const [a, b] = [label, label.parentElement].map((one) => one.getBoundingClientRect());
    if (a.left < b.left || a.right > b.right || a.bottom > b.bottom)
      faults.push(`${label.textContent} leaves its button`);
  }
  for (const [at, one] of parts.entries())
    for (const other of parts.slice(at + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      const [a, b] = [one, other].map((element) => element.getBoundingClientRect());
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 1) faults.push(`${name(one)} overlaps ${name(other)}`);
    }
  return faults;
}"""

# The page has been drawn anew in that size.
SETTLE = """(scale) => new Promise((done) => {
  document.documentElement.dataset.size = scale;
  setTimeout(done, 80);
})"""


@pytest.mark.parametrize("name", STATES)
def test_nothing_overlaps_or_is_cut_off(
    name: str, daemon: Daemon, kiosk: Kiosk, visit: Callable[..., Visit]
) -> None:
    server = daemon.start()
    address = kiosk()
    page = visit(address)
    STATES[name](server)
    page.shows(*READY[name])
    found: dict[tuple[Any, ...], list[str]] = {}
    for language in ("en", "es"):
        if language == "es":
            page.page.goto(f"{address}/?language=es")
            page.until("document.documentElement.lang === 'es'")
            page.until(
                "['offline', 'starting'].indexOf(document.documentElement.dataset.state) < 0"
            )
        for size in SIZES:
            page.page.set_viewport_size({"width": size[0], "height": size[1]})
            for scale in ("normal", "largest"):
                page.page.evaluate(SETTLE, scale)
                if faults := page.page.evaluate(FAULTS):
                    found[(language, size, scale)] = faults
    assert found == {}
    assert page.problems == []
