"""What products are: names, shops, categories, pictures and SKUs, with the days they were so."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from shopscope.ingest.demo import names, tree
from shopscope.ingest.demo.market import Market
from shopscope.ingest.demo.plan import LABEL, REGIONS, SOURCE

RENAMED, UNPLACED, NAMED_ONLY, SHALLOW = 0.15, 0.01, 0.02, 0.06
UNKNOWN_CATEGORY = "Gadgets of tomorrow"
"""A name that no tree knows, as sources that group in their own way give it."""

_COLOURS = ("#5b8", "#c66", "#69c", "#a7c", "#db5", "#7aa", "#e8a", "#998")
_SIGNS = {"USD": "$", "IDR": "Rp", "THB": "฿", "VND": "₫", "GBP": "£", "MXN": "MX$"}


def product_rows(market: Market) -> list[dict[str, Any]]:
    """Rows of the lake's table of products: one for each product, two where it changed."""
    chance = market.plan.chance(5)
    count = market.plan.products
    called = names.product_names(market)
    renamed = chance.random(count) < RENAMED
    kind = chance.random(count)
    change = chance.integers(5, market.plan.days, count)
    discount = chance.choice(["", "", "", "10%", "20%", "35%"], count).tolist()
    rows = []
    for i in range(count):
        start = market.plan.start + timedelta(max(int(market.launch[i]), 0))
        row = {
            "region": REGIONS[int(market.region[i])].code,
            "product_id": int(market.product[i]),
            "source": SOURCE,
            "name": called[i],
            **_shop(market, i),
            **_category(int(market.leaf[i]), float(kind[i])),
            **_shown(market, i, called[i]),
            "discount": discount[i],
        }
        changed = market.plan.start + timedelta(int(change[i]))
        if renamed[i] and changed > start:
            old = called[i].replace(f" {LABEL}", f" old edition {LABEL}")
            rows.append({**row, "name": old, **_seen(start, changed - timedelta(1))})
            start = changed
        rows.append({**row, **_seen(start, max(start, market.plan.end))})
    return rows


def _seen(first: date, last: date) -> dict[str, str]:
    return {"valid_from": first.isoformat(), "valid_to": last.isoformat()}


def _shop(market: Market, i: int) -> dict[str, str]:
    region, shop = REGIONS[int(market.region[i])].code, int(market.shop[i])
    return {"seller_id": str(shop), "seller_name": names.shop(region, shop)}


def _category(leaf: int, kind: float) -> dict[str, str]:
    """The category as the source tells it: mostly by ids, at times by name or not at all."""
    path = tree.leaves()[leaf].path
    if kind < UNPLACED:
        return {}
    if kind < UNPLACED + NAMED_ONLY / 2:
        return {"category_name": UNKNOWN_CATEGORY, "category_locale": "en-US"}
    if kind < UNPLACED + NAMED_ONLY:
        name = tree.categories()[path[1]].name("zh-CN")
        return {"category_name": name, "category_locale": "zh-CN"}
    ids = dict(zip(("category_id", "category_l2_id", "category_l3_id"), path, strict=True))
    if kind < UNPLACED + NAMED_ONLY + SHALLOW:
        ids["category_l3_id"] = "0"
    return ids


def _shown(market: Market, i: int, name: str) -> dict[str, str]:
    """Pictures, description, variants and SKUs: JSON in text, as on the wire."""
    product, region = int(market.product[i]), REGIONS[int(market.region[i])]
    colour = _COLOURS[product % len(_COLOURS)]
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="'
        f'{colour}" d="M0 0h9v9H0z"/><text x="3" y="6" font-size="5">{name[0]}</text></svg>'
    )
    price = float(market.price[i, -1])
    variants = [(colour, 1.0), (_COLOURS[(product + 3) % len(_COLOURS)], 1.1)][: 1 + product % 2]
    skus = []
    values = []
    for number, (value, factor) in enumerate(variants):
        local = round(round(price * factor / region.step) * region.step, 2)
        text = f"{local:,.2f}" if region.step < 1 else f"{local:,.0f}"
        skus.append(
            {
                "sku_id": str(product + 1 + number),
                "sale_prop_value_ids": str(number + 1),
                "real_price": {
                    "price_str": f"{_SIGNS[region.currency]}{text}",
                    "price_val": text.replace(",", ""),
                    "currency": region.currency,
                },
            }
        )
        values.append({"prop_value_id": str(number + 1), "prop_value": value})
    about = [{"type": "text", "text": f"{name}: an invented product of a generated market."}]
    return {
        "cover_url": _json([{"url": f"data:image/svg+xml,{quote(picture)}", "index": 1}]),
        "desc_detail": _json(about),
        "sale_props": _json([{"prop_id": "1", "prop_name": "Colour", "sale_prop_values": values}]),
        "skus": _json(skus),
    }


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
