"""What a good engineer would write in a day: FastAPI, SQLAlchemy and PostgreSQL.

One table with a column for each field, an index for each order and each filter, asynchronous all
the way, and no models between the rows and the JSON. The same parameters, order, rows and total as
the product list; nothing else of it: no keys, no checks of values, no snapshots.

`python -m bench.conventional` serves the database of the environment, on the port of Shopscope's
settings.
"""

import os
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine

from bench.app import run
from shopscope.contract.endpoints import endpoints
from shopscope.contract.products import (
    EQUALITY_FILTERS,
    EXTRA_FIELDS,
    FIELDS,
    RANGE_FILTERS,
    SORT_FIELDS,
    SORTABLE,
)
from shopscope.settings import load_settings

URL = "BENCH_DATABASE_URL"

_ID = "product_id"
_ROWS = 20_000  # of one piece of COPY
_TYPES: dict[str, Any] = {
    "string": sa.Text(collation="C"),
    "integer": sa.BigInteger,
    "number": sa.Double,
}
_FIELDS = (*FIELDS, *EXTRA_FIELDS)
PRODUCTS = sa.Table(
    "products",
    sa.MetaData(),
    *(
        sa.Column(f.name, sa.BigInteger if f.name == _ID else _TYPES[f.type], nullable=False)
        for f in _FIELDS
    ),
    prefixes=["UNLOGGED"],
)
_SHOWN = [PRODUCTS.c[field.name] for field in FIELDS]
_NAMES = [field.name for field in FIELDS]
_ID_PLACE = _NAMES.index(_ID)
_PYTHON = {
    field.name: {"string": str, "integer": int, "number": float}[field.type] for field in _FIELDS
}


def load(url: str, batches: Iterable[pa.RecordBatch]) -> None:
    """Make the table of product rows, and its indexes."""
    table = sa.schema.CreateTable(PRODUCTS).compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    columns = ", ".join(field.name for field in _FIELDS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(str(table).encode())
        copying = f"COPY products ({columns}) FROM STDIN".encode()
        with connection.cursor() as cursor, cursor.copy(copying) as copy:
            for batch in batches:
                for start in range(0, batch.num_rows, _ROWS):
                    copy.write(_lines(batch.slice(start, _ROWS)))
        for name in dict.fromkeys((*SORTABLE, *EQUALITY_FILTERS, *RANGE_FILTERS)):
            connection.execute(f"CREATE INDEX ON products (region, {name}, {_ID})".encode())
        connection.execute(b"VACUUM ANALYZE products")


def _lines(batch: pa.RecordBatch) -> bytes:
    """The rows as COPY takes them; no text has a tab or a line end."""
    values = [batch.column(field.name).cast(pa.string()) for field in _FIELDS]
    lines = pc.binary_join_element_wise(*values, "\t")
    return ("\n".join(pc.replace_substring(lines, "\\", "\\\\").to_pylist()) + "\n").encode()


def create() -> FastAPI:
    """The application of a worker."""
    url = os.environ[URL].replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, pool_size=8, max_overflow=0)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/readyz")
    async def ready() -> Response:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
        return Response()

    async def products(request: Request) -> Response:
        given = dict(request.query_params)
        where = _where(given)
        async with engine.connect() as connection:
            rows = (await connection.execute(_page(given).where(*where))).all()
            count = sa.select(sa.func.count()).select_from(PRODUCTS).where(*where)
            total = await connection.scalar(count)
        answer = {
            "code": 0,
            "message": "success",
            "data": [_shown(row) for row in rows],
            "requestId": str(uuid.uuid4()),
        }
        headers = {"X-Total-Count": str(total)}
        return Response(msgspec.json.encode(answer), 200, headers, "application/json")

    path = next(e.path for e in endpoints() if e.operation_id == "list_products")
    app.add_api_route(path, products, methods=["GET"])
    return app


def _where(given: dict[str, str]) -> list[sa.ColumnElement[bool]]:
    found = [PRODUCTS.c.region == given["region"]]
    for name, text in given.items():
        side, _, column = name.partition("_")
        if name in EQUALITY_FILTERS:
            found.append(PRODUCTS.c[name] == _PYTHON[name](text))
        elif side == "min" and column in RANGE_FILTERS:
            found.append(PRODUCTS.c[column] >= _PYTHON[column](text))
        elif side == "max" and column in RANGE_FILTERS:
            found.append(PRODUCTS.c[column] <= _PYTHON[column](text))
    return found


def _page(given: dict[str, str]) -> sa.Select[Any]:
    sort = given["product_sort_field"]
    column = PRODUCTS.c[SORT_FIELDS[int(sort) - 1] if sort.isdecimal() else sort]
    size = int(given["page_size"])
    first = (int(given["page_num"]) - 1) * size
    order = column.desc() if given["sort_type"] == "1" else column
    return sa.select(*_SHOWN).order_by(order, PRODUCTS.c[_ID]).limit(size).offset(first)


def _shown(row: Any) -> dict[str, Any]:
    shown = dict(zip(_NAMES, row, strict=True))
    shown[_ID] = str(row[_ID_PLACE])
    return shown


if __name__ == "__main__":
    run("bench.conventional:create", load_settings({}).port, 1)
