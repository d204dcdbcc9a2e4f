"""The configuration: one tree of frozen dataclasses, read from TOML.

Every key has a default, so an empty file is a valid configuration. A key or section that does
not exist, a wrong type and a value out of range are errors that name the line.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from edge import files, toml
from edge.errors import ConfigError, clear

Expect = Literal["any", "letters", "digits"]
Lexicon = Literal["off", "english"]
Shared = Literal["none", "hands", "picture"]

LARGEST = 64 * 1024
"""Bytes of a configuration: ten times one with every key and its comment."""


def _key(default: Any, doc: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


@dataclass(frozen=True)
class CameraConfig:
    source: str = _key(
        "auto",
        "auto | picamera: | v4l2:/dev/video0 | video:clip.mp4 | photo:DIR | landmarks:FILE.parquet"
        " | signer:TEXT",
    )
    width: int = _key(640, "pixels asked of a camera", 64, 4096)
    height: int = _key(480, "pixels asked of a camera", 64, 4096)
    fps: float = _key(30.0, "frames per second asked of a camera", 1, 240)


@dataclass(frozen=True)
class LandmarkConfig:
    backend: Literal["tflite", "mediapipe"] = _key(
        "tflite", 'who finds hands: "tflite", or "mediapipe": its package, an extra, for comparison'
    )
    hands: int = _key(1, "hands to track; the one that was read is read on, else the largest", 1, 2)
    holistic: Literal["auto", "on"] = _key(
        "auto", 'pose, face and both hands: "auto" (where the bundle reads them), or "on"'
    )
    pose_every: int = _key(
        10,
        "frames from a pose to the next, where the bundle does not read it in each",
        1,
        60,
    )
    profile: Literal["auto", "fast", "balanced", "accurate"] = _key(
        "auto", "what tracking may cost: fast, balanced, accurate; auto: by the board"
    )
    threads: int = _key(1, "threads of the landmark models", 1, 16)
    search_interval: float = _key(0.1, "seconds between two searches for a hand", 0, 10)
    area: tuple[float, float, float, float] = _key(
        (0.0, 0.0, 1.0, 1.0),
        "where hands are read: left, top, right, bottom, as shares of the camera's picture",
    )


@dataclass(frozen=True)
class RecognizeConfig:
    bundle: str = _key("ishara-stream", "name of a bundle, or the path of its folder")
    threads: int = _key(1, "threads of the recogniser", 1, 16)
    window: int = _key(
        0, "frames that a foreign bundle reads at once; 0: the whole segment", 0, 600
    )
    window_step: int = _key(
        0,
        "frames from one window to the next; 0: as many as are read at once",
        0,
        600,
    )
    beam: int = _key(6, "prefixes kept while decoding; 1 is greedy", 1, 64)
    language_model: Literal["auto", "off"] = _key(
        "auto", 'the bundle\'s character language model: "auto" (as the bundle says), or "off"'
    )
    delegate: Literal["auto", "off"] = _key(
        "auto", 'an accelerator: "auto" tries whether it can be used, or "off"'
    )
    expect: Expect = _key(  # noqa: RUF009 - ruff does not see that the alias is a Literal
        "any", "what is spelled: any, letters, digits; a client may ask for another at any time"
    )
    words: str = _key(
        "", "file of words that may be spelled, one a line; a path from this file's folder on"
    )
    words_only: bool = _key(False, "read nothing but words; what is none of them gives no text")
    lexicon: Lexicon = _key(  # noqa: RUF009 - as above
        "off",
        'words of a language that come along, weaker than those of words: "english", or "off"',
    )
    second: str = _key("", "bundle that reads each segment once more at its end; empty: none")
    sure: float = _key(0.5, "confidence of that reading below which it gives no text", 0, 1)
    absent: float = _key(0.5, "seconds without a hand that end a segment", 0.1, 60)
    rest: float = _key(
        3.0, "seconds without a letter, nor in the pose of the last, that end a segment", 0.2, 600
    )


@dataclass(frozen=True)
class PublishConfig:
    socket: str = _key("", "path of the socket; empty: in the runtime directory")
    clients: int = _key(64, "clients at once; one more is refused as busy", 1, 4096)
    queue: int = _key(256, "events kept for a slow client", 8, 65536)
    group: str = _key("", "group whose members may connect; empty: that of this user")
    view: Shared = _key(  # noqa: RUF009 - ruff does not see that the alias is a Literal
        "none",
        "what clients may see of the camera: none; hands: the points of hands; picture: that too",
    )
    tcp: int = _key(0, "TCP port on 127.0.0.1 and ::1, open to all users here; 0: none", 0, 65535)
    tcp_commands: bool = _key(False, "over TCP, also pause, reset and expect: for all users here")


@dataclass(frozen=True)
class ServiceConfig:
    metrics: int = _key(
        0, "TCP port on 127.0.0.1 for Prometheus, open to all users here; 0: none", 0, 65535
    )


@dataclass(frozen=True)
class Config:
    camera: CameraConfig = field(default_factory=CameraConfig)
    landmarks: LandmarkConfig = field(default_factory=LandmarkConfig)
    recognize: RecognizeConfig = field(default_factory=RecognizeConfig)
    publish: PublishConfig = field(default_factory=PublishConfig)
    service: ServiceConfig = field(default_factory=ServiceConfig)


def standard_path() -> Path | None:
    """The first that exists of ``$XDG_CONFIG_HOME/ishara/ishara.toml`` and ``/etc/ishara/...``."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    # A user without a home keeps the tilde.
    own = [] if home.startswith("~") else [Path(home) / "ishara" / "ishara.toml"]
    for path in (*own, Path("/etc/ishara/ishara.toml")):
        if os.path.isfile(path):  # Path.is_file raises where a folder on the way may not be entered
            return path
    return None


