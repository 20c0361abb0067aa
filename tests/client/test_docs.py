"""The page about the client: every example runs, and its tables are those of the code."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import shopscope
from shopscope import testing
from shopscope.client.config import API_KEY, BASE_URL
from shopscope.contract.endpoints import endpoints
from tests.serving import Running, running

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGE = (ROOT / "docs" / "sdk.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = {
    title: blocks
    for title, text in {"README.md": README, **SECTIONS}.items()
    if (blocks := re.findall(r"^```python(.*?)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        folder = testing.default_folder()
        testing.demo_app(folder)
    with running(folder) as server:
        yield server


@pytest.mark.parametrize("title", EXAMPLES)
def test_examples_run(
    title: str,
    server: Running,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)  # where files are written
    monkeypatch.setenv("SHOPSCOPE_BASE_URL", server.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for info, code in EXAMPLES[title]:
        names: dict[str, Any] = {"__name__": title}
        if info:
            run_tests(tmp_path / info.removeprefix(" file="), code)
            continue
        exec(compile(code, title, "exec"), names)
        for value in names.values():
            if isinstance(value, shopscope.Client):
                value.close()
    if "print(" in code:
        assert capsys.readouterr().out


def run_tests(path: Path, code: str) -> None:
    """Tests of the page as the tests that they are."""
    path.write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=path.parent, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_sections_are_in_the_order_of_tasks() -> None:
    listed = re.findall(r"^- \[(.+?)\]\(#(.+?)\)$", PAGE, re.MULTILINE)
    assert [title for title, _ in listed] == list(SECTIONS)
    for title, anchor in listed:
        assert anchor == title.lower().replace(" ", "-")


def test_every_method_is_listed() -> None:
    found = re.findall(r"^\| `client\.(\w+)` \| (.+?) \|$", PAGE, re.MULTILINE)
    listed = {(name, verb) for name, verbs in found for verb in re.findall(r"`(\w+)`", verbs)}
    assert listed == {(e.resource, e.verb) for e in endpoints()}


def test_every_error_and_variable_is_listed() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \| ", SECTIONS["Errors"], re.MULTILINE))
    errors = [
        name
        for name in shopscope.__all__
        if isinstance(value := getattr(shopscope, name), type)
        and issubclass(value, shopscope.ClientError)
        and value.__module__ == "shopscope.client.errors"
    ]
    assert rows == set(errors) - {"ClientError"}
    assert f"`{API_KEY}`" in PAGE
    assert f"`{BASE_URL}`" in PAGE
