"""Questions to the product list, and a plain Python answer to each of them."""

import random
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.acceptance.expected import Row

Params = dict[str, Any]

EQUAL = (
    "category_id", "category_l2_id", "category_l3_id", "sales_trend_flag", "sales_flag",
    "is_s_shop", "free_shipping",
)  # fmt: skip
RANGES = (
    "total_sale_cnt", "total_sale_30d_cnt", "spu_avg_price", "product_commission_rate",
    "total_ifl_cnt", "total_video_cnt", "total_views_cnt", "product_rating", "review_count",
    "total_sale_gmv_amt", "total_sale_gmv_30d_amt", "first_crawl_dt",
)  # fmt: skip
FILTERS = (*EQUAL, *(f"{side}_{name}" for name in RANGES for side in ("min", "max")))
ORDERS = (
    "total_sale_cnt", "total_sale_gmv_amt", "spu_avg_price", "total_sale_7d_cnt",
    "total_sale_30d_cnt", "total_sale_gmv_7d_amt", "total_sale_gmv_30d_amt",
)  # fmt: skip


Made = Callable[[list[Row]], Params]


class Query(NamedTuple):
    """A question about a market; its values may be made from the rows that are there."""

    name: str
    region: str
    params: Made


def answer(rows: list[Row], params: Params) -> list[Row]:
    """The rows that a question asks for, in order."""
    kept = [row for row in rows if all(_meets(row, *item) for item in params.items())]
    field = str(params.get("product_sort_field", 1))
    column = ORDERS[int(field) - 1] if field.isdigit() else field
    kept.sort(key=lambda row: int(row["product_id"]))
    kept.sort(key=lambda row: row[column], reverse=str(params.get("sort_type", 1)) == "1")
    return kept


def _meets(row: Row, name: str, wanted: Any) -> bool:
    if name in ("product_sort_field", "sort_type") or wanted == "":
        return True
    if name == "keyword":
        return plain(wanted) in plain(row["product_name"])
    if name == "product_ids":
        return row["product_id"] in wanted.split(",")
    if name.startswith("min_"):
        return bool(row[name[4:]] >= wanted)
    if name.startswith("max_"):
        return bool(row[name[4:]] <= wanted)
    assert name in (*EQUAL, "seller_id", "off_mark"), name
    return str(row[name]) == str(wanted)


def plain(text: str) -> str:
    """Text without differences of case and width."""
    return unicodedata.normalize("NFKC", text).casefold()


def at(rows: list[Row], column: str, part: float) -> Any:
    """The value of a column that this part of the rows is not above: 0.5 is the median."""
    values = sorted(row[column] for row in rows)
    return values[min(int(part * len(values)), len(values) - 1)]


def _fixed(**params: Any) -> Made:
    return lambda rows: params


def _equal(name: str) -> Made:
    return lambda rows: {name: _some(rows, name)}


def _bound(side: str, name: str, part: float) -> Made:
    return lambda rows: {f"{side}_{name}": at(rows, name, part)}


def _some(rows: list[Row], name: str) -> Any:
    """A value of a column, but for 0 if there is another: sales_flag can't be asked for 0."""
    values = sorted({str(row[name]) for row in rows})
    return values[-1] if values[-1] != "0" or name != "sales_flag" else 1


def _each_filter() -> list[Query]:
    """Every filter alone, at a value that some rows have."""
    sides = (("min", 0.8), ("max", 0.3))
    return [
        query
        for region in ("US", "GB", "BR")
        for query in (
            *(Query(f"{region}-{name}", region, _equal(name)) for name in EQUAL),
            *(
                Query(f"{region}-{side}_{name}", region, _bound(side, name, part))
                for name in RANGES
                for side, part in sides
            ),
        )
    ]


def _each_order() -> list[Query]:
    by_name = ("total_views_30d_cnt", "total_live_sale_gmv_90d_amt", "total_ifl_video_1d_cnt")
    fields = {**dict.fromkeys(("US", "GB", "JP"), range(1, 8)), "BR": by_name}
    return [
        Query(
            f"{region}-order-{field}-{direction}",
            region,
            _fixed(product_sort_field=field, sort_type=direction),
        )
        for region, of_region in fields.items()
        for field in of_region
        for direction in (0, 1)
    ]


