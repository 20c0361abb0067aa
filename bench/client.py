"""How fast answers become rows: the client beside pydantic models. `python -m bench.client`.

The same bytes, one page of products, become rows with the same fields and types:

- the client: JSON inside strings, money and dates are converted when they are asked for;
- the client, and then every field of every row asked for;
- pydantic models with the same values: JSON inside strings as models too, which a model has to
  decode at once, null allowed, unknown fields kept;
- pydantic models that leave JSON inside strings as strings.

pydantic reads the bytes itself (`model_validate_json`), and for the last column what `json.loads`
has made of them (`model_validate`), as most code does. Texts inside rows are long, about as in the
example of the API's documentation, or next to nothing.
"""

import argparse
import gc
import json
import math
import subprocess
import sys
import time
import typing
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Json, create_model
from rich.console import Console
from rich.table import Table

from bench import market
from shopscope.client.answer import ROWS, answer_of
from shopscope.client.call import call
from shopscope.client.decode import decode
from shopscope.client.lenient import plain
from shopscope.client.page import page_of
from shopscope.client.row import Money
from shopscope.client.rows import Product

GOAL = 5.0
"""Times as fast as pydantic models with the same values."""


class Measured(msgspec.Struct):
    """Microseconds of processor time a row, in the quickest round."""

    texts: str
    money: str
    bytes_per_row: int
    client: float
    client_all_fields: float
    pydantic: float
    pydantic_strings: float
    pydantic_from_dicts: float


def body(count: int, long_texts: bool) -> bytes:
    """An answer with so many products of an invented market."""
    rows: list[dict[str, Any]] = []
    for batch in market.batches("US", count, 1):
        rows += batch.select(list(Product.__struct_fields__[:100])).to_pylist()
    if long_texts:
        for number, row in enumerate(rows):
            row |= _long(number)
    data = msgspec.json.encode(rows)
    return b'{"code":0,"message":"success","data":%b,"requestId":"x"}' % data


def _long(number: int) -> dict[str, str]:
    """Texts about as long as in the documentation: eight images, a description, ten SKUs."""
    link = f"https://images.example/product-cover/{number:08d}/" + "x" * 60
    covers = [{"url": f"{link}{i}.webp", "index": i} for i in range(8)]
    told = "An invented product that is described at the length sellers like to do it. " * 3
    blocks: list[dict[str, Any]] = [{"type": "text", "text": told} for _ in range(6)]
    blocks += [
        {"type": "image", "image": {"height": 800, "width": 800, "uri": link, "url_list": [link]}}
        for _ in range(6)
    ]
    price = {"price_str": "$1.99", "price_val": "1.99", "currency": "USD"}
    skus = [
        {"sku_id": str(10**18 + i), "sale_prop_value_ids": str(i), "real_price": price}
        for i in range(10)
    ]
    values = [{"prop_value_id": str(i), "prop_value": f"colour {i}"} for i in range(10)]
    props = [{"prop_id": "1", "prop_name": "Colour", "sale_prop_values": values}]
    texts = {"cover_url": covers, "desc_detail": blocks, "skus": skus, "sale_props": props}
    return {name: json.dumps(value) for name, value in texts.items()}


ASKED = call("get_products", {"product_ids": "1"})


def by_client(raw: bytes, money: type) -> Any:
    """What the client does with the bytes that came."""
    decoded = decode(raw, Product, money, ROWS)
    return page_of(decoded, answer_of(raw, ROWS, {}), ASKED, money)


def read_all(rows: Any) -> None:
    """Ask for every field, and what is inside strings."""
    for row in rows:
        for name in Product.__struct_fields__:
            getattr(row, name)
        _ = row.covers, row.description


