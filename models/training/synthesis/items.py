"""What is spelled, item by item: names, places, numbers, addresses and URLs, each made once.

The names and addresses are those of the ``faker`` library, and belong to nobody. Every item is in
one part, by a hash of its key: names by the family name, addresses by the street, URLs by the
domain. Held-out items are used for no model and no language model.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Literal

from faker import Faker

from models.training.aslfr.characters import ALPHABET

Part = Literal["train", "held-out"]
HELD_OUT = 0.15
"""Share of all items."""
MAX_ITEMS = 3000
"""Items made of one kind."""
_SEED = 20
# Of the names that people bear in English, Spanish, German, French and Hindi; all in Latin letters.
_NAMES = ("en_US", "en_US", "en_US", "en_GB", "en_IN", "es_MX", "de_DE", "fr_FR")
_PLACES = ("en_US", "en_GB", "en_IN", "de_DE", "fr_FR")
_SPELLED = re.compile(f"[^{ALPHABET}]")


def part_of(key: str) -> Part:
    """The part ``key`` belongs to, always the same."""
    share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
    return "held-out" if share < HELD_OUT else "train"


def spelled(text: str) -> str:
    """``text`` in the characters of `ALPHABET`: lower case, accents folded, the rest dropped."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_SPELLED.sub("", re.sub(r"\s", " ", text)).split())


@cache
def items(kind: str, part: Part) -> tuple[str, ...]:
    """The different items of a kind ("names", "places", "numbers", "addresses", "urls")."""
    return tuple(sorted({text for key, text in _made(kind) if text and part_of(key) == part}))


@cache
def _made(kind: str) -> tuple[tuple[str, str], ...]:
    """Pairs (key, item) of all parts."""
    made = islice(_MAKERS[kind](), MAX_ITEMS)
    return tuple((spelled(key), spelled(text)) for key, text in made)


def _fakes(locales: tuple[str, ...]) -> list[Faker]:
    fakes = [Faker(locale) for locale in locales]
    for n, fake in enumerate(fakes):
        fake.seed_instance(_SEED + n)
    return fakes


def _names() -> Iterator[tuple[str, str]]:
    fakes = _fakes(_NAMES)
    while True:
        for fake in fakes:
            family = fake.last_name()
            yield spelled(family).split()[-1], f"{fake.first_name()} {family}"


def _places() -> Iterator[tuple[str, str]]:
    fakes = _fakes(_PLACES)
    while True:
        for n, fake in enumerate(fakes):
            place = fake.city() if n else fake.random_element((fake.city, fake.state))()
            yield place, place
        country = fakes[0].country()
        yield country, country


def _numbers() -> Iterator[tuple[str, str]]:
    """Phone numbers as they are written, with and without gaps, post codes, years."""
    (fake,) = _fakes(("en_US",))
    patterns = ("### ### ####", "##########", "### ####", "#-### ### ####", "+## ### #######")
    while True:
        for pattern in (*patterns, "#####", "19##", "20##", "%#", "%## ##"):
            number = fake.numerify(pattern)
            yield number, number


def _addresses() -> Iterator[tuple[str, str]]:
    fakes = _fakes(("en_US", "en_US", "en_GB"))
    while True:
        for fake in fakes:
            street = fake.street_name()
            number = fake.building_number()
            code = f" {fake.postcode()}" if fake.random_int(0, 2) == 0 else ""
            yield street.split()[0], f"{number} {street}{code}"


def _urls() -> Iterator[tuple[str, str]]:
    """Web and mail addresses; their dots, dashes, slashes and at-signs are not spelled."""
    (fake,) = _fakes(("en_US",))
    while True:
        domain = fake.domain_name()
        key = re.split(r"[-.]", domain)[0]
        yield key, f"{fake.random_element(('', 'www.'))}{domain}"
        yield key, f"{fake.user_name()}@{domain}"
        yield key, f"{domain}/{fake.uri_path(1)}"


_MAKERS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "names": _names,
    "places": _places,
    "numbers": _numbers,
    "addresses": _addresses,
    "urls": _urls,
}
