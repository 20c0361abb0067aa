"""docs/api.md is what the tables say today."""

from pathlib import Path

from shopscope.api.docs import render
from shopscope.contract.endpoints import endpoints
from shopscope.contract.errors import ERRORS
from shopscope.contract.headers import HEADERS
from shopscope.contract.products import EXTRA_FIELDS, FIELDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_the_page_is_fresh() -> None:
    fresh = PAGE.read_text("utf-8") == render()
    assert fresh, "run `python -m shopscope.api.docs docs/api.md`"


def test_everything_is_on_it() -> None:
    page = render()
    for endpoint in endpoints():
        assert f"`{endpoint.method} {endpoint.path}`" in page
        assert all(f"| `{parameter.name}` |" in page for parameter in endpoint.parameters)
    for field in (*FIELDS, *EXTRA_FIELDS):
        assert f"| `{field.name}` | {field.type} | {field.title} |" in page
    assert all(f"| {error.code} | `" in page and error.cause in page for error in ERRORS)
    assert all(f"| `{header.name}` |" in page for header in HEADERS)
