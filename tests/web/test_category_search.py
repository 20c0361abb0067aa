"""Categories are found by their names, in the language of the page."""

import pytest

from shopscope.api.app import Api
from tests.web.kit import browse, page
from tests.web.test_categories import SCRIPT, app, snapshot  # noqa: F401 - the same market

ALL = "/categories?region=US&days=7"


@pytest.mark.parametrize(
    ("find", "language", "names"),
    [
        ("MAKE", "en", ["Beauty & Personal CareMakeup"]),
        ("e", "en", ["Beauty & Personal Care", f"Pets {SCRIPT}"]),
        ("美妆", "zh", ["美妆个护", "美妆个护美妆"]),
    ],
)
def test_a_part_of_the_name_is_enough(app: Api, find: str, language: str, names: list[str]) -> None:  # noqa: F811
    html = page(app, f"{ALL}&find={find}", accept_language=language)
    links = html.one(id="found").all("a")
    assert [link.text for link in links][: len(names)] == names
    for link in links:
        there = page(app, link["href"], accept_language=language)
        assert "days=7" in link["href"]
        assert link.text.endswith(there.one("h1").text)
        assert not there.all(id="found")


def test_the_form_keeps_the_view(app: Api) -> None:  # noqa: F811
    form = page(app, f"{ALL}&measure=units&category_id=848648").one("form", class_="find")
    sent = {field["name"]: field.get("value") for field in form.all("input")}
    assert sent == {"region": "US", "days": "7", "measure": "units", "find": ""}


def test_what_is_not_there_is_told(app: Api) -> None:  # noqa: F811
    answer = browse(app, f"{ALL}&find=%3Cb%3Ezzz")
    assert answer.status_code == 200
    assert "No category has this in its name." in answer.text
    assert "<b>zzz" not in answer.text