def _compact(value: int) -> date:
    return date(value // 10_000, value // 100 % 100, value % 100)


def models(money: type, typed_texts: bool) -> tuple[Any, Any]:
    """The envelope and the row as pydantic models with the fields and types of the client's."""
    texts = {"cover_url": _covers(), "desc_detail": _blocks(), "skus": None, "sale_props": None}
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(Product):
        kind = plain(field.type)
        if kind is Money:
            kind = money
        elif kind is date:
            kind = Annotated[date, BeforeValidator(_compact)]
        if field.name in texts:
            inside = texts[field.name] or _model(typing.get_args(kind)[0])
            kind = Json[list[inside]] if typed_texts else str  # type: ignore[valid-type]
        fields[field.name] = (kind | None, None)
    row = create_model("Row", __config__=ConfigDict(extra="allow"), **fields)
    envelope = create_model(
        "Envelope",
        code=(int, ...),
        message=(str | None, None),
        data=(list[row] | None, None),  # type: ignore[valid-type]
        requestId=(str | None, None),
    )
    return envelope, row


def _covers() -> type[BaseModel]:
    hint = typing.get_type_hints(Product.covers.func)["return"]  # type: ignore[attr-defined]
    return _model(typing.get_args(hint)[0])


def _blocks() -> type[BaseModel]:
    hint = typing.get_type_hints(Product.description.func)["return"]  # type: ignore[attr-defined]
    return _model(typing.get_args(hint)[0])


def _model(struct: type[msgspec.Struct]) -> type[BaseModel]:
    """A struct of the client as a pydantic model."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        kind = plain(field.type)
        item = typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else kind
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            made = _model(item)
            kind = tuple[made, ...] if item is not kind else made  # type: ignore[valid-type]
        fields[field.encode_name] = (kind | None, None)
    return create_model(struct.__name__, **fields)


def best(acts: Mapping[str, Callable[[], object]], rows: int, rounds: int) -> dict[str, float]:
    """Microseconds of processor time a row, of each in its quickest round; they take turns."""
    times = dict.fromkeys(acts, math.inf)
    repeats = max(1, 500 // rows)
    for _ in range(rounds):
        for name, act in acts.items():
            gc.collect()
            begin = time.process_time()
            for _ in range(repeats):
                act()
            times[name] = min(times[name], time.process_time() - begin)
    return {name: seconds / repeats / rows * 1e6 for name, seconds in times.items()}


def measure(rows: int, rounds: int, long_texts: bool, money: type) -> Measured:
    raw = body(rows, long_texts)
    same, row = models(money, typed_texts=True)
    strings, _ = models(money, typed_texts=False)
    found = best(
        {
            "client": lambda: by_client(raw, money),
            "client_all_fields": lambda: read_all(by_client(raw, money)),
            "pydantic": lambda: same.model_validate_json(raw),
            "pydantic_strings": lambda: strings.model_validate_json(raw),
            "pydantic_from_dicts": lambda: [
                row.model_validate(each) for each in json.loads(raw)["data"]
            ],
        },
        rows,
        rounds,
    )
    return Measured(
        texts="long" if long_texts else "short",
        money=money.__name__.lower(),
        bytes_per_row=len(raw) // rows,
        **found,
    )


def import_seconds(code: str) -> float:
    """Processor time of an import in a fresh process; the least of a few runs."""
    timed = f"import time; a = time.process_time()\n{code}\nprint(time.process_time() - a)"
    command = [sys.executable, "-c", timed]
    return min(float(subprocess.check_output(command)) for _ in range(5))


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.client", description=__doc__)
    parser.add_argument("--rows", type=int, default=10, help="rows of a page")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    found = [
        measure(given.rows, given.rounds, long_texts, money)
        for long_texts in (False, True)
        for money in (Decimal, float)
    ]
    if given.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    table = Table(
        title=f"microseconds a row, {given.rows} rows a page",
        caption=f"goal: {GOAL:g} times as fast",
    )
    names = ("texts", "money", "bytes", "client", "+ all fields read", "pydantic")
    for name in (*names, "times", "strings kept", "times", "from dicts", "times"):
        table.add_column(name)
    for each in found:
        others = (each.pydantic, each.pydantic_strings, each.pydantic_from_dicts)
        cells = [
            text for other in others for text in (f"{other:.1f}", f"{other / each.client:.1f}")
        ]
        own = (f"{each.client:.1f}", f"{each.client_all_fields:.1f}")
        table.add_row(each.texts, each.money, f"{each.bytes_per_row:,}", *own, *cells)
    console = Console(width=120)
    console.print(table)
    for code in ("from shopscope import Client", "from shopscope import AsyncClient"):
        console.print(f"{code}: {import_seconds(code) * 1e3:.0f} ms of processor time")


if __name__ == "__main__":
    main()
