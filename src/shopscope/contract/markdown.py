"""The endpoint table as Markdown, for pages that people and assistants read."""

from collections.abc import Iterable, Mapping

from shopscope.contract import samples
from shopscope.contract.endpoints import Endpoint
from shopscope.contract.parameters import Parameter


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; bars in cells are escaped."""
    head = list(head)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in r)} |" for r in lines)


def titles(meanings: Mapping[str, str]) -> str:
    """A table of fields and what they mean."""
    rows = ((f"`{name}`", meaning) for name, meaning in meanings.items())
    return table(("field", "meaning"), rows)


def price(endpoint: Endpoint) -> str:
    """What a request costs, such as `2 credits per request`."""
    credits = f"{endpoint.credits} credit{'' if endpoint.credits == 1 else 's'}"
    if endpoint.rows_per_price is None:
        return f"{credits} per request"
    return f"{credits} for every {endpoint.rows_per_price} rows or part of them, at least once"


def section(endpoint: Endpoint, base_url: str) -> str:
    """An endpoint with its parameters and a call of it, under a heading of the second level."""
    rows = map(_parameter, endpoint.parameters)
    parameters = "It takes no parameters."
    if endpoint.parameters:
        parameters = table(("parameter", "default", "takes", "meaning"), rows)
    return f"""## {endpoint.summary}

`{endpoint.method} {endpoint.path}` · {price(endpoint)}

{endpoint.description}

{parameters}

```sh
{samples.curl(endpoint, base_url)}```
"""


def _parameter(parameter: Parameter) -> tuple[str, ...]:
    takes = f"`{parameter.pattern}`" if parameter.pattern and not parameter.expected else ""
    default = "" if parameter.default is None else f"`{parameter.default}`"
    return (
        f"`{parameter.name}`",
        "required" if parameter.required else default,
        takes or parameter.expectation,
        parameter.meaning,
    )
