"""The catalogue of words: the same keys in each language, all that the page asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

import edge.kiosk
from edge.events.protocol import EXPECTED, STATES, See

PAGE = Path(edge.kiosk.__file__).parent / "page"
WORDS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((PAGE / "words").glob("*.json"))
}


def test_english_and_spanish_are_there_and_offered() -> None:
    offered = re.search(r"LANGUAGES = \[(.*)\]", (PAGE / "words.js").read_text())
    assert offered is not None
    assert set(re.findall(r'"(\w+)"', offered[1])) == set(WORDS) == {"en", "es"}


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_the_same_words_with_the_same_gaps(language: str) -> None:
    english, words = WORDS["en"], WORDS[language]
    assert list(words) == list(english)
    for key, text in words.items():
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", english[key]), key
        assert text or not english[key], key


def test_all_that_the_page_asks_for_is_there() -> None:
    script = (PAGE / "kiosk.js").read_text()
    html = (PAGE / "kiosk.html").read_text()
    asked = set(re.findall(r'word\("(\w+)"', script))
    asked |= set(re.findall(r'data-word(?:-label)?="(\w+)"', html))
    asked |= {f"state_{state}" for state in (*STATES, "away", "offline")}
    asked |= {f"hint_{state}" for state in (*STATES, "away", "offline")}
    asked |= {f"see_{see}" for see in get_args(See) if see}
    asked |= {f"expect_{expect}" for expect in EXPECTED if expect != "any"}
    asked |= {f"camera_{camera}" for camera in ("on", "off", "starting", "none", "demo", "paused")}
    assert asked <= set(WORDS["en"])


def test_nothing_of_the_page_is_asked_of_anybody_else() -> None:
    for file in PAGE.rglob("*.*"):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"^\s*//.*$|/\*.*?\*/", "", text, flags=re.M | re.S), file.name
        assert "innerHTML" not in text
        assert " style=" not in text
        assert not re.search(r"<[^>]* on\w+=", text)
