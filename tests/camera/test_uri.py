from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera import open_camera
from edge.camera.uri import parse, positive, seconds, switch, typed, whole
from edge.errors import UserError

SCHEMES = ("auto", "picamera", "v4l2", "video", "photo", "signer")


@pytest.mark.parametrize(
    ("text", "scheme", "rest", "options"),
    [
        ("auto", "auto", "", {}),
        ("picamera:?camera=1", "picamera", "", {"camera": "1"}),
        ("v4l2:/dev/video0", "v4l2", "/dev/video0", {}),
        ("video:a clip.mp4?pace=0", "video", "a clip.mp4", {"pace": "0"}),
        ("signer:why?", "signer", "why?", {}),
        ("signer:who? me?speed=2&seed=7", "signer", "who? me", {"speed": "2", "seed": "7"}),
        ("signer:a%20b+c%3Fd=e", "signer", "a b+c?d=e", {}),
        ("signer:x:y", "signer", "x:y", {}),
        ("signer:100%", "signer", "100%", {}),
    ],
)
def test_parts(text, scheme, rest, options):
    uri = parse(text, SCHEMES)
    assert (uri.scheme, uri.rest, uri.options) == (scheme, rest, options)


@given(st.text())
def test_quoted_text_comes_back(text):
    quoted = quote(text.encode("utf-8", "replace").decode(), safe="")
    uri = parse(f"signer:{quoted}", SCHEMES)
    assert uri.rest == text.encode("utf-8", "replace").decode()
    assert uri.options == {}


@given(st.one_of(st.text(), st.text().map("video:{}".format)))
def test_any_text_is_parsed_or_refused_in_one_line(text):
    answer = ""
    try:
        uri = parse(text, SCHEMES)
        typed(uri, pace=switch, hold=positive, gap=seconds, seed=whole)
    except UserError as error:
        answer = str(error)
    assert len(answer.splitlines()) <= 1


def test_unknown_scheme_names_the_valid_ones_nearest_first():
    with pytest.raises(UserError, match=r"'vidio:x'.*one of video:, .*signer:"):
        open_camera("vidio:x")


def test_unknown_option_names_the_valid_ones_nearest_first():
    with pytest.raises(UserError, match=r"photo: has no option 'hld' \(valid: hold, "):
        open_camera("photo:x?hld=1")


@pytest.mark.parametrize("text", ["auto:?x=1", "v4l2:?x=1"])
def test_a_source_without_options_says_so(text):
    with pytest.raises(UserError, match="valid: none"):
        open_camera(text)


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("pace=yes", "pace must be 0 or 1, not 'yes'"),
        ("hold=0", "hold must be more than 0"),
        ("gap=-1", "gap must be 0 or more"),
        ("gap=nan", "gap must be a number"),
        ("hold=1e99", "hold must be a number"),
        ("hold=1&gap", "'gap'.*KEY=VALUE"),
    ],
)
def test_bad_values(option, reason):
    with pytest.raises(UserError, match=reason):
        open_camera(f"photo:x?{option}")


@pytest.mark.parametrize("text", ["-1", "1.5", "", "²", "99999999999"])
def test_whole_numbers_only(text):
    with pytest.raises(ValueError, match="whole number"):
        whole(text)
