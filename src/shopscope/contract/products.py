"""Products on the wire: fields with their meaning, filters, orders, and the list request."""

from typing import Any, Literal

import msgspec

from shopscope.contract.errors import InvalidParameter
from shopscope.contract.metrics import METRIC_FIELDS, RATE_FIELDS, field_title, rate_title
from shopscope.contract.parameters import Parameter, Value
from shopscope.contract.product_row import ProductRow
from shopscope.contract.vocab import REGION_PATTERN

PAGE_SIZE_MAX = 10
"""Rows per page that the upstream API allows; a setting may raise it here."""

PAGE_NUM_MAX = 100_000
PRODUCT_ID_PATTERN = r"[0-9]{1,19}"
PRODUCT_IDS_MAX = 100


class Field(msgspec.Struct, frozen=True):
    """One field of a row: its name, wire type and what it means."""

    name: str
    type: Literal["string", "integer", "number"]
    title: str


_ATTRIBUTES: dict[str, str] = {
    "category_id": "Level-1 category id; `0` is the category Other",
    "category_l2_id": "Level-2 category id; `0`: not assigned",
    "category_l3_id": "Level-3 category id; `0`: not assigned",
    "cover_url": "Images: a JSON list of {url, index} inside a string",
    "desc_detail": "Description: a JSON list of text, list and image blocks inside a string",
    "discount": "Discount as shown in the shop, empty: none",
    "first_crawl_dt": "Day of the first capture, yyyyMMdd; not the day of the listing",
    "free_shipping": "1: free shipping, 0: not",
    "is_s_shop": "1: the shop is fully managed by the platform, 0: not",
    "max_price": "Highest SKU price, US dollars",
    "min_price": "Lowest SKU price, US dollars",
    "off_mark": "Below 2: on sale; 2 and above: taken offline",
    "product_commission_rate": "Commission for creators, percent; 0: none or unknown",
    "product_id": "Product id, a decimal number of up to 19 digits",
    "product_name": "Product name in the language of the shop",
    "product_rating": "Rating, 0 to 5; 0: no reviews",
    "region": "Market, a two-letter code",
    "review_count": "Number of reviews",
    "sale_props": "Variant properties: a JSON list inside a string",
    "sales_flag": "Main sales channel over 30 days: 1 video, 2 live stream, 0 neither",
    "sales_trend_flag": "Units of the last 7 days against the 7 before: 0 stable, 1 up, 2 down",
    "seller_id": "Shop id; empty: unknown",
    "skus": "SKUs with prices in local currency: a JSON list inside a string",
    "spu_avg_price": "Average SKU price, US dollars",
}

_WIRE_TYPES: dict[type, Literal["string", "integer", "number"]] = {
    str: "string",
    int: "integer",
    float: "number",
}


def _fields() -> tuple[Field, ...]:
    fields = []
    for field in msgspec.structs.fields(ProductRow):
        metric = METRIC_FIELDS.get(field.name)
        title = field_title(*metric) if metric else _ATTRIBUTES[field.name]
        fields.append(Field(field.name, _WIRE_TYPES[field.type], title))
    return tuple(fields)


FIELDS: tuple[Field, ...] = _fields()
"""The 100 fields of a row in wire order."""

FIELD_TYPES = {field.name: field.type for field in FIELDS}

EXTRA_FIELDS: tuple[Field, ...] = tuple(
    Field(name, "number", rate_title(*rate)) for name, rate in RATE_FIELDS.items()
)
"""What is known of a product beside the row: filtered and ordered by, shown when asked for."""

EQUALITY_FILTERS: dict[str, tuple[Value, ...]] = {
    "category_id": (),
    "category_l2_id": (),
    "category_l3_id": (),
    "sales_trend_flag": (0, 1, 2),
    "sales_flag": (1, 2),
    "is_s_shop": (0, 1),
    "free_shipping": (0, 1),
}
"""Columns that are filtered by equality, with the values they take (none: any)."""

RANGE_FILTERS: tuple[str, ...] = (
    "total_sale_cnt",
    "total_sale_30d_cnt",
    "spu_avg_price",
    "product_commission_rate",
    "total_ifl_cnt",
    "total_video_cnt",
    "total_views_cnt",
    "product_rating",
    "review_count",
    "total_sale_gmv_amt",
    "total_sale_gmv_30d_amt",
    "first_crawl_dt",
)
"""Columns that are filtered by `min_` and `max_`, both inclusive."""

EXTRA_EQUALITY_FILTERS: tuple[str, ...] = ("seller_id", "off_mark")
EXTRA_RANGE_FILTERS: tuple[str, ...] = tuple(field.name for field in EXTRA_FIELDS)

