"""From rows to tables: what a profile's options do, and which rows are refused and why."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shopscope.errors import BadInput
from shopscope.ingest.files import InputFile
from shopscope.ingest.preview import Preview, preview
from shopscope.ingest.profile import read_profile
from shopscope.ingest.recognize import recognize
from shopscope.ingest.request import Request
from tests.ingest.conftest import NOW

HEAD = 'name = "t"\nsource = "s"\n'
PRODUCTS = 'day = "d"\nregion = "r"\n[tables.product_daily]\nproduct_id = "p"\n'
ROW = "2026-05-02,US,1"


def tried(tmp_path: Path, profile: str, data: str, **said: Any) -> Preview:
    path = tmp_path / "x.csv"
    path.write_text(data)
    request = Request(now=NOW, profile=read_profile(HEAD + profile, "t.toml"), **said)
    return preview(path, request, 100)


def refused(shown: Preview) -> list[tuple[int, str, str, str]]:
    return [(bad.line, bad.column, bad.value, bad.reason) for bad in shown.rejected]


def column(shown: Preview, table: str, name: str) -> list[Any]:
    return [row[name] for row in shown.tables.get(table, [])]


def test_one_bad_cell_refuses_the_row_for_every_table(tmp_path: Path) -> None:
    profile = 'day = "d"\nregion = "r"\n[tables.product]\nproduct_id = "p"\nname = "n"\n'
    profile += '[tables.product_daily]\nproduct_id = "p"\nsale = "s"\n'
    shown = tried(tmp_path, profile, "d,r,p,n,s\n2026-05-02,US,1,a,5\n2026-05-02,US,2,b,x\n")
    assert column(shown, "product", "name") == ["a"]
    assert column(shown, "product_daily", "sale") == [5]
    assert refused(shown) == [(3, "s", "x", "is not a number")]


def test_the_first_bad_cell_is_the_reason(tmp_path: Path) -> None:
    data = "d,r,p\nsoon,US,1\n2026-05-02,?,x\n2026-05-02,US,\n"
    shown = tried(tmp_path, PRODUCTS, data)
    assert refused(shown) == [
        (2, "d", "soon", "is not a date in the format iso"),
        (3, "r", "?", "is not a market code of two letters, such as US"),
        (4, "p", "", "is missing"),
    ]


def test_missing_markers_and_defaults(tmp_path: Path) -> None:
    profile = 'missing = ["-"]\n' + PRODUCTS + 'sale = { column = "s", default = 7 }\n'
    shown = tried(tmp_path, profile, f"d,r,p,s\n{ROW},-\n{ROW},\n{ROW},1\n")
    assert column(shown, "product_daily", "sale") == [7, 7, 1]


def test_an_optional_column_may_be_absent(tmp_path: Path) -> None:
    profile = PRODUCTS + 'sale = { column = "s", optional = true }\n'
    profile += 'off_mark = { column = "o", optional = true, default = 1 }\n'
    shown = tried(tmp_path, profile, f"d,r,p\n{ROW}\n")
    assert "sale" not in shown.tables["product_daily"][0]
    assert column(shown, "product_daily", "off_mark") == [1]


def test_when_skips_a_row_of_one_table_only(tmp_path: Path) -> None:
    profile = """
    missing = ["nan"]
    [[tables.category_name]]
    id = "i"
    level = { value = 1 }
    parent_id = { value = 0 }
    name = "en"
    locale = { value = "en-US" }
    when = "en"
    [[tables.category_name]]
    id = "i"
    level = { value = 1 }
    parent_id = { value = 0 }
    name = "zh"
    locale = { value = "zh-CN" }
    when = "zh"
    """
    shown = tried(tmp_path, profile, "i,en,zh\n1,One,一\n2,Two,nan\n3,,\nx,,三\n")
    names = {(r["id"], r["locale"]): r["name"] for r in shown.tables["category_name"]}
    assert names == {("1", "en-US"): "One", ("2", "en-US"): "Two", ("1", "zh-CN"): "一"}
    assert [bad[:2] for bad in refused(shown)] == [(5, "i")]


def test_the_day_is_that_of_the_row_then_the_users_then_the_name_then_today(tmp_path: Path) -> None:
    profile = 'region = "r"\n[tables.product]\nproduct_id = "p"\n'
    for name, given, expected in [
        ("x.csv", None, NOW.date()),
        ("x_2026-04.csv", None, date(2026, 4, 1)),
        ("x_2026-04.csv", date(2026, 3, 3), date(2026, 3, 3)),
    ]:
        path = tmp_path / name
        path.write_text("d,r,p\n2026-05-02,US,1\n")
        parsed = read_profile(HEAD + profile, "t")
        shown = preview(path, Request(NOW, parsed, given), 9)
        row = shown.tables["product"][0]
        assert (row["valid_from"], row["valid_to"]) == (expected, expected)
        shown = preview(
            path, Request(NOW, read_profile(HEAD + 'day = "d"\n' + profile, "t"), given), 9
        )
        assert shown.tables["product"][0]["valid_to"] == date(2026, 5, 2)


def test_what_a_table_needs_can_be_given_or_is_asked_for(tmp_path: Path) -> None:
    profile = '[tables.product]\nproduct_id = "p"\n'
    shown = tried(tmp_path, profile, "p,q\n1,\n", region="MY")
    assert column(shown, "product", "region") == ["MY"]
    with pytest.raises(BadInput, match=r"need a region.*--region, such as US"):
        tried(tmp_path, profile, "p,q\n1,\n")
    with pytest.raises(BadInput, match="gives no name to the table category_name"):
        tried(
            tmp_path,
            '[tables.category_name]\nid = "p"\nlevel = "p"\nparent_id = "p"\n',
            "p,q\n1,\n",
            locale="en-US",
        )


MONEY = PRODUCTS + 'spu_avg_price = "m"\nsale_gmv = "g"\n'


@pytest.mark.parametrize(
    ("stated", "price", "gmv", "expected"),
    [
        ("", "5", "6", None),
        ("", "$5", "6", "USD"),
        ("", "S$5", "$6", "SGD"),
        ("", "£5", "GBP 6", "GBP"),
        ("", "¥5", "6円", "JPY"),
        ('currency = { value = "SGD" }', "$5", "6", "SGD"),
        ('currency = { value = "GBP" }', "5", "6", "GBP"),
        ('currency = { column = "d", map = { "2026-05-02" = "CNY" } }', "¥5", "6", "CNY"),
    ],
)
def test_the_currency_of_a_row(
    tmp_path: Path, stated: str, price: str, gmv: str, expected: str | None
) -> None:
    shown = tried(tmp_path, f"{stated}\n{MONEY}", f"d,r,p,m,g\n{ROW},{price},{gmv}\n")
    assert not shown.rejected
    row = shown.tables["product_daily"][0]
    assert row.get("currency") == expected
    assert (row["spu_avg_price"], row["sale_gmv"]) == (5.0, 6.0)


@pytest.mark.parametrize(
    ("stated", "price", "gmv", "column", "reason"),
    [
        ('currency = { value = "USD" }', "£5", "6", "m", "is in £, the currency of the row is USD"),
        ('currency = { value = "GBP" }', "5", "$6", "g", "is in $, the currency of the row is GBP"),
        ("", "£5", "$6", "g", "is in $, another amount of the row is not"),
        (
            "",
            "¥5",
            "6",
            "m",
            "is in ¥, which is CNY or JPY; say which with `currency` in the profile",
        ),
    ],
)
def test_a_contradicting_currency_is_refused(
    tmp_path: Path, stated: str, price: str, gmv: str, column: str, reason: str
) -> None:
    data = f"d,r,p,m,g\n{ROW},{price},{gmv}\n{ROW},5,6\n"
    shown = tried(tmp_path, f"{stated}\n{MONEY}", data)
    assert [(bad[0], bad[1], bad[3]) for bad in refused(shown)] == [(2, column, reason)]
    assert len(shown.tables["product_daily"]) == 1


def test_hashtags_come_from_the_caption_unless_they_are_given(tmp_path: Path) -> None:
    profile = 'day = "d"\nregion = "r"\n[tables.post]\nvideo_id = "p"\nproduct_id = { value = 0 }\n'
    profile += 'caption = { column = "c", cut = 12 }\n'
    data = f"d,r,p,c,h\n{ROW},#one #two,x y\n{ROW},#one #three,\n{ROW},,\n"
    shown = tried(tmp_path, profile, data)
    assert column(shown, "post", "hashtags") == [["one", "two"], ["one", "three"], None]
    data = f"d,r,p,c,h\n{ROW},#one #fou,x y\n{ROW},#one #fiv,\n"
    shown = tried(tmp_path, profile.replace("12", "9") + 'hashtags = "h"\n', data)
    assert column(shown, "post", "hashtags") == [["x", "y"], ["one"]]


def test_a_header_may_not_name_a_needed_column_twice(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'r' stands in the header twice"):
        tried(tmp_path, PRODUCTS, f"d,r,p,r\n{ROW},US\n")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            "currency,day,us\nEUR,2026-01-01,1\n",
            "Nearest is 'fx', and the file lacks the column 'usd'. Did you mean 'us'?",
        ),
        ("currency,day,usd,more\nEUR,2026-01-01,1,2\n", "nearest is 'fx', which has no 'more'"),
        ("x,y,z\n1,2,3\n", "the columns fit no known profile: x, y, z. Write a profile"),
        ("region,product_id\nUS,1\n", None),
    ],
)
def test_an_unknown_table_names_the_nearest_profile(
    tmp_path: Path, data: str, says: str | None
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(data)
    if says is None:
        assert recognize(InputFile(path), Request(now=NOW)).name == "product"
        return
    with pytest.raises(BadInput) as caught:
        recognize(InputFile(path), Request(now=NOW))
    assert says in str(caught.value)
    assert "docs/profiles.md" in str(caught.value)


def test_a_profile_that_was_asked_for_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"the profile 't' needs the columns 'd', 'r', 'p'; the file has x"
    ):
        tried(tmp_path, PRODUCTS, "x\n1\n")
    with pytest.raises(BadInput, match=r"reads a\.b of a JSON document, and this file is a table"):
        tried(tmp_path, PRODUCTS.replace('"d"', '{ path = "a.b" }'), f"d,r,p\n{ROW}\n")
