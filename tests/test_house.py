"""The house keeps its own rules: version, pins, Makefile, light import, no machine's names."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import shopscope

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements" / "dev.txt"


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_version_is_stated_once_and_is_in_the_changelog(pyproject: dict[str, Any]) -> None:
    assert "version" not in pyproject["project"]
    assert pyproject["tool"]["hatch"]["version"]["path"] == "src/shopscope/__init__.py"
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert "Unreleased" in headings or shopscope.__version__ in headings


@pytest.mark.parametrize("module", ["shopscope", "shopscope.contract", "shopscope.client"])
def test_the_sdk_imports_nothing_of_the_server(module: str, pyproject: dict[str, Any]) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"there is no {module} yet")
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    (light,) = (rule for rule in contracts if rule["name"].startswith("The SDK is light"))
    server = {name for name in light["forbidden_modules"] if not name.startswith("*")}
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not server & set(loaded)
    parts = {name.split(".")[1] for name in loaded if name.startswith("shopscope.")}
    assert parts <= {"client", "contract", "errors"}


def test_every_make_target_says_what_it_is_for() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.M))
    assert targets == set(re.findall(r"^([a-z][\w-]*):.* ## \S", makefile, re.M))
    assert targets == set(re.findall(r"^\.PHONY: (.+)$", makefile, re.M)[0].split())
    for page in ("README.md", "CONTRIBUTING.md"):
        told = re.findall(r"`make ([\w-]+)", (ROOT / page).read_text("utf-8"))
        assert set(told) <= targets, page


def test_pins_hold_hashes_and_no_addresses() -> None:
    for path in PINS.parent.glob("*.txt"):
        entries = path.read_text("utf-8").replace("\\\n", " ").splitlines()
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries), path
        assert not re.search(r"://| @ |#|^-", "\n".join(entries), re.M), path


def test_pins_are_what_the_project_asks_for(pyproject: dict[str, Any]) -> None:
    entries = PINS.read_text("utf-8").replace("\\\n", " ").splitlines()
    pins = [Requirement(entry.partition("--hash")[0]) for entry in entries]
    project = pyproject["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    groups = pyproject["dependency-groups"]
    dev = [one for one in groups["dev"] if isinstance(one, str)]  # a table names another group
    for requirement in map(Requirement, [*asked, *groups["build"], *dev]):
        name = canonicalize_name(requirement.name)
        pinned = [pin for pin in pins if pin.name == name]
        assert pinned, f"{requirement} is not pinned: make pins"
        for pin in pinned:
            (version,) = (part.version for part in pin.specifier)
            assert requirement.specifier.contains(version), f"{pin}, not {requirement}: make pins"


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    # Brackets keep this line from finding itself.
    names = rb"(^|[^\w.-])/(w[o]rk|r[o]ot)/|p[y]pi\.org/simple|files\.python[h]osted"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (path := ROOT / name).is_file():
            found = [match[0] for match in re.finditer(names, path.read_bytes(), re.M)]
            assert not found, f"{name}: {found}"


def test_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
