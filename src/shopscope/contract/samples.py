"""Code that makes a call, in the languages people ask in, and a prompt for an assistant.

`query` is what is asked, by parameter; without it, the example of the endpoint. `pages` are the
numbers of the pages, one after the other, for endpoints with `page_num`; then `query` has none.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import msgspec

from shopscope.contract.endpoints import Endpoint

KEY = "sk_live_YOUR_KEY"

Query = Mapping[str, str]


def example_query(endpoint: Endpoint) -> dict[str, str]:
    """A complete query that the endpoint answers."""
    return {p.name: str(p.example) for p in endpoint.parameters if p.example is not None}


def path(endpoint: Endpoint, query: Query) -> str:
    """Path and query string."""
    encoded = urlencode(query, quote_via=quote, safe=",:")
    return f"{endpoint.path}?{encoded}" if encoded else endpoint.path


def example_url(endpoint: Endpoint, base_url: str) -> str:
    """The address of the example's query."""
    return base_url + path(endpoint, example_query(endpoint))


def curl(
    endpoint: Endpoint, base_url: str, query: Query | None = None, pages: Sequence[int] = ()
) -> str:
    """For a shell; curl itself goes through the pages."""
    url = base_url + path(endpoint, example_query(endpoint) if query is None else query)
    if pages:
        numbers = str(pages[0]) if len(pages) == 1 else f"[{pages[0]}-{pages[-1]}]"
        url += f"{'&' if '?' in url else '?'}page_num={numbers}"
    return f"curl --request GET \\\n  --url '{url}' \\\n  --header 'Authorization: Bearer {KEY}'\n"


def python(
    endpoint: Endpoint, base_url: str, query: Query | None = None, pages: Sequence[int] = ()
) -> str:
    """For Python with this package's client."""
    query = example_query(endpoint) if query is None else query
    numbers = {p.name for p in endpoint.parameters if p.type != "string"}
    given = {n: v if n in numbers else _text(v) for n, v in query.items()}
    if pages:
        given |= {"page_num": str(pages[0]), "max_pages": str(len(pages))}
    elif "page_num" in given:
        given["max_pages"] = "1"
    method = f"client.{endpoint.resource}.{endpoint.verb}"
    lines = "".join(f"    {name}={value},\n" for name, value in given.items())
    if endpoint.files:
        lines = f"    {_text(_file(endpoint, query))},\n{lines}"
    call = f"{method}(\n{lines})" if lines else f"{method}()"
    shown = "for row in answer:\n    print(row)" if _listed(endpoint) else "print(answer)"
    return f"""from shopscope import Client

client = Client("{KEY}", base_url="{base_url}")
answer = {call}
{shown}
"""


def javascript(
    endpoint: Endpoint, base_url: str, query: Query | None = None, pages: Sequence[int] = ()
) -> str:
    """For JavaScript with fetch."""
    query = example_query(endpoint) if query is None else query
    lines = "".join(f"  {name}: {_text(value)},\n" for name, value in query.items())
    params = f"const query = new URLSearchParams({{\n{lines}}});\n" if lines or pages else ""
    address = f"{base_url}{endpoint.path}{'?${query}' if params else ''}"
    asked = f"""const response = await fetch(`{address}`, {{
  headers: {{ Authorization: "Bearer {KEY}" }},
}});
"""
    if endpoint.files:
        return f"""{params}{asked}if (!response.ok) {{
  throw new Error(await response.text());
}}
const file = await response.blob();
console.log(response.headers.get("X-Total-Count"), file.size);
"""
    fetched = f"""{asked}const answer = await response.json();
if (answer.code !== 0) {{
  throw new Error(`${{answer.code}} ${{answer.message}} (${{answer.requestId}})`);
}}
console.log(answer.data);
"""
    if not pages:
        return params + fetched
    inside = "".join(f"  {line}\n" for line in fetched.splitlines())
    return (
        f"{params}for (let page = {pages[0]}; page <= {pages[-1]}; page++) {{\n"
        f'  query.set("page_num", page);\n{inside}}}\n'
    )


def prompt(
    endpoint: Endpoint, base_url: str, query: Query | None = None, pages: Sequence[int] = ()
) -> str:
    """For an assistant that is asked to write the code."""
    query = example_query(endpoint) if query is None else query
    if pages:
        query = {**query, "page_num": str(pages[0])}
    takes = "\n".join(
        f"- {p.name} ({'required' if p.required else 'optional'}, {p.expectation}): {p.description}"
        for p in endpoint.parameters
    )
    more = f", and the same up to page_num={pages[-1]}" if len(pages) > 1 else ""
    example = msgspec.json.format(msgspec.json.encode(endpoint.example), indent=2).decode()
    price, part = f"{endpoint.credits} credit(s) a request", '"data"'
    success = (
        'A success is HTTP 200 with {"code": 0, "message": "success", "data": ..., "requestId": '
        '"..."}.'
    )
    if endpoint.files:
        price = f"{endpoint.credits} credit(s) for {endpoint.rows_per_price} rows or part of them"
        part = "a row, which in ndjson is one line"
        success = (
            "A success is HTTP 200 with a file: write it to disk while it comes. If the connection "
            "breaks off, the file is not whole.\nAnything else is JSON."
        )
    return f"""Write code that makes this API call and handles its answer, errors included.

Request: GET {base_url}{path(endpoint, query)}{more}
Header: Authorization: Bearer {KEY}
What it does: {endpoint.description}
Price: {price}; only a success is charged.

Parameters of the query string:
{takes or "none"}

{success}
Otherwise "code" is the HTTP status, "data" is null, and "message" says what is wrong; on 429 wait
as many seconds as the header Retry-After says. Ids have 19 digits: keep them as text.

An example of {part}:
{example}
"""


def _file(endpoint: Endpoint, query: Query) -> str:
    """A name for the file of an answer."""
    return f"{endpoint.resource}.{query.get('format') or next(iter(endpoint.files))}"


def _listed(endpoint: Endpoint) -> bool:
    return isinstance(endpoint.example, list) or hasattr(endpoint.example, "pagination")


def _text(value: str) -> str:
    """As a text of Python and of JavaScript alike."""
    return msgspec.json.encode(value).decode()
