"""The examples in upstream's own documents: OpenAPI in YAML, inside of Markdown."""

import re
from pathlib import Path
from typing import Any

import pytest

PATH = re.compile(r"^````yaml .*? GET (\S+)$(.*?)^````$", re.MULTILINE | re.DOTALL)


def example(seeds: Path, file: str) -> list[dict[str, Any]]:
    """The rows of the example of a success, in the order of their fields."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is needed to read upstream's documents")
    found = PATH.search((seeds / file).read_text("utf-8"))
    assert found is not None, file
    endpoint = yaml.safe_load(found[2])["paths"][found[1]]["get"]
    content = endpoint["responses"]["200"]["content"]["application/json"]
    rows: list[dict[str, Any]] = content["schema"]["example"]["data"]
    return rows