def load(path: Path | None) -> Config:
    """The configuration in ``path``; the defaults where ``path`` is None.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds an unknown key or a bad value.
    """
    if path is None:
        return Config()
    try:
        text = files.read_text(path, LARGEST)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"configuration {path} cannot be read: {reason}") from error
    config = parse(text, str(path))
    if not config.recognize.words:
        return config
    words = os.path.join(os.path.dirname(path), os.path.expanduser(config.recognize.words))
    return replace(config, recognize=replace(config.recognize, words=words))


def parse(text: str, name: str = "configuration") -> Config:
    """The configuration in a TOML ``text``; ``name`` is what errors call it.

    Raises:
        ConfigError: as for `load`.
    """
    try:
        tree = toml.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also: thousands of digits
        raise ConfigError(f"{name} is not valid TOML: {clear(str(error))}") from error
    sections = {f.name: f for f in fields(Config)}
    config = Config()
    for section, values in tree.items():
        where = f"{name}:{_line(text, None, section)}"
        if section not in sections:
            shown = clear(section, 60)
            raise ConfigError(f"{where}: unknown section [{shown}]{_nearest(section, sections)}")
        if not isinstance(values, dict):
            raise ConfigError(f"{where}: {section} is a section: write [{section}]")
        part = getattr(config, section)
        hints = get_type_hints(type(part))
        known = {f.name: f for f in fields(part)}
        for key, value in values.items():
            where = f"{name}:{_line(text, section, key)}"
            if key not in known:
                shown = clear(key, 60)
                raise ConfigError(
                    f"{where}: unknown key {shown} in [{section}]{_nearest(key, known)}"
                )
            part = replace(part, **{key: _checked(where, known[key], hints[key], value)})
        config = replace(config, **{section: part})
    return config


def _checked(where: str, key: Field[Any], kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            wanted = " or ".join(_toml(choice) for choice in get_args(kind))
            raise ConfigError(f"{where}: {key.name} must be {wanted}, not {_short(value)}")
        return value
    if get_origin(kind) is tuple:
        return _area(where, key.name, value)
    if kind is float and type(value) is int and abs(value) < 1 << 53:
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(f"{where}: {key.name} must be {_NAMES[kind]}, not {_short(value)}")
    low, high = key.metadata["low"], key.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ConfigError(
            f"{where}: {key.name} must be between {low} and {high}, not {_short(value)}"
        )
    return value


def _area(where: str, name: str, value: Any) -> tuple[float, float, float, float]:
    if type(value) is list and len(value) == 4 and all(type(n) in (int, float) for n in value):
        left, top, right, bottom = value
        if 0 <= left < right <= 1 and 0 <= top < bottom <= 1:
            return float(left), float(top), float(right), float(bottom)
    raise ConfigError(
        f"{where}: {name} must be [left, top, right, bottom] from 0 to 1, left below right and top"
        f" below bottom, not {_short(value)}"
    )


def _short(value: Any) -> str:
    return clear(_toml(value), 60)


_NAMES: dict[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _nearest(word: str, valid: dict[str, Any]) -> str:
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; valid are {', '.join(valid)}"


def _line(text: str, section: str | None, key: str) -> int:
    """Number of the line that sets ``key`` in ``section`` (tomllib does not tell); 1 if unseen."""
    wanted = [section, key] if section else [key]
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[{1,2}([^\[\]]+)\]", line):
            table = _parts(heading[1])
            path = table
        else:
            path = table + _parts(line.split("=")[0])
        if path[: len(wanted)] == wanted:
            return number
    return 1


def _parts(dotted: str) -> list[str]:
    return [part.strip(" \t\"'") for part in dotted.split(".")]


def render(config: Config) -> str:
    """``config`` as TOML with a comment for every key; `parse` reads it back."""
    lines: list[str] = []
    for section in fields(config):
        lines += [f"[{section.name}]"]
        part = getattr(config, section.name)
        for key in fields(part):
            value = getattr(part, key.name)
            default = "" if value == key.default else f" (default {_toml(key.default)})"
            lines += [f"# {key.metadata['doc']}{default}", f"{key.name} = {_toml(value)}"]
        lines += [""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
