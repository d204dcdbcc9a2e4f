"""The token, the names of this machine, and whose page asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import UserError
from edge.kiosk.access import Access, listens_here, same_origin, token


def test_the_loopback_needs_no_token_and_everything_else_does() -> None:
    assert [token(None, host) for host in ("127.0.0.1", "localhost", "::1")] == ["", "", ""]
    new = {token(None, host) for host in ("0.0.0.0", "::", "192.168.1.5", "127.0.0.1.evil.example")}
    assert len(new) == 4
    assert all(len(one) >= 32 for one in new)
    assert not listens_here("0.0.0.0")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("short", "it needs 16 to 256"),
        ("x" * 300, "it needs 16 to 256"),
        ("x" * 5000, "more than"),
        ("sixteen letters and spaces", "letters, digits"),
        ("ünicode-ünicode-ünicode", "letters, digits"),
        ("", "it needs 16 to 256"),
    ],
)
def test_a_token_that_cannot_be_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(UserError, match=said):
        token(file, "127.0.0.1")


def test_a_token_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4" * 20)
    for path in (tmp_path / "none", tmp_path, Path("/dev/zero"), tmp_path / "latin"):
        with pytest.raises(UserError, match="cannot be read"):
            token(path, "127.0.0.1")


def test_a_token_of_the_owner_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("0123456789abcdef\n")
    assert token(file, "127.0.0.1") == "0123456789abcdef"
    access = Access("0123456789abcdef", 1)
    assert access.knows("0123456789abcdef")
    for wrong in (None, "", "0123456789abcde", "0123456789abcdef0", "\udcff" * 16, "é"):
        assert not access.knows(wrong)


def test_only_names_of_this_machine_are_here() -> None:
    access = Access("", 8470)
    for host in ("127.0.0.1:8470", "localhost:8470", "localhost", "[::1]:8470"):
        assert access.is_here(host)
    for host in (None, "", "evil.example", "evil.example:8470", "127.0.0.1.evil.example", "[::2]"):
        assert not access.is_here(host)


def test_another_sites_page_is_known_by_its_origin() -> None:
    assert same_origin(None, "localhost:8470")
    assert same_origin("http://localhost:8470", "localhost:8470")
    for origin in ("null", "http://evil.example", "http://localhost:1", "", "http://["):
        assert not same_origin(origin, "localhost:8470")
