"""Lists of words: what counts in them, and one clear line for each that cannot be used."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.recognize.words import lists

ALPHABET = "abcdefghijklmnopqrstuvwxyz 0123456789"


def read(tmp_path: Path, content: str | bytes) -> lists.Words:
    file = tmp_path / "names.txt"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return lists.read(file, ALPHABET)


def test_a_word_a_line_with_weights_comments_and_what_is_not_spelled(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "\ufeff# the class\r\n\r\nAnna\r\nJosé = 2.5\nO'Brien\nNew  York\n Jean-Luc =0.5\n"
        "route 66\nanna = 3\nanna = 0.1",
    )
    assert found == {
        "anna": 3.0, "jose": 2.5, "obrien": 1.0, "new york": 1.0, "jeanluc": 0.5, "route 66": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "has no words: write one on each line"),
        ("# only\n\n# comments\n", "has no words"),
        ("anna\nb\0b\n", r"names.txt:2: the bundle does not read '\x00' in 'b\x00b'"),
        ("anna\n李\n", "names.txt:2: the bundle does not read '李' in '李': write it with"),
        ("an\u043fa", "names.txt:1: the bundle does not read 'п'"),
        ("a" * 10_000, "names.txt:1: 'aaaaaaaaaaaaaaaaaaaa...' has more than 64 characters"),
        ("ﷺ" * 60, "has more than 64 characters"),
        ("anna = much", "names.txt:1: a weight is a number from 0.001 to 1000, not 'much'"),
        ("anna = nan", "a weight is a number"),
        ("anna = 1e9", "a weight is a number"),
        ("anna = ", "a weight is a number"),
        ("= 2", "there is no word in '= 2': write one"),
        ("'", "there is no word in"),
        (b"caf\xe9\n", "it is not UTF-8 text"),
        (b"\xff\xfea\0n\0", "it is not UTF-8 text"),
        ("\n".join(f"n{n}" for n in range(60_000)), "has more than 50000 words: leave some out"),
        ("anna\n" * 1_000_000, "it has more than 1048576 bytes"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, content)
    message = str(refused.value)
    assert why in message
    assert "\n" not in message
    assert len(message) < 400


def test_what_is_no_file_is_one_clear_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name, why in (
        ("fifo", "not a regular file"),
        ("", "Is a directory"),
        ("none", "No such file"),
        ("z\0", "not a file name"),
    ):
        with pytest.raises(ConfigError, match=why):
            lists.read(tmp_path / name, ALPHABET)
    with pytest.raises(ConfigError, match="not a regular file"):
        lists.read(Path("/dev/zero"), ALPHABET)


def test_the_worst_list_takes_bounded_memory_and_time(tmp_path: Path) -> None:
    lines = "\n".join(f"{n:x}{'ⅷ' * 3}" for n in range(80_000))
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(ConfigError):
        read(tmp_path, lines[: 1 << 19])
    read(tmp_path, "\n".join(f"{n}" for n in range(50_000)))
    assert time.process_time() - began < 10
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_the_lexicon_is_licensed_small_and_in_order() -> None:
    words = lists.lexicon("english")
    folder = Path(__file__).parents[3] / "models" / "lexicons"
    assert (folder / "english.txt").stat().st_size <= 1 << 20
    assert "CC BY-SA 4.0" in (folder / "english.txt").read_text().split("\nthe\n")[0]
    assert "Attribution-ShareAlike 4.0" in (folder / "LICENSE.md").read_text()
    assert words[0] == "the"
    assert words.index("horse") < words.index("whale")
    assert len(set(words)) == len(words) == 40_000
    with pytest.raises(ConfigError, match="install the program again"):
        lists.lexicon("klingon")
