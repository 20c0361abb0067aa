"""A product list request in the SQL that DuckDB, ClickHouse and PostgreSQL have in common."""

from shopscope.contract.products import Equal, ProductListRequest


def queries(request: ProductListRequest) -> tuple[str, str]:
    """Two statements: the ids of the page, and the count of all."""
    where = " AND ".join(_conditions(request))
    direction = "DESC" if request.descending else "ASC"
    page = (
        f"SELECT product_id FROM products WHERE {where} "
        f"ORDER BY {request.sort_field} {direction}, product_id "
        f"LIMIT {request.page_size} OFFSET {(request.page_num - 1) * request.page_size}"
    )
    return page, f"SELECT count(*) FROM products WHERE {where}"


def _conditions(request: ProductListRequest) -> list[str]:
    found = [f"region = {_literal(request.region)}"]
    for predicate in request.predicates:
        if isinstance(predicate, Equal):
            found.append(f"{predicate.column} = {_literal(predicate.value)}")
            continue
        for bound, sign in ((predicate.low, ">="), (predicate.high, "<=")):
            if bound is not None:
                found.append(f"{predicate.column} {sign} {_literal(bound)}")
    if request.keyword is not None:
        found.append(f"product_name LIKE {_literal(f'%{request.keyword}%')}")
    return found


def _literal(value: str | float) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    text = repr(value)
    # Without an exponent it would be a decimal number, and be rounded to compare it.
    return f"{text}e0" if "." in text and "e" not in text else text
