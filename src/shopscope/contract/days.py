"""Days in a query string: yyyy-MM-dd."""

import datetime

from shopscope.contract.errors import InvalidParameter
from shopscope.contract.parameters import Parameter, Value

DAY_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DAY_EXPECTED = "a day as yyyy-MM-dd"


def day_parameter(
    name: str, description: str, *, required: bool = False, example: str | None = None
) -> Parameter:
    """A parameter that takes a day."""
    return Parameter(
        name=name,
        pattern=DAY_PATTERN,
        expected=DAY_EXPECTED,
        description=description,
        required=required,
        example=example,
    )


def bound_day(values: dict[str, Value], name: str) -> datetime.date | None:
    """The day that a bound parameter names, None where it is absent.

    Raises:
        InvalidParameter: no calendar has that day.
    """
    text = values.get(name)
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        raise InvalidParameter(name, str(text), f"{DAY_EXPECTED} that is in the calendar") from None
