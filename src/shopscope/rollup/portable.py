"""What engines do differently, put so that every engine does the same."""

from collections.abc import Sequence
from typing import Any

import ibis


def cents(value: Any) -> Any:
    """A float rounded to two places, halves away from zero.

    Of `round(x, 2)` some engines round the binary number and some its shortest decimal form, so
    that 0.285 becomes 0.28 or 0.29; whole numbers they round alike.
    """
    return (value * 100).round(0) / 100


MILLIONTHS = 1_000_000
_MOST = 9e12  # dollars; more would not fit, and is no amount


def millionths(dollars: Any) -> Any:
    """Amounts as whole numbers: floats add up differently in another order, and then round so."""
    return (dollars.clip(-_MOST, _MOST) * MILLIONTHS).round(0).cast("int64")


def largest(values: Sequence[Any]) -> Any:
    """The largest of one value or more; some engines want two of them at least."""
    return values[0] if len(values) == 1 else ibis.greatest(*values)


def lower(text: Any) -> Any:
    """A text in lower case, letter by letter.

    Some engines look at the word around a Greek sigma, or make two letters of a dotted İ.
    """
    return text.replace("Σ", "σ").replace("İ", "i").lower()
