"""docs/profiles.md: its example runs as it says, and every option is explained."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from shopscope.ingest import dates, parse
from shopscope.ingest.library import profile_in
from shopscope.ingest.profile import Cell, _Head, read_profile
from shopscope.lake.schema import TABLES
from shopscope.lake.tables import Lake
from tests.ingest.conftest import Loader, rows

PAGE = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The folder with the example's files."""
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_example_loads_as_the_page_says(example: Path, lake: Lake, load: Loader) -> None:
    data, profile = example / "mytool_2026-05-02.csv", profile_in(example / "mytool.toml")
    result = load(data, profile=profile)
    assert (result.rows, result.loaded, result.rejected) == (3, 2, 1)
    assert result.reasons == {"Harga is not a number": 1}
    names = ("product_id", "day", "currency", "spu_avg_price", "sale_1d", "sale", "sale_gmv_1d",
             "product_commission_rate", "region", "source")  # fmt: skip
    day = date(2026, 5, 2)
    assert rows(lake, "product_daily", *names) == [
        (1729000000000000101, day, "IDR", 99000.0, 120, 4100, 11.9e6, 5.0, "ID", "mytool"),
        (1729000000000000102, day, "IDR", 149500.0, 37, 870, 5.5e6, 8.5, "ID", "mytool"),
    ]
    texts = ("name", "seller_name", "category_name", "category_locale", "cover_url")
    image = '[{{"url":"https://img.example/{}.jpg","index":1}}]'
    assert rows(lake, "product", *texts) == [
        ("Botol minum 1 liter", "Toko Satu", "Peralatan Dapur", "id-ID", image.format("a")),
        ("Lampu meja LED", None, "Furnitur", "id-ID", image.format("b")),
    ]


def test_the_advice_for_its_rejected_row_holds(example: Path, load: Loader) -> None:
    text = EXAMPLES["mytool.toml"].replace('missing = ["-"]', 'missing = ["-", "gratis"]')
    (example / "mytool.toml").write_text(text, encoding="utf-8")
    result = load(example / "mytool_2026-05-02.csv", profile=profile_in(example / "mytool.toml"))
    assert (result.loaded, result.rejected) == (3, 0)


def test_the_other_pieces_are_valid() -> None:
    head = 'name = "x"\nsource = "x"\n'
    pieces = re.findall(r"(?<!-->\n)```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(pieces) == 2
    for piece in pieces:
        assert read_profile(head + piece, "piece").targets


def test_the_shown_mistake_is_the_message(example: Path) -> None:
    text = EXAMPLES["mytool.toml"].replace("sale = ", "sales = ")
    shown = re.search(r"error: mytool.toml: (.*)", PAGE)
    assert shown is not None
    with pytest.raises(Exception, match=re.escape(shown[1])):
        read_profile(text, "mytool.toml")


def test_every_key_option_and_kind_is_explained() -> None:
    code = set(re.findall(r"`(\w+)[^`]*`", PAGE)) | set(
        re.findall(r"^\[?(\w+)", PAGE, re.MULTILINE)
    )
    keys = [field.name for field in msgspec.structs.fields(_Head)]
    options = [field.name for field in msgspec.structs.fields(Cell)]
    kinds = {column.kind for table in TABLES.values() for column in table.columns}
    forms = {form for some in parse.FORMS.values() for form in some[1:]}
    missing = {name for name in {*keys, *options, *kinds, *dates.NAMED} if name not in code}
    missing |= {form for form in forms if f'type = "{form}"' not in PAGE}
    assert not missing
