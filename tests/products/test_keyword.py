"""Keywords against Python's own substring search over folded names."""

import functools
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopscope.contract.products import Equal, Predicate, ProductListRequest, Range
from tests.products.conftest import Market
from tests.snapshot import rows


@functools.cache
def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def asked(keyword: str, *predicates: Predicate, page_size: int = 50_000) -> ProductListRequest:
    return ProductListRequest(
        region="US", page_num=1, page_size=page_size, keyword=keyword, predicates=predicates
    )


def having(table: pa.Table, keyword: str) -> set[str]:
    pairs = zip(
        table.column("product_id").to_pylist(),
        table.column("product_name").to_pylist(),
        strict=True,
    )
    return {product_id for product_id, name in pairs if folded(keyword) in folded(name)}


@pytest.mark.parametrize(
    "keyword",
    [
        "lamp", "LAMP", "ampère", "AMPE\u0300RE", "ｌａｍｐ", "strasse", "STRAßE", "台灯", "灯",
        "مصباح", "โคม", "đèn", "ĐÈN", '"', "\\", "\x00", "🪔", "a", "ab", "b", "lamps", "  ",
        "nothing like it", "灯 家", "\t",
    ],
)  # fmt: skip
def test_names_in_any_script(market: Market, keyword: str) -> None:
    ids, total = market.ids(asked(keyword))
    assert set(ids) == having(market.rows, keyword)
    assert total == len(ids)


@pytest.mark.parametrize("keyword", ["lamp", "灯", "a", "none"])
def test_with_filters(market: Market, keyword: str) -> None:
    with_keyword = having(market.rows, keyword)
    few = Equal("category_l3_id", "17")
    half = Range("first_crawl_dt", 20_260_114, None)
    many = Equal("free_shipping", 1)
    for predicates in ((few,), (half,), (half, many), (few, half, many)):
        unfiltered = ProductListRequest(
            region="US", page_num=1, page_size=50_000, predicates=predicates
        )
        expected = [i for i in market.ids(unfiltered)[0] if i in with_keyword]
        assert market.ids(asked(keyword, *predicates)) == (expected, len(expected))
        page = asked(keyword, *predicates, page_size=10)
        assert market.ids(page) == (expected[:10], len(expected))


_TEXT = st.text(
    st.one_of(st.sampled_from("aAbBcßſKÅåéいイｲ鞋ﷺ İi̇"), st.characters(exclude_categories=["Cs"])),
    max_size=12,
)


@settings(max_examples=15)
@given(names=st.lists(_TEXT, min_size=1, max_size=25), more=st.lists(_TEXT, max_size=15))
def test_made_up_names(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], more: list[str]
) -> None:
    table = rows.rows_of(
        [{"product_id": str(i), "product_name": name} for i, name in enumerate(names)]
    )
    market = Market(table, tmp_path_factory.mktemp("names"))
    parts = {name[i : i + k] for name in names for i in range(len(name)) for k in (1, 2, 3, 5)}
    for keyword in sorted({*list(parts)[:40], *more} - {""}):
        assert set(market.ids(asked(keyword))[0]) == having(table, keyword), keyword
