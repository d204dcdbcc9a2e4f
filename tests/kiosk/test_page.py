"""The page in a real browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.events import View
from tests.clients import eventually, text_event
from tests.kiosk.conftest import ROOT, Daemon, Kiosk, Visit, rss_mb
from tests.kiosk.states import answer, draft, final, revised, state

Open = Callable[..., Visit]


def test_what_is_spelled_stands_there_settled_and_open(
    daemon: Daemon, kiosk: Kiosk, visit: Open
) -> None:
    server = daemon.start()
    page = visit(kiosk())
    state(server, "reading")
    draft(server, "hello", 3)
    page.shows("#text", "hello")
    assert page.text("#text .settled") == "hel"
    assert page.text("#text .open") == "lo"
    final(server, "hello")
    page.shows("#text .settled", "hello")
    assert page.page.locator("#text .open").count() == 0
    assert page.text("#text .pair") == "ll"
    assert page.text("#spoken") == "hello"
    assert page.problems == []


def test_every_state_has_words_and_the_sign_is_true(
    daemon: Daemon, kiosk: Kiosk, visit: Open
) -> None:
    server = daemon.start()
    page = visit(kiosk("--notice", "The desk of the library gets the texts."))
    for name, words in {
        "starting": "Starting", "searching": "No hand in view", "reading": "Reading",
        "camera_lost": "No camera", "stopping": "Ending",
    }.items():  # fmt: skip
        state(server, name)
        page.shows("#state", words)
    state(server, "reading")
    for see, words in {
        "far": "Come closer",
        "several": "Two people: one at a time, please",
    }.items():
        server.session.set_state("reading", see=see)  # type: ignore[arg-type]
        page.shows("#state", words)
    # What is read here is no camera.
    assert page.text("#camera").startswith("No camera")
    assert (
        page.text("#privacy") == "Nothing is recorded here. The desk of the library gets the texts."
    )
    daemon.stop()
    page.shows("#state", "Not connected")
    page.shows("#camera", "Camera off.")
    kiosk.process.kill()  # type: ignore[attr-defined]
    page.shows("#hint-title", "One moment")
    assert all("ERR_" in problem for problem in page.problems)


def test_the_sign_says_who_else_reads_and_that_a_network_may(
    daemon: Daemon, kiosk: Kiosk, visit: Open, tmp_path: Path
) -> None:
    server = daemon.start()
    state(server, "searching")
    address = kiosk()
    other = subprocess.Popen(
        [sys.executable, "-m", "edge", "listen", "--socket", str(daemon.path)],
        stdout=subprocess.DEVNULL, cwd=ROOT, env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
    )  # fmt: skip
    try:
        assert eventually(lambda: server.clients == 2, 60)
        page = visit(address)
        page.until("document.getElementById('privacy').textContent.includes('read along: 1')")
    finally:
        other.kill()
        other.wait()
    file = tmp_path / "token"
    file.write_text("0123456789abcdef")
    address = kiosk("--host", "0.0.0.0", "--token-file", str(file), wait=False)
    page = visit(address, "/?token=0123456789abcdef")
    page.until("document.getElementById('privacy').textContent.includes('in this network')")
    assert "token" not in page.page.url
    assert page.problems == []


def test_everything_can_be_done_by_keyboard(daemon: Daemon, kiosk: Kiosk, visit: Open) -> None:
    server = daemon.start()
    state(server, "searching")
    page = visit(kiosk())
    keys = page.page.keyboard
    revised(server, final(server, "helo"), "hello")
    page.shows("#text", "hello")
    keys.press("2")
    page.shows("#text", "helo")
    keys.press("p")
    page.shows("#state", "Paused")
    keys.press("p")
    page.shows("#state", "No hand in view")
    keys.press("c")
    assert page.page.evaluate("document.activeElement.name") == "to"
    keys.press("Control+A")
    keys.type("helpme")
    keys.press("Enter")
    page.shows("#text", "helpme")
    keys.press("x")
    page.shows("#text", "")
    # And by the Tab key: each button, in the order in which they stand.
    page.page.mouse.click(600, 30)
    reached = []
    for _ in range(5):
        keys.press("Tab")
        reached.append(page.page.evaluate("document.activeElement.id"))
    assert reached == ["pause", "clear", "correct", "open-texts", "open-settings"]
    keys.press("Enter")
    assert page.page.evaluate("document.getElementById('settings').open")
    # Within a dialogue letters are no orders.
    keys.press("p")
    keys.press("Escape")
    assert page.page.evaluate("document.activeElement.id") == "open-settings"
    page.shows("#state", "No hand in view")
    assert page.problems == []


def test_everything_can_be_done_by_touch(daemon: Daemon, kiosk: Kiosk, visit: Open) -> None:
    server = daemon.start()
    state(server, "searching")
    page = visit(kiosk(), size=(800, 480), has_touch=True)
    revised(server, final(server, "helo"), "hello")
    page.shows("#text", "hello")
    page.page.tap("#readings button:nth-child(2)")
    page.shows("#text", "helo")
    page.page.tap("#correct")
    page.page.tap(".pad button:text-is('⌫')")
    page.page.tap(".pad button:text-is('p')")
    page.page.tap("#correction button.main")
    page.shows("#text", "help")
    page.page.tap("#pause")
    page.shows("#state", "Paused")
    page.page.tap("#open-texts")
    assert page.text("#texts li span") == "help"
    page.page.tap("#forget")
    page.shows("#hint-title", "Paused")
    assert page.problems == []


def test_an_answer_is_text_and_nothing_else(daemon: Daemon, kiosk: Kiosk, visit: Open) -> None:
    server = daemon.start()
    page = visit(kiosk())
    evil = "<img src=x onerror=alert(1)> <a href='http://evil.example'>here</a>"
    answer(server, final(server, "when"), evil, "<b>pool</b>.md")
    page.shows("#answer .passage", evil)
    assert page.text("#answer .question") == "when"
    assert "<b>pool</b>.md" in page.text("#answer .source")
    assert page.page.locator("#answer a, #answer img, #answer b").count() == 0
    assert page.problems == []


def test_the_demonstration_needs_no_daemon(kiosk: Kiosk, visit: Open) -> None:
    page = visit(kiosk(wait=False), "/?demo")
    page.until("document.getElementById('text').textContent.startsWith('hel')")
    assert page.text("#camera") == "Demonstration, no camera."
    page.page.keyboard.press("p")
    page.until("document.documentElement.dataset.state === 'paused'")
    assert page.problems == []


def test_languages_colours_and_sizes_are_kept(kiosk: Kiosk, visit: Open) -> None:
    address = kiosk(wait=False)
    page = visit(address, "/?language=es&colours=contrast&size=largest")
    assert page.text("#open-settings") == "Ajustes"
    assert page.page.evaluate("({...document.documentElement.dataset}).colours") == "contrast"
    page.page.click("#open-settings")
    page.page.select_option("[name=colours]", "dark")
    page.page.select_option("[name=language]", "en")
    page.shows("#open-settings", "Settings")
    page.page.goto(address)
    page.shows("#open-settings", "Settings")
    assert page.page.evaluate("({...document.documentElement.dataset}).colours") == "dark"
    dark = visit(address, color_scheme="dark")
    assert dark.page.evaluate("({...document.documentElement.dataset}).colours") == "dark"
    more = visit(address, contrast="more")
    assert more.page.evaluate("({...document.documentElement.dataset}).colours") == "contrast"
    still = visit(address, "/?demo", reduced_motion="reduce")
    still.until("document.querySelector('#text .settled')")
    assert (
        still.page.evaluate(
            "getComputedStyle(document.querySelector('#text .settled')).animationName"
        )
        == "none"
    )


def test_the_caption_has_no_ground(daemon: Daemon, kiosk: Kiosk, visit: Open) -> None:
    server = daemon.start()
    page = visit(kiosk(), "/caption?seconds=1")
    draft(server, "hello", 2)
    page.shows("#caption", "hello")
    for selector in ("html", "body"):
        ground = f"getComputedStyle(document.querySelector('{selector}')).backgroundColor"
        assert page.page.evaluate(ground) == "rgba(0, 0, 0, 0)"
    page.shows("#caption", "")
    assert page.problems == []


def test_what_the_camera_sees_is_drawn_where_it_is_shared_and_wanted(
    daemon: Daemon, kiosk: Kiosk, visit: Open
) -> None:
    server = daemon.start()
    server.bus.introduce(
        type(server.bus.hello)(version="0", source="test:", live=True, bundle="b", view="hands")
    )
    state(server, "reading")
    page = visit(kiosk(), "/?view=on")
    assert eventually(lambda: server.socket.viewers == 1, 60)
    hand = tuple((0.1 + 0.03 * n, 0.5) for n in range(21))
    view = View(width=640, height=480, hands=(hand,), captured=0.0, age_ms=0.0)
    server.socket.put(server.bus.unnumbered(view))
    page.until("!document.getElementById('view').hidden")
    picture = "document.getElementById('view').getContext('2d').getImageData(0, 0, 320, 240)"
    assert page.page.evaluate(f"{picture}.data.some((n) => n)")
    page.page.click("#open-settings")
    page.page.click("[name=view]")
    page.until("document.getElementById('view').hidden")
    assert eventually(lambda: server.socket.viewers == 0, 60)
    assert page.problems == []


def test_a_daemon_that_is_killed_is_back_and_nothing_is_doubled(
    daemon: Daemon, kiosk: Kiosk, visit: Open
) -> None:
    """Seconds are counted from the moment at which the new daemon has its socket."""
    script = f"""
