"""Rows of product tables: the API's rows, with what only a page shows of them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from shopscope.categories.tree import Tree
from shopscope.snapshot.reader import RegionData, Snapshot
from shopscope.web import sparkline
from shopscope.web.columns import Column, Kind
from shopscope.web.language import Language
from shopscope.web.links import link

PRICE_MAX = 24
"""Characters of a local price."""

NAME_MAX = 150
"""Bytes of a product's name that a table shows, two lines; the page of the product has all."""


class Cell(msgspec.Struct, frozen=True):
    """One value of the wire; `text` is shown below a number, and instead of an id."""

    column: Column
    value: Any
    text: str = ""

    @property
    def kind(self) -> Kind:
        """How it is written."""
        return self.column.kind


class Row(msgspec.Struct, frozen=True):
    """One product of a table."""

    product_id: str
    name: str
    image: str | None
    href: str
    cells: list[Cell]


class _Image(msgspec.Struct):
    url: str = ""


class _Price(msgspec.Struct):
    price_str: str = ""
    price_val: str = ""


class _Sku(msgspec.Struct):
    real_price: _Price | None = None


_row = msgspec.json.Decoder(dict[str, Any])
_images = msgspec.json.Decoder(list[_Image])
_skus = msgspec.json.Decoder(list[_Sku])


def rows(
    snapshot: Snapshot,
    region: str,
    listed: Sequence[bytes],
    shown: Sequence[Column],
    language: Language,
) -> list[Row]:
    """What a table shows of rows as they are on the wire."""
    data = snapshot.regions.get(region)
    tree = snapshot.keep(Tree)
    return [_shown(data, tree, _row.decode(row), shown, language) for row in listed]


def _shown(
    data: RegionData | None,
    tree: Tree,
    row: dict[str, Any],
    shown: Sequence[Column],
    language: Language,
) -> Row:
    name = readable(row["product_name"]) or row["product_id"]
    return Row(
        product_id=row["product_id"],
        name=_short(name),
        image=image(row["cover_url"]),
        href=link("/product", product_id=row["product_id"], region=row["region"]),
        cells=[_cell(data, tree, row, column, language) for column in shown],
    )


def _cell(
    data: RegionData | None, tree: Tree, row: dict[str, Any], column: Column, language: Language
) -> Cell:
    if column.kind == "spark":
        return Cell(column, "" if data is None else trend(data, row["product_id"]))
    if column.name == "spu_avg_price":
        return Cell(column, row[column.name], local_price(row["skus"]))
    if column.kind == "category":
        return Cell(column, row[column.name], category_name(tree, row, language))
    return Cell(column, row.get(column.name))


def _short(name: str) -> str:
    """A name that is cut where it has more bytes than a table shows."""
    text = name.encode("utf-8", "replace")
    if len(text) <= NAME_MAX:
        return name
    return f"{text[: NAME_MAX - 3].decode('utf-8', 'ignore')}…"


def readable(name: str) -> str:
    """The name of a product; empty where there is nothing in it to be seen."""
    seen = any(letter.isprintable() and not letter.isspace() for letter in name)
    return name if seen else ""


def image(cover_url: str) -> str | None:
    """The address of the first image of a product, if it is one that a page may show."""
    try:
        found = _images.decode(cover_url or "[]")
    except msgspec.DecodeError:
        return None
    for candidate in found:
        if candidate.url.startswith(("https://", "data:image/")):
            return candidate.url
    return None


def local_price(skus: str) -> str:
    """The local prices of the SKUs as the shop writes them, lowest to highest; empty: unknown."""
    try:
        found = _skus.decode(skus or "[]")
    except msgspec.DecodeError:
        return ""
    prices = [sku.real_price for sku in found if sku.real_price and sku.real_price.price_str]
    prices.sort(key=lambda price: _amount(price.price_val))
    if not prices:
        return ""
    low, high = prices[0].price_str[:PRICE_MAX], prices[-1].price_str[:PRICE_MAX]
    return low if low == high else f"{low} – {high}"


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def trend(data: RegionData, product_id: str) -> str:
    """The points of a product's sparkline; empty: no days are known."""
    place = int(np.searchsorted(data.product_ids, int(product_id)))
    return "" if data.history is None else sparkline.points(data.history.facts(place))


def category_name(tree: Tree, row: dict[str, Any], language: Language) -> str:
    """The name of the deepest category of a product."""
    for level in ("category_l3_id", "category_l2_id", "category_id"):
        node = tree.node(row[level]) if row[level] != "0" else None
        if node is not None:
            return node.names[node.locale((language.category_locale, "en-US"))]
    return ""
