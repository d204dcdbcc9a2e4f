"""The owner's folder: which of its files are read, and what is in them."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UserError

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".md", ".markdown", ".txt"})
MAX_FILES = 2_000
MAX_FILE_BYTES = 1 << 20
MAX_DEPTH = 8
"""Folders within folders."""
MAX_ENTRIES = 50_000
"""Names that are looked at, whatever they are."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file does."""

    modified_ns: int
    size: int
    inode: int


class Unreadable(Exception):
    """A file is left out; says why, and what would help."""


def check(folder: Path) -> Path:
    """
    Raises:
        UserError: ``folder`` is none that can be read.
    """
    try:
        folder = folder.resolve(strict=True)
        with os.scandir(folder):
            return folder
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be a path"
        raise UserError(
            f"the documents in {folder} cannot be read: {reason}: name a folder of Markdown or text"
        ) from error


def scan(folder: Path) -> dict[str, Stamp]:
    """The documents in ``folder`` by their path in it. Links and hidden files are none.

    Raises:
        OSError: the folder itself cannot be read.
    """
    found: dict[str, Stamp] = {}
    for path, entry in _files(folder):
        if len(found) == MAX_FILES:
            log.warning("%s has more than %d documents: the rest is left out", folder, MAX_FILES)
            break
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError:  # it has just gone
            continue
        found[path] = Stamp(info.st_mtime_ns, info.st_size, info.st_ino)
    return found


def _files(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    seen = 0
    waiting = [(folder, "", 0)]
    while waiting:
        at, prefix, depth = waiting.pop()
        try:
            with os.scandir(at) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            if not prefix:
                raise
            continue  # a folder within, that has gone or may not be read
        for entry in ordered:
            seen += 1
            if seen > MAX_ENTRIES:
                log.warning(
                    "%s has more than %d entries: the rest is left out", folder, MAX_ENTRIES
                )
                return
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    waiting.append((Path(entry.path), f"{prefix}{entry.name}/", depth + 1))
            elif Path(entry.name).suffix.lower() in SUFFIXES and entry.is_file(
                follow_symlinks=False
            ):
                yield prefix + entry.name, entry


def read(folder: Path, path: str) -> str:
    """The text of a document.

    Raises:
        Unreadable: it is too large, is no text, or cannot be read.
    """
    try:
        # O_NOFOLLOW and O_NONBLOCK: it may have become a link, or a pipe, since it was found.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(folder / path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable("it is no file")
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable(f"it has more than {MAX_FILE_BYTES >> 20} MiB: divide it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("it is no text in UTF-8: save it as that") from error
    if "\0" in text:
        raise Unreadable("it is no text: it holds zero bytes")
    return text
