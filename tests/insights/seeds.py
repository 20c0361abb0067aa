"""The examples of the upstream documentation, where it is beside the checkout."""

import re
from typing import Any

import pytest

from tests.conftest import ROOT


def example(number: str) -> dict[str, Any]:
    """The example answer in the document whose name starts with `number`."""
    yaml: Any = pytest.importorskip("yaml")
    files = sorted((ROOT.parent / "shared" / "seeds").glob(f"{number}_*.txt"))
    if not files:
        pytest.skip("the upstream documentation is not beside the checkout: ../shared/seeds")
    found = re.search(r"````yaml [^\n]*\n(.*?)````", files[0].read_text("utf-8"), re.S)
    assert found is not None
    (path,) = yaml.safe_load(found[1])["paths"].values()
    content = path["get"]["responses"]["200"]["content"]["application/json"]
    made: dict[str, Any] = content["schema"]["example"]
    return made
