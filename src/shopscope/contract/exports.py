"""Exports on the wire: all products that meet the filters, as one file."""

import datetime

import msgspec

from shopscope.contract.parameters import Parameter, Value
from shopscope.contract.products import (
    EXTRA_FIELDS,
    REGION,
    SORT_FIELDS,
    ProductFilters,
    filter_parameters,
    sort_field,
)

FORMATS: dict[str, str] = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
"""The media type of each format; its name is also the end of a file's name."""


class ProductExportRequest(ProductFilters, frozen=True, kw_only=True):
    """The products that meet the filters, as a file.

    Order: `sort_field`, then `product_id` ascending; None: by `product_id` alone, the order in
    which rows are stored. `limit`: rows in all, None: every one. `extra_fields`: whether rows have
    them.
    """

    format: str
    sort_field: str | None = None
    descending: bool = True
    limit: int | None = None
    extra_fields: bool = False

    @classmethod
    def of(cls, values: dict[str, Value]) -> "ProductExportRequest":
        """The request that bound parameters ask for.

        Raises:
            InvalidParameter: a minimum is above its maximum, or a sort field or product id that
                does not exist.
        """
        field, limit = values.get("product_sort_field"), values.get("limit")
        return cls(
            **msgspec.structs.asdict(ProductFilters.of(values)),
            format=str(values["format"]),
            sort_field=None if field is None else sort_field(str(field)),
            # Without an order there is no direction either: the same file has one name.
            descending=field is None or values["sort_type"] == 1,
            limit=None if limit is None else int(limit),
            extra_fields="extra_fields" in values,
        )


def file_name(region: str, as_of: datetime.date | None, format: str) -> str:
    """What a file is called that has the products of a region as of a day, None: it has none."""
    day = f"-{as_of:%Y%m%d}" if as_of else ""
    return f"products-{region}{day}.{format}"


def parameters() -> tuple[Parameter, ...]:
    """The parameters of the product export: those of the product list, but for its pages."""
    return (
        REGION,
        Parameter(
            name="format",
            choices=tuple(FORMATS),
            default="ndjson",
            description="ndjson: rows as the product list has them, one a line; arrow (a stream of "
            "Arrow's IPC format) and parquet: a column for each field, money as floats, dates as "
            "dates, JSON in strings as text; csv: the same columns for spreadsheets, in UTF-8 with "
            "its mark, where a text that a spreadsheet would compute begins with an apostrophe",
        ),
        *filter_parameters(),
        Parameter(
            name="product_sort_field",
            expected=f"1 to {len(SORT_FIELDS)}, or the name of a total, window or growth rate",
            description="Order: "
            + ", ".join(f"{i} = {name}" for i, name in enumerate(SORT_FIELDS, 1))
            + "; or the name of any total or window, or of a growth rate, such as "
            f"{EXTRA_FIELDS[0].name}. Without it: by product_id, which is the quickest",
        ),
        Parameter(
            name="sort_type",
            type="integer",
            choices=(0, 1),
            default=1,
            description="Direction, where there is a product_sort_field: 0 ascending, 1 "
            "descending. Ties break by product_id ascending",
        ),
        Parameter(
            name="limit",
            type="integer",
            minimum=1,
            example=1000,
            description="At most so many rows, the first of the order; without it, all",
        ),
        Parameter(
            name="extra_fields",
            choices=("growth",),
            extra=True,
            description="growth: each row ends with its four growth rates, of units and gross "
            "merchandise value over 7 and 30 days",
        ),
    )
