"""The tables of the lake: columns with their kinds, keys, and how two rows of one key meet.

A kind says what a column holds and, in an import profile, how its text is read. Every merge rule
gives the same table whatever the order, the splitting or the repetition of loads:

- `versions`: all descriptive columns belong to the key; `valid_from` keeps the smallest and
  `valid_to` the largest day on which exactly this was seen.
- `largest`: per column, the largest value that was reported for the key. Counters only grow
  within a day, so the largest is the latest. Where `currency` differs, only the amounts in the
  alphabetically last currency compete, so that an amount never meets another row's currency.
- `whole`: of two different rows of one key the one whose `row` text sorts last, as a whole.
- `replace`: the last load wins. Only for tables that a user keeps by hand.
"""

from typing import Literal

import msgspec
import pyarrow as pa

from shopscope.contract.metrics import METRICS, WINDOWS
from shopscope.contract.products import FIELDS

Kind = Literal[
    "region", "product_id", "id", "text", "json", "locale", "currency", "tags",
    "day", "time", "level", "count", "flag", "money", "number", "percent",
]  # fmt: skip
Merge = Literal["versions", "largest", "whole", "replace"]

_ARROW: dict[str, pa.DataType] = {
    "product_id": pa.int64(),
    "day": pa.date32(),
    "time": pa.timestamp("us"),
    "level": pa.int8(),
    "count": pa.int64(),
    "flag": pa.int8(),
    "money": pa.float64(),
    "number": pa.float64(),
    "percent": pa.float64(),
    "tags": pa.list_(pa.string()),
}
AMOUNT_KINDS = ("money",)


class Column(msgspec.Struct, frozen=True):
    """One column: `required` means that a row without it is rejected."""

    name: str
    kind: Kind
    title: str
    required: bool = False

    @property
    def type(self) -> pa.DataType:
        """The Arrow type of the column; every kind that is not listed is text."""
        return _ARROW.get(self.kind, pa.string())


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table: `key` identifies a row, `partition` names the columns its files are cut by."""

    name: str
    title: str
    key: tuple[str, ...]
    partition: tuple[str, ...] = ()
    merge: Merge
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, columns in order."""
        return pa.schema([pa.field(c.name, c.type) for c in self.columns])

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


_REGION = Column("region", "region", "market, a two-letter code", required=True)
_PRODUCT = Column("product_id", "product_id", "product id, up to 19 digits", required=True)
_DAY = Column("day", "day", "the day whose end the row describes", required=True)
_SOURCE = Column("source", "text", "who reported it: the source of the profile", required=True)
_MONTH = Column("month", "text", "yyyy-mm of the day; made from it")
_VALIDITY = (
    Column("valid_from", "day", "first day on which exactly this was seen", required=True),
    Column("valid_to", "day", "last day on which exactly this was seen", required=True),
)

CATEGORY_NAME = Table(
    name="category_name",
    title="Names and places of categories, per language, with the days they were seen",
    key=("locale", "id", "level", "parent_id", "name", "source"),
    merge="versions",
    columns=(
        Column("id", "id", "category id", required=True),
        Column("level", "level", "1 is the top", required=True),
        Column("parent_id", "id", "parent category, 0 at the top", required=True),
        Column("locale", "locale", "language of the name, such as en-US", required=True),
        Column("name", "text", "name in that language, trimmed", required=True),
        _SOURCE,
        *_VALIDITY,
    ),
)

_PRODUCT_TEXT = (
    Column("name", "text", "product name"),
    Column("seller_id", "id", "shop id"),
    Column("seller_name", "text", "shop name"),
    Column("category_id", "id", "level-1 category id"),
    Column("category_l2_id", "id", "level-2 category id"),
    Column("category_l3_id", "id", "level-3 category id"),
    Column("category_name", "text", "name of the category where no id is given, any level"),
    Column("category_locale", "locale", "language of category_name"),
    Column("cover_url", "json", "images"),
    Column("desc_detail", "json", "description"),
    Column("discount", "text", "discount as shown"),
    Column("sale_props", "json", "variant properties"),
    Column("skus", "json", "SKUs with local prices"),
    Column("first_seen", "day", "first capture, where the source tells"),
)

