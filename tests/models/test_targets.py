from __future__ import annotations

from models.training.synthesis.targets import IGNORE, frame_targets

ALPHABET = "abcdefghijklmnopqrstuvwxyz "


def shown(*text: tuple[str, float, float], ticks: int = 40) -> str:
    """The targets as a line: a letter, ``.`` for blank, ``~`` for either."""
    marks = {IGNORE: "~", 0: "."}
    return "".join(marks.get(s) or ALPHABET[s - 1] for s in frame_targets(text, ticks, ALPHABET))


def test_a_letter_is_wanted_as_long_as_it_stands_and_nothing_while_the_hand_moves() -> None:
    line = shown(("a", 2, 10), ("b", 30, 36))
    assert line[2:11] == "a" * 9
    assert line[30:37] == "b" * 7
    assert set(line[18:23]) == {"."}


def test_near_a_letter_both_are_right() -> None:
    line = shown(("a", 2, 10), ("b", 30, 36))
    assert line[11:17] == "~" * 6
    assert line[24:30] == "~" * 6


def test_a_fast_letter_is_wanted_in_one_tick() -> None:
    assert shown(("a", 5.2, 5.6), ("b", 9.1, 9.3)).replace("~", "").replace(".", "") == "ab"


def test_between_two_equal_letters_is_a_blank() -> None:
    for gap in (0.2, 1, 2, 5):
        line = shown(("a", 2, 10), ("a", 10 + gap, 20))
        first, second = line.index("a"), line.rindex("a")
        assert "." in line[first:second]


def test_an_i_may_become_a_j() -> None:
    assert shown(("i", 5, 20)).index("i") == 8
    assert shown(("a", 5, 20)).index("a") == 5


def test_after_a_drawn_letter_the_shape_that_is_left_says_nothing() -> None:
    line = shown(("z", 5, 8), ("a", 30, 35))
    assert set(line[9:20]) == {"~"}


def test_a_long_rest_is_one_space() -> None:
    line = shown(("a", 0, 2), (" ", 8, 30), ticks=50)
    assert line[8:16] == " " * 8
    assert set(line[16:31]) == {"~"}


def test_what_lies_outside_is_cut() -> None:
    assert len(frame_targets((("a", -3, 2), ("b", 38, 60)), 40, ALPHABET)) == 40
