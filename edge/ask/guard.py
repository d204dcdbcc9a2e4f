"""What a model wrote is said only where it states what the passages say, and nothing else.

A document may hold orders and links, meant for its readers or put there for the model, and a model
may obey them. So an answer in a model's words has no link and no order at all, cites passages that
it was given, and is made of their words and numbers. Whatever is not certain is refused; then the
passage itself is shown, as a quotation with its source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from edge.ask.instructions import is_instruction
from edge.ask.passages import Passage
from edge.ask.text import FUNCTION_WORDS, plain, stem

MAX_CHARS = 700
SUPPORTED = 0.85
"""Share of a sentence's words that the passages it cites must have."""

_CITATION = re.compile(r"\s*[\[(]\s*(\d{1,2}(?:\s*,\s*\d{1,2})*)\s*[\])]")
_UNKNOWN = re.compile(
    r"\b(i\s+(do\s+not|don'?t|cannot|can'?t)\s+(know|answer|tell|find)|not\s+(mentioned|stated|"
    r"provided|contained)|no\s+(information|answer)|passages?\s+do(es)?\s+not)\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"""://|\bwww\b|@|https?|hxxp|mailto|\bftp\b|[<>{}|\\`*_#~^\[\]]|&\#?\w+;
    | \w[.\u3002\uff0e](?=[^\W\d])                       # a name of a host: no space after its dot
    | \b\w+\s*[(]?\s*(dot|punkt|punto)\s*[)]?\s*\w{2,}\b # and one written out
    | \d+\.\d+\.\d+ | \w/\w | \b(url|link|qr)\b | %[0-9a-f]{2}
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OBLIGES = re.compile(
    r"\b(must|mustn|should|shouldn|shall|ought|have\s+to|has\s+to|having\s+to|need\s+to|needs\s+to|"
    r"required?|obliged|urged|advised|recommended|recommend|please|kindly|make\s+sure|be\s+sure|ensure|"
    r"remember|asked\s+to|told\s+to|invited\s+to|let'?s|let\s+us|want\s+you|you\s+to|immediately)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.,;:!?\u2013\u2014()\"'\u201c\u201d-]+\s*|\b(?:and|or|then|but|so)\s+")
_LEAD = re.compile(
    r"^(?:(?:now|just|simply|also|first|next|instead|always|never|today|again|only|not|dont|\w+ly|"
    r"and|or|then|but|so|to|do)\s+)+"
)
_VERBS = """
accept act add agree allow answer apply approach arrive ask assume avoid be become begin believe
book bring browse buy call cancel change charge check choose claim click close come complete
confirm connect consider contact continue copy cross decide delete deliver deny dial dig disable
do donate download drink drive drop eat email empty enable end enter erase execute explore fill
find finish fix follow forget forward get give go google grab hand have head help hide hit hold
hurry ignore imagine include inform insert install invest join jump keep kill lead learn leave
lend let lie listen load lock log login look lose mail make meet mention message move note obey
offer open order output park pass paste pay phone pick place play post prepare press pretend
print proceed produce promise provide publish push put quit read refer refuse register reject
remember remove rent repeat reply report request reserve respond return reveal ride run save say
scan search see select sell send set share show sign sit skip smash speak spend stand start stay
steal stop submit subscribe swallow switch take talk tap tell text think throw touch transfer
travel trust try turn type unlock unplug update upload use verify visit vote wait walk wash watch
wear wire withdraw write
"""
_ORDERS = frozenset(_VERBS.split())
_FINITE = re.compile(
    r"\b(is|are|was|were|has|have|had|can|cannot|may|might|will|would|does|do|did|\w{2,}(?:s|ed))\b"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Written:
    """An answer in a model's words.

    Attributes:
        text: with [1] for the first of ``cited``.
        cited: the passages that it is from; none where the model does not know.
    """

    text: str
    cited: tuple[Passage, ...]


class Refused(Exception):
    """What a model wrote is not to be said; says why, for the log."""


def checked(text: str, passages: Sequence[Passage]) -> Written:
    """What a model wrote of ``passages``, numbered from 1, if it may be said.

    Raises:
        Refused: it may not.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if _UNKNOWN.search(text):
        return Written("", ())
    if not text or len(text) > MAX_CHARS:
        raise Refused(f"it has {len(text)} characters, of at most {MAX_CHARS}")
    if any(unicodedata.category(c)[0] == "C" and c != "\n" for c in text):
        raise Refused("it holds control characters")
    sentences = [part.strip() for part in _SENTENCE.split(_before_stop(text)) if part.strip()]
    numbers = {n for sentence in sentences for n in _cited(sentence)}
    if not numbers:
        raise Refused("it cites no passage")
    if not numbers <= set(range(1, len(passages) + 1)):
        raise Refused("it cites a passage that it was not given")
    order: list[int] = []
    out: list[str] = []
    for sentence in sentences:
        cited = _cited(sentence) or sorted(numbers)
        bare = _CITATION.sub("", sentence).strip()
        _check(bare, [passages[n - 1] for n in cited])
        for n in cited:
            if n not in order:
                order.append(n)
        marks = "".join(f"[{order.index(n) + 1}]" for n in _cited(sentence))
        stop = bare[-1] if bare[-1] in ".!?" else ""
        out.append(f"{bare.removesuffix(stop)} {marks}{stop}" if marks else bare)
    return Written(" ".join(out), tuple(passages[n - 1] for n in order))


def is_order(sentence: str) -> bool:
    """It tells somebody to do something, or may do so."""
    if _OBLIGES.search(sentence) or not _FINITE.search(sentence.lower().partition(" ")[2]):
        return True
    parts = [part for part in _CLAUSE.split(sentence.lower()) if part.strip()]
    for part in parts:
        words = _LEAD.sub("", plain(part) + " ").split()
        if words and words[0] in _ORDERS:
            return True
    return False


def _check(sentence: str, cited: Sequence[Passage]) -> None:
    if not plain(sentence):
        raise Refused("a sentence of it has no words")
    if _LINK.search(sentence):
        raise Refused("it holds a link, or what may be one")
    if is_instruction(sentence):
        raise Refused("it gives an order to a model")
    if is_order(sentence):
        raise Refused("it gives an order")
    known = {stem(w) for p in cited for w in plain(f"{p.heading} {p.text}").split()}
    words = [stem(w) for w in plain(sentence).split() if w not in FUNCTION_WORDS]
    strange = [w for w in words if w not in known]
    if any(c.isdigit() for w in strange for c in w):
        raise Refused("it holds a number that the passages lack")
    if not words or len(strange) > (1 - SUPPORTED) * len(words):
        raise Refused("it says what the passages do not")


def _cited(sentence: str) -> list[int]:
    return [int(n) for part in _CITATION.findall(sentence) for n in part.split(",")]


def _before_stop(text: str) -> str:
    """``text`` with citations that follow a full stop put before it."""
    return re.sub(r"([.!?])((?:\s*\[[\d,\s]+\])+)", r"\2\1", text)