PRODUCT = Table(
    name="product",
    title="What a product is: name, shop, category, pictures; with the days it was seen so",
    key=("region", "product_id", "source", *(c.name for c in _PRODUCT_TEXT)),
    partition=("region",),
    merge="versions",
    columns=(_REGION, _PRODUCT, _SOURCE, *_PRODUCT_TEXT, *_VALIDITY),
)

COUNTERS: tuple[Column, ...] = tuple(
    Column(m.name, "money" if m.unit == "usd" else "count", f"{m.title}, counted from the start")
    for m in METRICS
)
"""Cumulative counters, named as their metric; amounts in the row's currency."""

GROWTHS: tuple[Column, ...] = tuple(
    Column(
        f"{m.name}_{n}d",
        "money" if m.unit == "usd" else "count",
        f"{m.title}: growth over the {n} days that end with the row's day, as the source reports",
    )
    for m in METRICS
    if m.windowed
    for n in WINDOWS
)
"""Growth as the source itself reports it; amounts in the row's currency."""

PRODUCT_DAILY = Table(
    name="product_daily",
    title="What was known of a product at the end of a day",
    key=("region", "product_id", "day", "source"),
    partition=("region", "month"),
    merge="largest",
    columns=(
        _REGION,
        _PRODUCT,
        _DAY,
        _SOURCE,
        Column("currency", "currency", "currency of the row's amounts and prices, default USD"),
        *COUNTERS,
        *GROWTHS,
        Column("spu_avg_price", "money", "average SKU price"),
        Column("min_price", "money", "lowest SKU price"),
        Column("max_price", "money", "highest SKU price"),
        Column("product_rating", "number", "rating, 0 to 5"),
        Column("review_count", "count", "number of reviews"),
        Column("product_commission_rate", "percent", "commission for creators"),
        Column("is_s_shop", "flag", "1: fully managed shop"),
        Column("free_shipping", "flag", "1: free shipping"),
        Column("off_mark", "flag", "2 and above: taken offline"),
        _MONTH,
    ),
)

_FIELD_KINDS: dict[str, Kind] = {"integer": "count", "number": "number", "string": "text"}

PRODUCT_ROW = Table(
    name="product_row",
    title="Rows that an upstream delivered ready-made: the fields, and the row as it came",
    key=("region", "product_id", "day", "source"),
    partition=("region",),
    merge="whole",
    columns=(
        _REGION,
        _PRODUCT,
        _DAY,
        _SOURCE,
        Column("row", "json", "the row, every value as it came", required=True),
        *(
            Column(f.name, _FIELD_KINDS[f.type], f.title)
            for f in FIELDS
            if f.name not in ("region", "product_id")
        ),
    ),
)

POST = Table(
    name="post",
    title="Videos that promote a product, with their counters per day",
    key=("region", "video_id", "product_id", "day", "source"),
    partition=("region",),
    merge="largest",
    columns=(
        _REGION,
        Column("video_id", "id", "video id", required=True),
        Column("product_id", "product_id", "product id; 0: no product is linked"),
        _DAY,
        _SOURCE,
        Column("creator", "text", "handle of the creator, without @"),
        Column("caption", "text", "caption"),
        Column("hashtags", "tags", "hashtags without #; taken from the caption if absent"),
        Column("published", "time", "when it was published, UTC"),
        Column("views", "count", "views so far"),
        Column("likes", "count", "likes so far"),
        Column("comments", "count", "comments so far"),
        Column("shares", "count", "shares so far"),
    ),
)

