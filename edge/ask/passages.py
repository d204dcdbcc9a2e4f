"""Documents cut into passages: a heading's paragraphs together, as far as they are short."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARS = 700
"""Of a passage's text: what a screen shows, and a model reads."""
MAX_HEADING_CHARS = 120

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~).*$", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---\n.{0,20000}?\n(?:---|\.\.\.)\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{0,300})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,300}\])")
_REFERENCE = re.compile(r"^ {0,3}\[[^\[\]\n]{1,300}\]:.*$", re.MULTILINE)
_EMPHASIS = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document.

    Attributes:
        path: of the document in its folder.
        heading: those above it, outermost first, joined by " > "; may be empty.
        text: at most `MAX_CHARS` characters of plain text; paragraphs are lines.
    """

    path: str
    heading: str
    text: str

    @property
    def source(self) -> str:
        """Where it is from, for people; at most 200 characters."""
        last = self.heading.rsplit(" > ", 1)[-1]
        return f"{self.path[-100:]}: {last[:90]}" if last else self.path[-100:]


def passages(path: str, text: str) -> Iterator[Passage]:
    """The passages of a document in Markdown or plain text, in order.

    Markup, comments, the targets of links, and characters that are not seen are left out.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    markdown = not path.lower().endswith(".txt")
    if markdown:
        text = _COMMENT.sub("", _FRONT_MATTER.sub("", text))
        text = _FENCE.sub("", _REFERENCE.sub("", text))
    headings: dict[int, str] = {}
    for level, title, paragraphs in _sections(text, markdown):
        headings = {n: above for n, above in headings.items() if n < level}
        if title:
            headings[level] = shown(title)[:MAX_HEADING_CHARS]
        heading = " > ".join(headings[n] for n in sorted(headings))
        for part in _joined(paragraphs):
            yield Passage(path, heading, part)


def _sections(text: str, markdown: bool) -> Iterator[tuple[int, str, list[str]]]:
    """(level, heading, paragraphs); level 0 and no heading before the first."""
    level, title, paragraphs = 0, "", list[str]()
    for block in _blocks(text):
        found = _title(block, markdown)
        if found:
            if paragraphs or title:
                yield level, title, paragraphs
            (level, title), paragraphs = found, []
        else:
            paragraphs.append(block)
    if paragraphs:
        yield level, title, paragraphs


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, and headings for themselves."""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        heading = _HEADING.match(line)
        if heading or not line.strip():
            if lines:
                yield "\n".join(lines)
            lines = []
            if heading:
                yield line
        elif _UNDERLINE.match(line) and len(lines) == 1:
            yield f"{'#' if '=' in line else '##'} {lines.pop()}"
        else:
            lines.append(line)


def _title(block: str, markdown: bool) -> tuple[int, str] | None:
    if match := _HEADING.match(block):
        return len(match[1]), match[2]
    # In plain text, a short line for itself that is no sentence.
    if not markdown and "\n" not in block and len(block) < 60 and block.strip()[-1] not in ".!?:,;":
        return 2, block
    return None


def _joined(paragraphs: list[str]) -> Iterator[str]:
    """Paragraphs put together up to `MAX_CHARS`, longer ones cut between sentences."""
    whole = ""
    for paragraph in paragraphs:
        for part in _cut(shown(paragraph)):
            if whole and len(whole) + 1 + len(part) > MAX_CHARS:
                yield whole
                whole = ""
            whole = f"{whole}\n{part}" if whole else part
    if whole:
        yield whole


def _cut(text: str) -> Iterator[str]:
    if len(text) <= MAX_CHARS:
        if text:
            yield text
        return
    part = ""
    for sentence in _SENTENCE.split(text):
        for piece in _pieces(sentence):
            if part and len(part) + 1 + len(piece) > MAX_CHARS:
                yield part
                part = ""
            part = f"{part} {piece}" if part else piece
    yield part


def _pieces(sentence: str) -> Iterator[str]:
    while len(sentence) > MAX_CHARS:
        end = sentence.rfind(" ", 1, MAX_CHARS)
        end = end if end > 0 else MAX_CHARS
        yield sentence[:end]
        sentence = sentence[end:].lstrip()
    yield sentence


def shown(text: str) -> str:
    """``text`` without markup, on one line, with nothing that is not seen."""
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text = _EMPHASIS.sub("", _TAG.sub(" ", text))
    text = unicodedata.normalize("NFC", text)
    kept = (" " if c.isspace() else c for c in text)
    text = "".join(c for c in kept if c == " " or unicodedata.category(c)[0] != "C")
    return " ".join(text.split())
