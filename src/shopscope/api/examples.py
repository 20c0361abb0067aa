"""One example of every error, for documentation."""

from shopscope.contract import errors, products
from shopscope.contract.parameters import bind

REQUEST_ID = "4893e64f-ed09-4f55-8ca5-ac330bfda8e2"


def _refused(query: dict[str, str]) -> errors.ApiError:
    """What the product list answers to a query that is wrong in one point."""
    table = {parameter.name: parameter for parameter in products.parameters()}
    whole = {"region": "US", "page_num": "1", "page_size": "10", **query}
    try:
        products.ProductListRequest.of(bind(table, whole.items()).values)
    except errors.ApiError as error:
        return error
    raise AssertionError(f"not refused: {query}")


ERROR_EXAMPLES: tuple[errors.ApiError, ...] = (
    _refused({"region": ""}),
    _refused({"page_size": "11"}),
    errors.UnknownParameter("sort_field", "product_sort_field"),
    errors.MalformedQuery("keyword=%FF is not UTF-8, percent-encoded"),
    errors.KeyMissing(),
    errors.KeyInvalid(),
    errors.QuotaExhausted(),
    errors.NotAllowed(),
    errors.UnknownPath("/v1/tiktok/product/lists/analytics"),
    errors.UnknownCategory("601584000"),
    errors.MethodNotAllowed("POST", ("GET", "HEAD")),
    errors.QueryTooLong(20_000, 16_384),
    errors.ServedElsewhere("GB", ["US"]),
    errors.RateLimited(),
    errors.InternalError(),
    errors.NotReady(),
    errors.AccountsUnavailable(),
)
"""In the order of the error table."""