SORT_FIELDS: tuple[str, ...] = (
    "total_sale_cnt",
    "total_sale_gmv_amt",
    "spu_avg_price",
    "total_sale_7d_cnt",
    "total_sale_30d_cnt",
    "total_sale_gmv_7d_amt",
    "total_sale_gmv_30d_amt",
)
"""Orders by number: `product_sort_field` 1 is the first of these."""

SORTABLE: tuple[str, ...] = (
    *SORT_FIELDS,
    *(n for n in METRIC_FIELDS if n not in SORT_FIELDS),
    *RATE_FIELDS,
)
"""Orders by name: the seven numbered ones, every other total and window, and the growth rates."""


class Range(msgspec.Struct, frozen=True):
    """`low <= column <= high`; None leaves a side open."""

    column: str
    low: int | float | None
    high: int | float | None


class Equal(msgspec.Struct, frozen=True):
    """`column == value`."""

    column: str
    value: str | int


Predicate = Range | Equal


class ProductFilters(msgspec.Struct, frozen=True, kw_only=True):
    """The products of a region that meet every predicate.

    `predicates` are sorted by column, so that two requests for the same selection have equal
    ones.
    """

    region: str
    predicates: tuple[Predicate, ...] = ()
    keyword: str | None = None
    product_ids: tuple[str, ...] | None = None

    @classmethod
    def of(cls, values: dict[str, Value]) -> "ProductFilters":
        """The filters among bound parameters.

        Raises:
            InvalidParameter: a minimum is above its maximum, or a product id that does not exist.
        """
        return cls(**_filters(values))


class ProductListRequest(ProductFilters, frozen=True, kw_only=True):
    """One page of the products that meet the filters.

    Order: `sort_field`, then `product_id` ascending. `extra_fields`: whether rows have them.
    """

    page_num: int
    page_size: int
    sort_field: str = SORT_FIELDS[0]
    descending: bool = True
    extra_fields: bool = False

    @classmethod
    def of(cls, values: dict[str, Value]) -> "ProductListRequest":
        """The request that bound parameters ask for.

        Raises:
            InvalidParameter: a minimum is above its maximum, or a sort field or product id that
                does not exist.
        """
        return cls(
            **_filters(values),
            page_num=int(values["page_num"]),
            page_size=int(values["page_size"]),
            sort_field=sort_field(str(values["product_sort_field"])),
            descending=values["sort_type"] == 1,
            extra_fields="extra_fields" in values,
        )


_SIDES = {
    f"{side}_{column}": (column, place)
    for column in (*RANGE_FILTERS, *EXTRA_RANGE_FILTERS)
    for place, side in enumerate(("min", "max"))
}
_EQUAL = {*EQUALITY_FILTERS, *EXTRA_EQUALITY_FILTERS}


def _filters(values: dict[str, Value]) -> dict[str, Any]:
    """The fields of `ProductFilters`, from what is given: most filters are not."""
    predicates: list[Predicate] = []
    ranges: dict[str, list[Any]] = {}
    for name, value in values.items():
        if name in _EQUAL:
            predicates.append(Equal(name, _id_or_int(value)))
        elif name in _SIDES:
            column, place = _SIDES[name]
            ranges.setdefault(column, [None, None])[place] = value
    for column, (low, high) in ranges.items():
        if low is not None and high is not None and low > high:
            raise InvalidParameter(
                f"min_{column}", str(low), f"at most max_{column}, which is {high}"
            )
        predicates.append(Range(column, low, high))
    keyword = values.get("keyword")
    return {
        "region": str(values["region"]),
        "predicates": tuple(sorted(predicates, key=lambda p: p.column)),
        "keyword": None if keyword is None else str(keyword),
        "product_ids": _product_ids(values.get("product_ids")),
    }


def _id_or_int(value: Value) -> str | int:
    return value if isinstance(value, str) else int(value)


def sort_field(text: str) -> str:
    """The field that `product_sort_field` names or numbers; raises InvalidParameter."""
    if text.isascii() and text.isdecimal() and 1 <= int(text[:3]) <= len(SORT_FIELDS):
        return SORT_FIELDS[int(text[:3]) - 1]
    if text not in SORTABLE:
        raise InvalidParameter(
            "product_sort_field",
            text,
            f"1 to {len(SORT_FIELDS)}, or the name of a total, window or growth rate such as "
            f"{SORTABLE[-1]}",
        )
    return text