import sys, time
from pathlib import Path
from tests.clients import Server
from tests.kiosk.states import final, state
server = Server(Path({str(daemon.path)!r}))
state(server, "searching")
print("up", flush=True)
for line in sys.stdin:
    final(server, line.strip())
"""

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    def spell(process: subprocess.Popen[str], text: str) -> None:
        assert process.stdin
        process.stdin.write(text + "\n")
        process.stdin.flush()

    process = start()
    page = visit(kiosk())
    spell(process, "before")
    page.shows("#text", "before")
    process.send_signal(signal.SIGKILL)
    process.wait()
    page.shows("#state", "Not connected")
    process = start()
    began = time.monotonic()
    page.shows("#state", "No hand in view")
    assert time.monotonic() - began <= 3.0
    spell(process, "after")
    page.shows("#text", "after")
    assert page.page.locator("#recent li").all_text_contents() == ["before"]
    assert page.page.locator("#spoken p").all_text_contents() == ["before", "after"]
    process.kill()
    process.communicate()
    assert page.problems == []


NODES = "document.querySelectorAll('*').length"


def test_ten_thousand_events_leave_memory_flat(daemon: Daemon, kiosk: Kiosk, visit: Open) -> None:
    server = daemon.start()
    state(server, "reading")
    page = visit(kiosk())
    devtools = page.context.new_cdp_session(page.page)

    def heap_mb() -> float:
        devtools.send("HeapProfiler.collectGarbage")
        return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def spell(first: int, last: int) -> tuple[float, int, float]:
        for n in range(first, last):
            for end in (4, 8, 12, 16):
                draft(server, f"{n:05} is spelled"[:end], end - 2)
            final(server, f"{n:05} is spelled")
            time.sleep(0.001)  # a daemon's clients may be slow, but not for ever
        page.shows("#text", f"{last - 1:05} is spelled")
        nodes = page.page.evaluate(NODES)
        return heap_mb(), nodes, rss_mb(kiosk.process.pid)  # type: ignore[attr-defined]

    warm = spell(0, 500)
    after = spell(500, 2000)  # five events each
    print(f"heap {warm[0]:.2f} -> {after[0]:.2f} MB, server {warm[2]:.1f} -> {after[2]:.1f} MB")
    assert after[0] - warm[0] < 1.0
    assert after[1] <= warm[1] + 5
    assert after[2] - warm[2] < 4.0
    assert page.problems == []


WATCH = """() => {
  window.seen = {};
  const place = document.getElementById("text");
  new MutationObserver(() => (window.seen[place.textContent] ??= Date.now()))
    .observe(place, {childList: true, subtree: true, characterData: true});
}"""


@pytest.mark.quiet
def test_a_letter_is_on_the_page_soon_after_its_event(
    daemon: Daemon, kiosk: Kiosk, visit: Open
) -> None:
    server = daemon.start()
    state(server, "reading")
    page = visit(kiosk())
    page.page.evaluate(WATCH)
    sent: dict[str, float] = {}
    for n in range(200):
        text = f"letter {n}"
        sent[text] = time.time() * 1000
        server.session.publish(text_event(text))
        time.sleep(0.05)
    page.shows("#text", "letter 199")
    seen: dict[str, Any] = page.page.evaluate("window.seen")
    late = sorted(seen[text] - at for text, at in sent.items() if text in seen)
    assert len(late) >= 190
    p95 = late[int(len(late) * 0.95)]
    print(f"letter on the page: median {late[len(late) // 2]:.0f} ms, p95 {p95:.0f} ms")
    assert p95 <= 100
