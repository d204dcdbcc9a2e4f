"""What the documentation says exists: links, commands, files, and the Python on its pages."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from models.training.evaluation.readme import markdown
from tests.docs.pages import PAGES, ROOT, anchors, blocks, prose

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAX_README_WORDS = 900
MAX_PICTURE_BYTES = 1_000_000
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[list[str]]:
    """The commands in the page's blocks that have no language, and in its text."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line for block in blocks(text) if not block.language for line in block.text.splitlines()
    ]
    lines += re.findall(r"`([^`\n]+)`", prose(text))
    found: list[list[str]] = []
    for line in lines:
        for part in line.split("#")[0].split("&&"):
            try:
                words = shlex.split(part)
            except ValueError:  # prose with an apostrophe
                continue
            if words and words[0] == "sudo":
                words = words[1:]
            if words:
                found.append(words)
    return found


ALL_COMMANDS = [(name(page), words) for page in PAGES for words in commands(page)]


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= MAX_README_WORDS


def test_the_pictures_are_small() -> None:
    for picture in (ROOT / "docs").iterdir():
        assert picture.stat().st_size < MAX_PICTURE_BYTES, picture.name


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{name(page)} links to {target}"
        assert linked.is_relative_to(ROOT), f"{name(page)} links out of the repository: {target}"
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_on_the_page_compiles(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in blocks(text):
        if block.language == "python":
            code = "\n" * (block.line - 1) + block.text
            compile(code, name(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_python_on_the_page_imports_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in blocks(text):
        if block.language != "python":
            continue
        for node in ast.walk(ast.parse(block.text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("edge"):
                names: dict[str, object] = {}
                exec(ast.unparse(node), names)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
    for page, words in ALL_COMMANDS:
        if words[0] == "make":
            wanted = [word for word in words[1:] if "=" not in word and word.islower()]
            assert set(wanted) <= targets, (page, words)


def test_make_variables_exist() -> None:
    for page, words in ALL_COMMANDS:
        if words[0] == "make":
            for word in words[1:]:
                variable, equals, _ = word.partition("=")
                assert not equals or f"$({variable})" in MAKEFILE or f"{variable} ?=" in MAKEFILE, (
                    page,
                    words,
                )


def test_options_of_ishara_exist(capsys: pytest.CaptureFixture[str]) -> None:
    from edge.cli import main

    helps: dict[tuple[str, ...], str] = {}

    def help_of(*command: str) -> str:
        if command not in helps:
            with pytest.raises(SystemExit) as ended:
                main([*command, "--help"])
            assert ended.value.code == 0, command
            helps[command] = capsys.readouterr().out
        return helps[command]

    seen = 0
    for page, words in ALL_COMMANDS:
        if Path(words[0]).name != "ishara" or len(words) < 2 or not words[1].isalpha():
            continue
        command = words[1:3] if words[1] == "models" and len(words) > 2 else words[1:2]
        text = help_of(*command)
        for option in (word for word in words if word.startswith("--")):
            assert re.search(rf"{option}\b", text), (page, words)
        seen += 1
    assert seen > 10


def test_scripts_and_modules_exist() -> None:
    for page, words in ALL_COMMANDS:
        if Path(words[0]).name not in ("python", "python3"):
            continue
        if words[1] == "-m" and words[2].split(".")[0] in ("models", "benchmarks", "tests"):
            module = ROOT.joinpath(*words[2].split("."))
            assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), (
                page,
                words,
            )
        elif words[1].endswith(".py"):
            assert (ROOT / words[1]).exists() or (ROOT / page).with_name(words[1]).exists(), (
                page,
                words,
            )


def test_files_named_in_the_text_exist() -> None:
    for page in [ROOT / "CONTRIBUTING.md", README_PAGE, *(ROOT / "docs").glob("*.md")]:
        text = prose(page.read_text(encoding="utf-8"))
        for path in re.findall(r"`((?:edge|tests|benchmarks|models|systemd|docs)/[\w./-]+)`", text):
            if "NAME" not in path:
                assert (ROOT / path).exists(), f"{name(page)} names {path}"


README_PAGE = ROOT / "README.md"


def test_the_glossary_is_in_alphabetical_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    entries = [line for line in text.splitlines() if line.startswith("- ")]
    terms = [re.sub(r"[^a-z0-9 ]", "", re.findall(r"\*\*(.*?)\*\*", e)[0].lower()) for e in entries]
    assert terms == sorted(terms)
    assert len(terms) == len(set(terms))


def test_the_readme_and_the_card_have_the_same_table_of_all_hands() -> None:
    folder = ROOT / "models" / "bundles" / "ishara-stream"
    bundle = tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))
    if "overview" not in bundle["figures"]:
        pytest.skip("the shipped bundle was measured before there was such a table")
    table = markdown(bundle["figures"]["overview"])
    assert table in README
    assert table in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
