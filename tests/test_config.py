"""The configuration: what is read, what is refused, and the line it names."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edge.toml
from edge.config import Config, load, parse, render
from edge.errors import ConfigError


def test_defaults_render_and_read_back() -> None:
    assert parse(render(Config())) == Config()
    assert parse("") == Config()


def test_a_value_is_taken_and_the_rest_stays() -> None:
    config = parse('[camera]\nsource = "signer:abc"\n[recognize]\nrest = 3\n')
    assert config.camera.source == "signer:abc"
    assert config.recognize.rest == 3.0
    assert config.publish == Config().publish


def test_an_area_is_four_numbers_and_reads_back() -> None:
    config = parse("[landmarks]\narea = [0, 0.25, 0.5, 1]\n")
    assert config.landmarks.area == (0.0, 0.25, 0.5, 1.0)
    assert "area = [0.0, 0.25, 0.5, 1.0]\n" in render(config)
    assert parse(render(config)) == config


@pytest.mark.parametrize(
    "area",
    ["0.5", "[]", "[0, 0, 1]", "[0, 0, 1, 1, 1]", "[0.5, 0, 0.5, 1]", "[0, 1, 1, 0]",
     "[-0.1, 0, 1, 1]", "[0, 0, 1.1, 1]", "[0, 0, nan, 1]", '["0", 0, 1, 1]', "[true, 0, 1, 1]",
     "[[0, 0], [1, 1]]", "{left = 0}"],
)  # fmt: skip
def test_what_is_no_area_is_refused_in_one_line(area: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[landmarks]\narea = {area}\n", "x.toml")
    wanted = "x.toml:2: area must be [left, top, right, bottom] from 0 to 1, left below right and"
    assert str(caught.value).startswith(wanted)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n[camra]\n", "x.toml:2: unknown section [camra]; did you mean camera?"),
        ("[camera]\n\nwidht = 3\n", "x.toml:3: unknown key widht in [camera]; did you mean width?"),
        ('[camera]\nwidth = "a"\n', 'x.toml:2: width must be a whole number, not "a"'),
        ("[landmarks]\nhands = true\n", "x.toml:2: hands must be a whole number, not true"),
        ("[camera]\nwidth = 1\n", "x.toml:2: width must be between 64 and 4096, not 1"),
        ("[recognize]\nabsent = nan\n", "x.toml:2: absent must be between 0.1 and 60, not nan"),
        (
            'landmarks.profile = "big"\n',
            'x.toml:1: profile must be "auto" or "fast" or "balanced" or "accurate", not "big"',
        ),
        (
            '[recognize]\nlexicon = "french"\n',
            'x.toml:2: lexicon must be "off" or "english", not "french"',
        ),
        (
            '[recognize]\nexpect = "numbers"\n',
            'x.toml:2: expect must be "any" or "letters" or "digits", not "numbers"',
        ),
        ("# c\ncamera = 3\n", "x.toml:2: camera is a section: write [camera]"),
        ("[camera]\nx = 1\n[publish]\nx = 1\n", "x.toml:2: unknown key x in [camera]"),
        ("[publish]\nqueue = 8\n[publish.qeue]\n", "x.toml:3: unknown key qeue in [publish]"),
    ],
)
def test_errors_name_the_line(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "x.toml")
    assert str(caught.value).startswith(line)


def test_unreadable_files_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "binary.toml"):
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"[camera]\nwidth = {'9' * 5000}\n",
        f"[camera]\nfps = {'9' * 400}\n",
        f"[camera]\nfps = {'[' * 5000}\n",
        '[camera]\n"a\\nb" = 1\n',
        '["a\\nb"]\n',
        f"[camera]\n{'x' * 5000} = 1\n",
        f'[landmarks]\nmodel = "{"x" * 5000}"\n',
    ],
)
def test_odd_values_are_one_short_line_too(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "x.toml")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a regular file"):
        load(Path("/dev/zero"))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 60_000,
        "x = " + "[" * 60_000,
        "a" + ".a" * 30_000 + " = 1",
        "[a" + ".a" * 30_000 + "]",
        'x."a\\"b"' + '.  "a"' * 10_000 + " = 1",
        "x = " + "{a = " * 10_000,
    ],
)
def test_what_is_deep_or_long_never_reaches_tomllib(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(edge.toml.tomllib, "loads", lambda text: pytest.fail("tomllib sees it"))
    with pytest.raises(ConfigError, match=r"more dots or brackets .* \(at line 2\)"):
        parse("# .\n" + text, "x.toml")
    (tmp_path / "long.toml").write_text("a" + ".a" * 100_000 + " = 1")
    with pytest.raises(ConfigError, match="more than 65536 bytes"):
        load(tmp_path / "long.toml")


@pytest.mark.parametrize(
    "text",
    [
        'x = """\n' + "[" * 60_000,
        'x = """\n' + "[" * 60_000 + '\n"""',
        "x = '''\n" + "[." * 30_000 + "\n'''",
        '\\"""\n' * 12_000,
        '"""' + '\\"""\n' * 12_000,
        'x="' * 20_000,
        '"' + "\\" * 60_000,
        "[camera" + " " * 60_000,
        "[camera]\n" + "a" * 60_000 + " = 1",
    ],
)
def test_no_text_takes_long_to_refuse(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ConfigError):
        parse(text, "x.toml")
    assert time.process_time() - began < 3  # a hundred times what it takes; it took thirteen


def test_dots_and_brackets_in_texts_are_no_depth() -> None:
    source = "signer:" + ".[{" * 100
    for quoted in (f'"{source}"', f"'{source}'", f'"""{source}"""', f"'''{source}'''"):
        text = f"[camera] # {'.[' * 100}\nsource = {quoted} # {'[' * 100}\n"
        assert parse(text).camera.source == source


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse(text), Config)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_source_survives_rendering(source: str) -> None:
    config = Config()
    config = replace(config, camera=replace(config.camera, source=source))
    assert parse(render(config)) == config


def test_a_list_of_words_lies_beside_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "i.toml"
    for name, path in (("names.txt", tmp_path / "names.txt"), ("/srv/a", Path("/srv/a"))):
        file.write_text(f'[recognize]\nwords = "{name}"\n')
        assert load(file).recognize.words == str(path)
    file.write_text("[recognize]\n")
    assert load(file).recognize.words == ""
