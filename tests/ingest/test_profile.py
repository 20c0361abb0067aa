"""Profiles: what is shipped is valid, and a mistake is told with its key and the nearest name."""

import pytest

from shopscope.errors import BadInput, NotFound
from shopscope.ingest.library import canonical, profile_named, profiles
from shopscope.ingest.profile import read_profile
from shopscope.lake.schema import FX, LOADS, PRODUCT, TABLES

GOOD = """
name = "mine"
source = "me"
day = "date"

[tables.fx]
currency = "cur"
usd = "rate"
"""


def test_a_small_profile() -> None:
    profile = read_profile(GOOD, "mine.toml")
    assert (profile.name, profile.title, profile.source) == ("mine", "mine", "me")
    assert profile.required == ["date", "cur", "rate"]
    assert profile.missing_from(["cur", "date"]) == ["rate"]
    assert profile.paths == []


def change(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name =", "not valid TOML"),
        (change('name = "mine"', ""), "missing required field `name`"),
        (change('"mine"', '"My Name"'), "name: got 'My Name', expected small letters"),
        (change('"me"', '" "'), "source: expected who reports"),
        (change("day =", "days ="), "days: unknown key"),
        (change("day =", "days ="), "Did you mean 'day'?"),
        (change("[tables.fx]", "[tables.fxx]"), "tables.fxx: no such table"),
        (change("[tables.fx]", "[tables.fxx]"), "Did you mean 'fx'?"),
        (change("[tables.fx]", "[tables.loads]"), "tables.loads: no such table"),
        (
            change("usd =", "usdd ="),
            "tables.fx.usdd: table fx has no column 'usdd'. Did you mean 'usd'?",
        ),
        (
            change('"rate"', "5"),
            "tables.fx.usd: got 5, expected a column's name; a constant is { value = 5 }",
        ),
        (change('"rate"', "{ colum = 'x' }"), "tables.fx.usd.colum: unknown key"),
        (change('"rate"', "{ colum = 'x' }"), "Did you mean 'column'?"),
        (
            change('"rate"', "{ column = 5 }"),
            "tables.fx.usd.column: Expected `str | null`, got `int`",
        ),
        (change('"rate"', "{ }"), "tables.fx.usd: expected exactly one of column, path, value"),
        (change('"rate"', "{ column = 'a', value = 1 }"), "expected exactly one of"),
        (
            change('"rate"', "{ column = 'a', type = 'percent' }"),
            "tables.fx.usd.type: got 'percent', expected number",
        ),
        (
            change('"cur"', "{ value = 'EURO' }"),
            "tables.fx.currency.value: 'EURO' is not a currency code",
        ),
        (
            change('"cur"', "{ column = 'a', map = { E = 'EURO' } }"),
            "tables.fx.currency.map.E: 'EURO'",
        ),
        (change('"cur"', "{ column = 'a', default = 'x' }"), "tables.fx.currency.default: 'x'"),
        (
            change('"date"', "{ column = 'a', format = 'dd/mm/yyyy' }"),
            "day.format: 'dd/mm/yyyy' needs yyyy",
        ),
        (change('"cur"', "{ column = 'a', format = 'iso' }"), "is only for days and times"),
        (change('"cur"', "{ column = 'a', shift = 1 }"), "shift: is only for days"),
        (change('"cur"', "{ column = 'a', cut = 1 }"), "cut: is only for captions"),
        (change('usd = "rate"', 'usd = "rate"\nwhen = 1'), "tables.fx.when: expected the name"),
        (
            change('usd = "rate"', '"usd_{w}" = "rate"'),
            "tables.fx.usd_{w}: expected one of the variables []",
        ),
        (change("day =", "locale = 'x!'\nday ="), "locale: 'x!' is not a locale"),
        (
            change("[tables.fx]", "[variables.w]\npath = 'a'\n[tables.fx]"),
            "variables.w: expected { path",
        ),
        (
            change("[tables.fx]", "[[tables.fx]]\n[[tables.fx]]\nx = 'y'"),
            "tables.fx[2].x: table fx has no column 'x'",
        ),
        ("name = 'a'\nsource = 'b'\ntables = {}", "tables: expected at least one of"),
        ("name = 'a'\nsource = 'b'\ntables = { fx = 5 }", "tables.fx: expected a table"),
    ],
)
def test_a_mistake_is_told(text: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_profile(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert says in str(caught.value)


def test_a_variable_must_lead_to_columns() -> None:
    text = GOOD + '\n[variables]\nw = { path = "p", map = { a = "usd", b = "used" } }\n'
    with pytest.raises(BadInput, match="table fx has no column 'used'"):
        read_profile(text.replace("usd =", '"{w}" ='), "mine.toml")


def test_every_table_but_the_ledger_has_a_profile_of_its_own_columns() -> None:
    for name in TABLES:
        assert (name in profiles()) == (name not in (LOADS.name, "product_row"))
    assert canonical(FX).required == ["currency", "day", "usd"]
    assert canonical(PRODUCT).required == ["region", "product_id"]


def test_shipped_profiles_are_known_by_the_name_of_their_file() -> None:
    shipped = {p.name for p in profiles().values() if p.text}
    assert shipped == {
        "categories",
        "echotik-categories",
        "kalodata-ranks",
        "partner-categories",
        "tabcut-products",
        "tabcut-videos",
    }
    with pytest.raises(
        NotFound, match=r"No profile 'tabcut-product'.*Did you mean 'tabcut-products'\?"
    ):
        profile_named("tabcut-product")