_KEYWORDS = {
    "US": ("perfume", "PERFUME", "é", "kit", "2 pack", "-", "a", "’", "nothing has this name"),
    "GB": ("hair", "Hair Dryer", "®"),
    "JP": ("牛", "クーポン", "ふるさと", "usb", "【", "ﾊﾞｯﾃﾘｰ", "50％", "公式 "),
    "BR": (
        "são joão", "кружка", "κούπα", "كوب", "머그", "แก้ว", "cốc", "%", "_", '"xl"', "🎁", "\\",
    ),
}  # fmt: skip


def _keywords() -> list[Query]:
    return [
        Query(f"{region}-keyword-{i}", region, _fixed(keyword=word))
        for region, words in _KEYWORDS.items()
        for i, word in enumerate(words)
    ]


def _together() -> list[Query]:
    return [
        Query("the-seed", "US", lambda rows: {"product_sort_field": 4}),
        Query("the-defaults", "GB", lambda rows: {}),
        Query("empty-is-absent", "US", lambda rows: {"min_total_sale_cnt": "", "keyword": ""}),
        Query("a-point", "US", lambda rows: _between(rows, "total_sale_cnt", 0.5, 0.5)),
        Query("nothing", "GB", lambda rows: {"min_review_count": 1}),
        Query("a-market-without-data", "DE", lambda rows: {}),
        Query("seller", "JP", lambda rows: {"seller_id": _some(rows, "seller_id")}),
        Query("on-sale", "BR", lambda rows: {"off_mark": 1, "sort_type": 0}),
        Query(
            "band",
            "US",
            lambda rows: {
                **_between(rows, "spu_avg_price", 0.2, 0.6),
                **_between(rows, "total_sale_30d_cnt", 0.3, 0.9),
                "category_id": _most_frequent(rows, "category_id"),
                "product_sort_field": "total_sale_gmv_15d_amt",
            },
        ),
        Query(
            "ids",
            "US",
            lambda rows: {
                "product_ids": ",".join(["1", *(row["product_id"] for row in rows[5:400:7])]),
                "product_sort_field": 3,
                "sort_type": 0,
            },
        ),
        Query(
            "ids-and-keyword",
            "JP",
            lambda rows: {
                "product_ids": ",".join(row["product_id"] for row in rows[:90]),
                "keyword": "セット",
            },
        ),
        Query(
            "many-of-one-value",
            "GB",
            lambda rows: {"max_total_views_cnt": 0, "product_sort_field": "total_views_7d_cnt"},
        ),
        Query(
            "newcomers",
            "US",
            lambda rows: {
                "min_first_crawl_dt": at(rows, "first_crawl_dt", 0.9),
                "sales_trend_flag": 1,
                "product_sort_field": 7,
            },
        ),
    ]


def _between(rows: list[Row], column: str, low: float, high: float) -> Params:
    return {f"min_{column}": at(rows, column, low), f"max_{column}": at(rows, column, high)}


def _most_frequent(rows: list[Row], column: str) -> Any:
    values = [row[column] for row in rows]
    return max(sorted(set(values)), key=values.count)


NAMED = (*_together(), *_each_filter(), *_each_order(), *_keywords())


def dice(rows: list[Row], seed: int) -> Params:
    """Up to six filters, an order and a direction, thrown at random."""
    dice = random.Random(seed)
    params: Params = {}
    for name in dice.sample([*EQUAL, *RANGES], dice.randint(1, 6)):
        value = dice.choice(rows)[name]
        if name in RANGES:
            params[f"{dice.choice(('min', 'max'))}_{name}"] = value
        elif name != "sales_flag" or value:
            params[name] = value
    params["product_sort_field"] = dice.choice([*range(1, 8), "total_live_90d_cnt"])
    params["sort_type"] = dice.randint(0, 1)
    return params