def _product_ids(value: Value | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    ids = tuple(dict.fromkeys(part.strip() for part in str(value).split(",") if part.strip()))
    for product_id in ids:
        if not (product_id.isascii() and product_id.isdecimal() and len(product_id) <= 19):
            raise InvalidParameter("product_ids", product_id, "decimal ids separated by commas")
    if len(ids) > PRODUCT_IDS_MAX:
        raise InvalidParameter(
            "product_ids", f"{len(ids)} ids", f"at most {PRODUCT_IDS_MAX} ids separated by commas"
        )
    return ids


def filter_parameters() -> tuple[Parameter, ...]:
    """The parameters that `ProductFilters` are made of, beside the region."""
    titles = {field.name: field.title for field in (*FIELDS, *EXTRA_FIELDS)}
    types = FIELD_TYPES | {field.name: field.type for field in EXTRA_FIELDS}
    parameters = [
        Parameter(name=name, type=types[name], choices=choices, description=titles[name])
        for name, choices in EQUALITY_FILTERS.items()
    ]
    for name in (*RANGE_FILTERS, *EXTRA_RANGE_FILTERS):
        day = name.endswith("_dt")
        parameters += [
            Parameter(
                name=f"{side}_{name}",
                type=types[name],
                minimum=10_000_101 if day else None,
                maximum=99_991_231 if day else None,
                expected="a day as yyyyMMdd" if day else None,
                description=f"{word}, inclusive. {titles[name]}",
                extra=name in EXTRA_RANGE_FILTERS,
            )
            for side, word in (("min", "At least"), ("max", "At most"))
        ]
    parameters += [
        Parameter(name=name, type=types[name], description=titles[name], extra=True)
        for name in EXTRA_EQUALITY_FILTERS
    ]
    return (
        *parameters,
        Parameter(
            name="keyword",
            expected="text of at most 200 characters",
            pattern=r"[\s\S]{1,200}",
            extra=True,
            description="Only products whose name has this text, in any script; upper and lower "
            "case, and full and half width, are alike",
        ),
        Parameter(
            name="product_ids",
            expected=f"up to {PRODUCT_IDS_MAX} decimal ids separated by commas",
            extra=True,
            description="Only these products",
        ),
    )


REGION = Parameter(
    name="region",
    required=True,
    pattern=REGION_PATTERN,
    expected="a two-letter market code in capitals, such as US",
    example="US",
    description="Market, such as US; the United Kingdom is GB. A market without data gives an "
    "empty list",
)


def parameters(page_size_max: int = PAGE_SIZE_MAX) -> tuple[Parameter, ...]:
    """The parameters of the product list, with the largest page size that is allowed."""
    return (
        REGION,
        Parameter(
            name="page_num",
            type="integer",
            required=True,
            minimum=1,
            maximum=PAGE_NUM_MAX,
            example=1,
            description="Page number; a page past the end is an empty list",
        ),
        Parameter(
            name="page_size",
            type="integer",
            required=True,
            minimum=1,
            maximum=page_size_max,
            example=10,
            description="Rows per page",
        ),
        *filter_parameters(),
        Parameter(
            name="product_sort_field",
            default="1",
            expected=f"1 to {len(SORT_FIELDS)}, or the name of a total, window or growth rate",
            description="Order: "
            + ", ".join(f"{i} = {name}" for i, name in enumerate(SORT_FIELDS, 1))
            + "; or the name of any total or window, such as total_views_30d_cnt, or of a growth "
            f"rate, such as {EXTRA_FIELDS[0].name}",
        ),
        Parameter(
            name="sort_type",
            type="integer",
            choices=(0, 1),
            default=1,
            description="Direction: 0 ascending, 1 descending. Ties break by product_id ascending",
        ),
        Parameter(
            name="extra_fields",
            choices=("growth",),
            extra=True,
            description="growth: each row ends with its four growth rates, of units and gross "
            "merchandise value over 7 and 30 days",
        ),
    )


def _example() -> ProductRow:
    text = {
        "category_id": "601450",
        "category_l2_id": "848648",
        "category_l3_id": "601583",
        "cover_url": '[{"url":"https://images.example/1.webp","index":1}]',
        "desc_detail": '[{"type":"text","text":"An invented product."}]',
        "product_id": "1729000000000000001",
        "product_name": "Invented eau de parfum, 50 ml",
        "region": "US",
        "sale_props": "[]",
        "seller_id": "7490000000000000001",
        "skus": "[]",
    }
    numbers = {"spu_avg_price": 24.5, "min_price": 19.0, "max_price": 30.0, "product_rating": 4.6}
    blank: dict[str, str | int | float] = {
        field.name: "" if field.type == "string" else 0 for field in FIELDS
    }
    return msgspec.convert({**blank, **text, **numbers, "first_crawl_dt": 20260101}, ProductRow)


EXAMPLE = _example()
