"""Words with a fixed meaning on the wire: locales, regions, flags, category levels."""

LOCALES: tuple[str, ...] = ("th-TH", "en-US", "id-ID", "zh-CN", "ms-MY", "vi-VN")
"""Languages of category names, in the order of the upstream documentation."""

FALLBACK_LOCALE = "en-US"
"""The language of a name that is missing in the one asked for."""

REGIONS: tuple[str, ...] = (
    "US", "GB", "DE", "FR", "IT", "ES", "IE", "ID", "MY", "MX", "PH", "SG", "TH", "VN", "BR",
    "JP", "SA",
)  # fmt: skip
"""Markets known today; a well-formed code outside this list is a market without data."""

REGION_PATTERN = r"[A-Z]{2}"

ROOT_CATEGORY = "0"
"""Parent of every level-1 category; as a product's level-2 or level-3 id: not assigned."""

CATEGORY_LEVELS: dict[str, int] = {"primary": 1, "secondary": 2, "tertiary": 3}

TREND_STABLE, TREND_UP, TREND_DOWN = 0, 1, 2
CHANNEL_NONE, CHANNEL_VIDEO, CHANNEL_LIVE = 0, 1, 2
