"""The pages a person reads, held against the code."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from shopscope.cli.app import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMAND: Any = typer.main.get_command(app)


def children(command: Any) -> dict[str, Any]:
    """The commands below a group, by name."""
    if not hasattr(command, "list_commands"):
        return {}
    return {name: command.get_command(None, name) for name in command.list_commands(None)}


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def command_lines(text: str) -> list[str]:
    """Everything that reads like a call of the command line, in blocks and in backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in re.split(r"\n|&&", block)]
    lines += re.findall(r"`(shopscope [^`]*)`", text)
    return [line.removeprefix("$ ") for line in lines if re.match(r"(\$ )?shopscope ", line)]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page_id(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_commands_in_pages_exist(page: Path) -> None:
    for line in command_lines(page.read_text("utf-8")):
        words = shlex.split(line, comments=True)[1:]
        command = COMMAND
        while words and (below := children(command)) and not words[0].startswith("-"):
            assert words[0] in below, f"{page_id(page)}: {line}"
            command = below[words.pop(0)]
        options = {name for option in command.params for name in option.opts}
        for word in words:
            if word.startswith("--"):
                assert word.split("=")[0] in {*options, "--help"}, f"{page_id(page)}: {line}"


def test_the_readme_shows_every_command_group() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for name in ("load", "rollup", "serve", "snapshots"):
        assert f"shopscope {name}" in text


def test_every_part_is_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    source = ROOT / "src" / "shopscope"
    parts = [p.name + "/" for p in source.iterdir() if (p / "__init__.py").exists()]
    parts += [p.name for p in source.glob("*.py") if p.name != "__init__.py"]
    for part in parts:
        assert f"`{part}`" in text, f"ARCHITECTURE.md does not say what {part} is for"


def test_every_command_has_help_with_an_example() -> None:
    def leaves(command: Any, path: str) -> list[tuple[str, Any]]:
        below = children(command)
        if not below:
            return [(path, command)]
        return [leaf for n, c in below.items() for leaf in leaves(c, f"{path} {n}")]

    for path, command in leaves(COMMAND, "shopscope"):
        assert path in (command.help or ""), f"`{path} --help` has no example"
        for option in command.params:
            if hasattr(option, "help") and option.name != "help":
                assert option.help, f"`{path}`: {option.name} is not explained"
