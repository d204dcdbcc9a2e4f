"""Texts as they are compared: plain letters, words, stems."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9]+")
_VOWEL = re.compile(r"[aeiouy]")
_ENDINGS = ("ings", "ing", "ed", "er", "ers")

# What a question is asked with: it says nothing about where the answer is.
_ASKED_WITH = """
a about after all am an and any are at be been but by can could did do does for from get had
has have he her here him his how i if in into is it its like may me much must my need of off on
or our out please she should so some tell than that the their them then there these they
this those to up us was we were what when where which who whom whose why will with would you
your im whats wheres whens id many long
"""
FUNCTION_WORDS = frozenset(_ASKED_WITH.split())


def plain(text: str) -> str:
    """``text`` in lower case, without accents; what is no letter or digit is a space."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\u2019", ""))
    return " ".join(_WORD.findall("".join(c for c in folded if not unicodedata.combining(c))))


def stem(word: str) -> str:
    """What ``opens``, ``opened`` and ``opening`` have in common; short words stay as they are."""
    if len(word) < 4 or word.isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("ses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in _ENDINGS:
        cut = word[: -len(ending)]
        if word.endswith(ending) and len(cut) >= 3 and _VOWEL.search(cut):
            word = cut
            break
    if len(word) > 3 and (word.endswith("e") or word[-1] == word[-2]):
        return word[:-1]
    return word


def stems(text: str) -> list[str]:
    """The stems of the words of ``text``, in order."""
    return [stem(word) for word in plain(text).split()]
