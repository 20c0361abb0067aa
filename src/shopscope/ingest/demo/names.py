"""Invented names: products, shops, creators, hashtags. All of them say that they are a demo."""

import numpy as np

from shopscope.ingest.demo import tree
from shopscope.ingest.demo.market import Market
from shopscope.ingest.demo.plan import LABEL, REGIONS

_HEADS = ("Vel", "Nor", "Zi", "Qua", "Lum", "Ora", "Fen", "Tri", "Myx", "Bru", "Cal", "Dov",
          "Eph", "Gly", "Hux", "Jor", "Kiv", "Pel", "Ryn", "Sab")  # fmt: skip
_MIDDLES = ("va", "mo", "ri", "zu", "lo", "ne", "pi", "xa", "du", "ke")
_TAILS = ("ra", "lyn", "dex", "via", "qo", "mint", "zel", "bo", "tis", "nix", "fa", "wen")
_SIZES = ("mini", "50 ml", "2 pcs", "XL", "500 g", "Pro", "set of 3", "classic", "light", "travel")
_WORDS: dict[str, tuple[str, ...]] = {
    "US": ("cozy", "bold", "everyday", "quiet", "bright", "tiny"),
    "GB": ("lovely", "proper", "everyday", "smart", "bright", "little"),
    "ID": ("lucu", "nyaman", "premium", "serbaguna", "harian", "terbaru"),
    "TH": ("น่ารัก", "คุณภาพดี", "พกพา", "รุ่นใหม่", "ใช้ง่าย", "สีสดใส"),
    "VN": ("dễ thương", "cao cấp", "tiện lợi", "mới", "mỗi ngày", "nhỏ gọn"),
    "MX": ("bonito", "práctico", "diario", "nuevo", "ligero", "premium"),
}
_SHOPS = {"US": "Goods", "GB": "& Daughters", "ID": "Toko", "TH": "ร้าน", "VN": "Cửa hàng",
          "MX": "Tienda"}  # fmt: skip
_TAGS: dict[str, tuple[str, ...]] = {
    "US": ("demofinds", "inventedhaul", "smallshopdemo", "unboxing", "عطر", "هدايا"),
    "GB": ("demofinds", "highstreetdemo", "bargain", "unboxing", "جمال", "香水"),
    "ID": ("racundemo", "belanjahemat", "hijabstyle", "viral", "تسوق", "ramadan"),
    "TH": ("ของดีบอกต่อ", "รีวิวเดโม", "ป้ายยา", "ของมันต้องมี", "น่าใช้", "fyp"),
    "VN": ("reviewdemo", "muasắm", "đồđẹp", "xuhuong", "làmđẹp", "fyp"),
    "MX": ("demomx", "comprasfavoritas", "regalos", "recomendado", "belleza", "fyp"),
}
_EVERYWHERE = ("demo", "好物推荐", "开箱", "おすすめ", "購入品紹介", "コスメ", "summer", "gift")
HANDLE = "demo."
"""Every creator's handle begins with it."""


def brand(number: int) -> str:
    """An invented brand; the same number gives the same brand."""
    head, rest = number % len(_HEADS), number // len(_HEADS)
    middle, tail = rest % len(_MIDDLES), rest // len(_MIDDLES) % len(_TAILS)
    return _HEADS[head] + _MIDDLES[middle] + _TAILS[tail]


def shop(region: str, shop_id: int) -> str:
    """The name of a shop, in the manner of its market."""
    name = brand(shop_id * 37)
    word = _SHOPS[region]
    told = f"{name} {word}" if region in ("US", "GB") else f"{word} {name}"
    return f"{told} {LABEL}"


def product_names(market: Market) -> list[str]:
    """The name of every product, in the language of its market."""
    chance = market.plan.chance(4)
    picks = chance.integers(0, 1 << 30, (market.plan.products, 2)).tolist()
    names = []
    for region, leaf, shop_id, (word, size) in zip(
        market.region.tolist(), market.leaf.tolist(), market.shop.tolist(), picks, strict=True
    ):
        of = REGIONS[region]
        words = _WORDS[of.code]
        what = tree.leaves()[leaf].name(of.locale)
        maker = brand(shop_id * 37 + word % 3)
        names.append(f"{maker} {what} {words[word % 6]}, {_SIZES[size % 10]} {LABEL}")
    return names


def creator(region: str, number: int) -> str:
    """The handle of a creator."""
    return f"{HANDLE}{brand(number * 7).lower()}.{region.lower()}{number}"


def hashtags(region: str, leaf: int, chance: np.random.Generator) -> list[str]:
    """Hashtags of a post, without #: of the category, of the market, of everywhere."""
    locale = next(r.locale for r in REGIONS if r.code == region)
    names = [tree.leaves()[leaf].name(language) for language in (locale, "en-US", "zh-CN")]
    own = "".join(c for c in names[int(chance.random() < 0.3)] if c not in " &,-()/'’.、与和")
    of_market = chance.choice(_TAGS[region], 2, replace=False).tolist()
    return [own, *of_market, *chance.choice(_EVERYWHERE, chance.integers(0, 3), replace=False)]
