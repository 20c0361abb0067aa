"""Every line of the error table, on every endpoint, from a real server by a key; exact messages.

The requests are made from the endpoint table, so a new endpoint is held by itself.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx2
import pytest

from shopscope.accounts.keys import IssuedKey, Limits
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import ERRORS, UnknownCategory
from tests.api.kit import build, decode, question
from tests.api.odd import Odd, odd
from tests.api.till import Till, bearer
from tests.serving import Running, running

ENDPOINTS = endpoints()


def among(table: Iterable[Endpoint]) -> pytest.MarkDecorator:
    """Run the test on these endpoints."""
    return pytest.mark.parametrize("endpoint", list(table), ids=lambda e: e.operation_id)


each = among(ENDPOINTS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    build(folder / "snapshots")
    return folder


@pytest.fixture(scope="module")
def till(data: Path) -> Iterator[Till]:
    made = Till(data)
    yield made
    made.close()


@pytest.fixture(scope="module")
def key(till: Till) -> IssuedKey:
    return till.key(credits=1000, qps=1000, burst=1000)


@pytest.fixture(scope="module")
def server(till: Till, data: Path) -> Iterator[Running]:
    with running(data, "--no-open") as made:
        yield made


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client() as made:
        yield made


def refused(response: httpx2.Response, code: int, message: str) -> httpx2.Response:
    """Hold an answer against its line of the table."""
    assert response.headers["content-type"] == "application/json"
    answer = decode(response)
    assert (response.status_code, answer.code, answer.data) == (code, code, None)
    assert answer.message == message
    assert answer.requestId == response.headers["x-request-id"]
    return response


@among(e for e in ENDPOINTS if any(p.required for p in e.parameters))
def test_missing_parameter(
    server: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    required = [p for p in endpoint.parameters if p.required]
    for missing in required:
        given = "&".join(f"{p.name}={p.example}" for p in required if p != missing)
        for url in (f"{endpoint.path}?{given}", f"{endpoint.path}?{given}&{missing.name}="):
            refused(
                client.get(server.url + url, headers=bearer(key)),
                400,
                f"Missing required parameter: {missing.name}",
            )


WRONG = {"string": "\x07", "integer": "one", "number": "1..5"}


@among(e for e in ENDPOINTS if e.parameters)
def test_invalid_parameter(
    server: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    """Every parameter that does not take just any text."""
    tried = 0
    for parameter in endpoint.parameters:
        wrong = WRONG[parameter.type]
        anything = parameter.type == "string" and not parameter.choices
        if anything and re.fullmatch(parameter.pattern or ".*", wrong, re.ASCII):
            continue
        tried += 1
        others = {p.name: str(p.example) for p in endpoint.parameters if p.required}
        query = {**others, parameter.name: wrong}
        refused(
            client.get(server.url + endpoint.path, params=query, headers=bearer(key)),
            400,
            f"Invalid parameter {parameter.name}: got {wrong!r}, expected {parameter.expectation}",
        )
    assert tried


@each
def test_malformed_query(
    server: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    refused(
        client.get(f"{server.url}{question(endpoint)}&x=%FF", headers=bearer(key)),
        400,
        "Malformed query string: x=%FF is not UTF-8, percent-encoded",
    )


@each
def test_key_missing(server: Running, client: httpx2.Client, endpoint: Endpoint) -> None:
    for headers in ({}, {"Authorization": ""}):
        response = client.get(server.url + question(endpoint), headers=headers)
        refused(response, 401, "apiKey is null")


@each
def test_key_invalid(
    server: Running, client: httpx2.Client, till: Till, key: IssuedKey, endpoint: Endpoint
) -> None:
    revoked = till.key()
    till.keys.revoke(revoked.id, till.now)
    for text in ("x", f"{key.key}x", revoked.key):
        response = client.get(server.url + question(endpoint), headers=bearer(text))
        refused(response, 401, "apiKey is invalid")


@among(e for e in ENDPOINTS if e.credits)
def test_quota_exhausted(
    server: Running, client: httpx2.Client, till: Till, endpoint: Endpoint
) -> None:
    poor = till.key(credits=endpoint.credits - 1)
    response = client.get(server.url + question(endpoint), headers=bearer(poor))
    refused(response, 402, "apiKey quota is not enough")
    assert response.headers["x-credits-left"] == str(endpoint.credits - 1)


@each
def test_not_allowed(
    server: Running, client: httpx2.Client, till: Till, endpoint: Endpoint
) -> None:
    others = tuple(e.operation_id for e in ENDPOINTS if e != endpoint)
    limited = till.key(endpoints=others)
    response = client.get(server.url + question(endpoint), headers=bearer(limited))
    refused(response, 403, "apiKey may not call this endpoint")
    till.keys.limit(limited.id, Limits(endpoints=(endpoint.resource,)), 0, till.now)
    response = client.get(server.url + question(endpoint), headers=bearer(limited))
    assert response.status_code == 200


@each
def test_unknown_path(
    server: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    path = f"{endpoint.path}/more"
    response = client.get(server.url + path, headers=bearer(key))
    refused(response, 404, f"No such endpoint: {path}")


@among(e for e in ENDPOINTS if UnknownCategory in e.errors)
def test_unknown_category(
    server: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    response = client.get(f"{server.url}{endpoint.path}?id=7", headers=bearer(key))
    message = "No such category: '7'; expected the id of a level-3 category, such as 601583"
    refused(response, 404, message)
    assert response.headers["x-credits-used"] == "0"


@each
def test_method_not_allowed(server: Running, client: httpx2.Client, endpoint: Endpoint) -> None:
    response = client.post(server.url + question(endpoint))
    message = "Method POST is not allowed here, expected GET or HEAD"
    refused(response, 405, message)
    assert response.headers["allow"] == "GET, HEAD"


@each
def test_query_too_long(
    server: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    url = f"{server.url}{endpoint.path}?{'x' * 20_000}"
    message = "Query string too long: 20000 bytes, expected at most 16384"
    refused(client.get(url, headers=bearer(key)), 414, message)


@each
def test_rate_limited(
    server: Running, client: httpx2.Client, till: Till, endpoint: Endpoint
) -> None:
    slow = till.key(qps=0.01, burst=1)
    assert client.get(server.url + question(endpoint), headers=bearer(slow)).status_code == 200
    response = client.get(server.url + question(endpoint), headers=bearer(slow))
    refused(response, 429, "qps limit exceeded")
    assert 90 < int(response.headers["retry-after"]) <= 100


@each
def test_accounts_unavailable(
    server: Running, client: httpx2.Client, till: Till, data: Path, key: IssuedKey,
    endpoint: Endpoint,
) -> None:  # fmt: skip
    url = server.url + question(endpoint)
    left = till.left(key)
    with broken_database(data):
        response = client.get(url, headers=bearer(key))
        message = "Accounts can't be reached for a moment: ask again"
        refused(response, 503, message)
        assert response.headers["retry-after"] == "1"
    assert till.left(key) == left
    assert client.get(url, headers=bearer(key)).status_code == 200


@contextlib.contextmanager
def broken_database(data: Path) -> Iterator[None]:
    """While inside, the table of the keys is not there."""
    with contextlib.closing(sqlite3.connect(data / "accounts.db", timeout=5)) as connection:
        connection.execute("ALTER TABLE keys RENAME TO lost")
        try:
            yield
        finally:
            connection.execute("ALTER TABLE lost RENAME TO keys")


@pytest.fixture(scope="module")
def strict(till: Till, data: Path) -> Iterator[Running]:
    with running(data, "--no-open", "--strict-parameters") as made:
        yield made


@each
def test_unknown_parameter(
    strict: Running, client: httpx2.Client, key: IssuedKey, endpoint: Endpoint
) -> None:
    response = client.get(f"{strict.url}{question(endpoint)}&zzzz=1", headers=bearer(key))
    refused(response, 400, "Unknown parameter 'zzzz'")


@pytest.fixture(scope="module")
def broken(till: Till, data: Path) -> Iterator[Odd]:
    with odd("broken", data) as made:
        yield made


@each
def test_internal_error(broken: Odd, client: httpx2.Client, till: Till, endpoint: Endpoint) -> None:
    key = till.key(credits=10)
    response = client.get(broken.url + question(endpoint), headers=bearer(key))
    refused(response, 500, "Internal server error")
    assert (response.headers["x-credits-used"], till.left(key)) == ("0", 10)
    faults = [line for line in broken.log() if line["message"] == "request failed"]
    (fault,) = (f for f in faults if f["request_id"] == response.headers["x-request-id"])
    assert "the disk is gone" in fault["exception"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, IssuedKey]]:
    folder = tmp_path_factory.mktemp("empty")
    till = Till(folder)
    with running(folder, "--no-open") as made:
        yield made, till.key(credits=100)
    till.close()


@pytest.fixture(scope="module")
def others(data: Path, till: Till) -> Iterator[tuple[Running, IssuedKey]]:
    """A server with another market only."""
    with running(data, "--no-open", "--regions", "GB") as made:
        yield made, till.key(credits=100)


@among(e for e in ENDPOINTS if not e.live)
def test_not_ready(
    empty: tuple[Running, IssuedKey], client: httpx2.Client, endpoint: Endpoint
) -> None:
    server, key = empty
    response = client.get(server.url + question(endpoint), headers=bearer(key))
    message = "No snapshot is published yet: load data, then run `shopscope rollup`"
    refused(response, 503, message)
    assert (response.headers["retry-after"], response.headers["x-credits-left"]) == ("1", "100")


@among(e for e in ENDPOINTS if e.resource == "products")
def test_served_elsewhere(
    others: tuple[Running, IssuedKey], client: httpx2.Client, endpoint: Endpoint
) -> None:
    server, key = others
    query = {p.name: str(p.example) for p in endpoint.parameters if p.required} | {"region": "US"}
    response = client.get(server.url + endpoint.path, params=query, headers=bearer(key))
    message = "Market US is not served here, expected GB: ask the server that has it"
    refused(response, 421, message)
    assert response.headers["x-credits-left"] == "100"


def test_every_line_of_the_table_is_here() -> None:
    for error in ERRORS:
        words = re.findall("[A-Z][a-z]+", error.__name__)
        assert f"test_{'_'.join(words).lower()}" in globals()