AD_DAILY = Table(
    name="ad_daily",
    title="Advertising of a level-3 category on one day",
    key=("region", "category_id", "day"),
    partition=("region",),
    merge="largest",
    columns=(
        _REGION,
        Column("category_id", "id", "level-3 category id", required=True),
        _DAY,
        Column("posts", "count", "ad posts"),
        Column("impressions", "count", "times an ad was shown"),
        Column("clicks", "count", "clicks on ads"),
        Column("conversions", "count", "purchases that follow from clicks"),
        Column("cost", "money", "ad spend, US dollars"),
        Column("views", "count", "video views"),
        Column("six_second_views", "count", "video views of at least six seconds"),
        Column("likes", "count", "likes"),
        Column("shares", "count", "shares"),
        Column("comments", "count", "comments"),
    ),
)

AUDIENCE_DAILY = Table(
    name="audience_daily",
    title="Who saw the ads of a level-3 category on one day: weights by age and by interest",
    key=("region", "category_id", "day", "kind", "bucket"),
    partition=("region",),
    merge="largest",
    columns=(
        _REGION,
        Column("category_id", "id", "level-3 category id", required=True),
        _DAY,
        Column("kind", "text", "age or interest", required=True),
        Column("bucket", "id", "lower bound of the age, or interest id", required=True),
        Column("label", "text", "name of the interest; empty for ages"),
        Column("weight", "number", "people, or any number in proportion to them", required=True),
    ),
)  # fmt: skip

POST_CATEGORY = Table(
    name="post_category",
    title="Videos and the level-3 category they advertise, where the linked product does not tell",
    key=("region", "video_id", "category_id"),
    partition=("region",),
    merge="largest",
    columns=(
        _REGION,
        Column("video_id", "id", "video id", required=True),
        Column("category_id", "id", "level-3 category id", required=True),
    ),
)

INSIGHT_ROW = Table(
    name="insight_row",
    title="Insights that an upstream delivered ready-made, as they came",
    key=("scope", "region", "category_id", "kind", "day", "source"),
    merge="whole",
    columns=(
        Column("scope", "text", "1, 7, 30 or a month yyyy-mm", required=True),
        Column("region", "text", "market, or all_regions", required=True),
        Column("category_id", "id", "level-3 category id", required=True),
        Column("kind", "text", "list: a row of the ranking, detail: of one id", required=True),
        _DAY,
        _SOURCE,
        Column("row", "json", "the row, every value as it came", required=True),
    ),
)

FX = Table(
    name="fx",
    title="Exchange rates: US dollars for one unit of a currency at the end of a day",
    key=("currency", "day"),
    merge="replace",
    columns=(
        Column("currency", "currency", "ISO 4217 code", required=True),
        _DAY,
        Column("usd", "number", "US dollars for one unit", required=True),
    ),
)

LOADS = Table(
    name="loads",
    title="Every load: which file, which profile, what became of its rows",
    key=("file_sha256", "profile", "observed"),
    merge="replace",
    columns=(
        Column("file_sha256", "text", "SHA-256 of the file's bytes", required=True),
        Column("profile", "text", "profile or shape it was read with", required=True),
        Column(
            "observed",
            "text",
            "day given with --day, else the one in its name, else empty",
            required=True,
        ),
        Column("path", "text", "path it was read from", required=True),
        Column("loaded_at", "time", "when, UTC", required=True),
        Column("rows", "count", "rows in the file", required=True),
        Column("loaded", "count", "rows that were taken", required=True),
        Column("rejected", "count", "rows that were rejected", required=True),
        Column("duplicates", "count", "rows taken whose key was in the file before", required=True),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CATEGORY_NAME,
        PRODUCT,
        PRODUCT_DAILY,
        PRODUCT_ROW,
        POST,
        AD_DAILY,
        AUDIENCE_DAILY,
        POST_CATEGORY,
        INSIGHT_ROW,
        FX,
        LOADS,
    )
}
"""Every table by name."""
