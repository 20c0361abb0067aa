"""Exports into files: format, price, and what is left behind when something goes wrong."""

import errno
import io
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shopscope import (
    BudgetExceeded,
    ClientError,
    ConnectionError,
    InvalidParameter,
    NotFound,
    QuotaExhausted,
    UnexpectedAnswer,
)
from shopscope.api.app import Api
from shopscope.client.notices import IgnoredParameterWarning
from tests.api.kit import ask
from tests.client.kit import Driver, reply

EXPORT = "/v1/tiktok/product/export?region=US"


def file(content: Any = b"rows", **headers: str) -> httpx2.Response:
    named = {"content-type": "application/x-ndjson", "x-total-count": "25"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(200, headers=named, content=content)


@pytest.mark.parametrize("name", ["all.parquet", "all.arrow", "all.csv", "all.ndjson"])
def test_the_file_is_what_the_server_sends(
    driver: Driver, app: Api, tmp_path: Path, name: str
) -> None:
    client = driver.client(app=app)
    written = driver(client.products.export(tmp_path / name, region="US", sort="spu_avg_price"))
    sent = ask(app, f"{EXPORT}&product_sort_field=3&format={name.partition('.')[2]}")
    assert (tmp_path / name).read_bytes() == sent.content
    assert (written.path, written.rows) == (tmp_path / name, 25)
    assert written.answer.snapshot_id == sent.headers["x-snapshot-id"]
    assert (written.answer.credits_used, written.answer.raw) == (0, b"")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_format_is_said_or_the_name_s_end(driver: Driver, tmp_path: Path) -> None:
    client = driver.client(file())
    for name, given, asked in (
        ("a.csv", None, "csv"),
        ("a.csv", "arrow", "arrow"),
        ("a", "ndjson", "ndjson"),
    ):
        driver(client.products.export(str(tmp_path / name), region="US", format=given, limit=7))
        query = client._line._connection._http._transport.queries[-1]
        assert query == {"region": "US", "format": asked, "limit": "7"}


@pytest.mark.parametrize(("name", "given"), [("a", None), ("a.xlsx", None), ("a.csv", "xlsx")])
def test_other_formats_are_refused_before_anything_is_sent(
    driver: Driver, tmp_path: Path, name: str, given: str | None
) -> None:
    client = driver.client(file())
    with pytest.raises(InvalidParameter, match="ndjson csv arrow parquet"):
        driver(client.products.export(tmp_path / name, region="US", format=given))
    with pytest.raises(TypeError, match="page_size"):
        driver(client.products.export(tmp_path / "a.csv", region="US", page_size=3))
    assert client._line._connection._http._transport.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(code=402), QuotaExhausted),
        (reply(code=404, status=200), NotFound),
        (reply([]), ClientError),
        (httpx2.Response(302, headers={"location": "/x"}), ClientError),
        (httpx2.Response(200, headers={"content-type": "application/json"}), ClientError),
    ],
)
def test_an_error_leaves_what_was_there(
    driver: Driver, tmp_path: Path, answer: httpx2.Response, error: type[Exception]
) -> None:
    before = tmp_path / "a.csv"
    before.write_text("before")
    with pytest.raises(error):
        driver(driver.client(answer).products.export(before, region="US"))
    assert before.read_text() == "before"
    assert list(tmp_path.iterdir()) == [before]


class Cut(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Any:
        yield b"a" * 100_000
        raise httpx2.RemoteProtocolError("incomplete chunked read")

    async def __aiter__(self) -> Any:
        for part in self:
            yield part


def test_a_file_that_breaks_off_is_not_asked_for_again(driver: Driver, tmp_path: Path) -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, headers=file().headers, stream=Cut())

    client = driver.client(transport=httpx2.MockTransport(answer))
    with pytest.raises(ConnectionError, match="cut") as caught:
        driver(client.products.export(tmp_path / "a.csv", region="US"))
    assert (len(seen), caught.value.retryable) == (1, False)
    assert list(tmp_path.iterdir()) == []


def test_what_has_not_begun_is_asked_for_again(driver: Driver, tmp_path: Path) -> None:
    client = driver.client(reply(code=503), httpx2.ReadError("cut"), file(b"x"))
    written = driver(client.products.export(tmp_path / "a.csv", region="US"))
    assert written.path.read_bytes() == b"x"
    assert len(client._line.slept) == 2


def test_a_place_that_can_t_be_written_to_is_told_before_asking(
    driver: Driver, tmp_path: Path
) -> None:
    client = driver.client(file())
    with pytest.raises(FileNotFoundError):
        driver(client.products.export(tmp_path / "none" / "a.csv", region="US"))
    assert client._line._connection._http._transport.requests == []


def test_a_full_disk_is_an_error_of_the_disk(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda *_: Full())
    client = driver.client(file())
    with pytest.raises(OSError, match="No space left"):
        driver(client.products.export(tmp_path / "a.csv", region="US"))
    assert len(client._line._connection._http._transport.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_budget_is_asked_with_the_number_of_rows(driver: Driver, tmp_path: Path) -> None:
    head = {"x_credits_used": "1"}
    client = driver.client(file(b"", **head), file(b"x", x_credits_used="3"))
    careful = client.with_budget(credits=4)
    driver(careful.products.export(tmp_path / "a.csv", region="US"))
    asked = [r.method for r in client._line._connection._http._transport.requests]
    assert asked == ["HEAD", "GET"]
    assert (careful.budget.used, careful.budget.left) == (4, 0)

    client = driver.client(file(b"", **head))
    careful = client.with_budget(credits=3)
    with pytest.raises(BudgetExceeded):
        driver(careful.products.export(tmp_path / "b.csv", region="US"))
    assert (careful.budget.used, careful.budget.left) == (1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_an_error_costs_a_budget_nothing(driver: Driver, tmp_path: Path) -> None:
    careful = driver.client(reply(code=402)).with_budget(credits=10)
    with pytest.raises(QuotaExhausted):
        driver(careful.products.export(tmp_path / "a.csv", region="US"))
    assert careful.budget.used == 0


def test_ignored_parameters_are_told(driver: Driver, tmp_path: Path) -> None:
    client = driver.client(file(x_ignored_parameters="zzz"))
    with pytest.warns(IgnoredParameterWarning, match="zzz"):
        driver(client.products.export(tmp_path / "a.csv", region="US", extra={"zzz": 1}))


def test_an_answer_that_is_no_envelope_is_shown(driver: Driver, tmp_path: Path) -> None:
    client = driver.client(httpx2.Response(404, content=b"<html>nothing here"))
    with pytest.raises(ClientError, match="nothing here") as caught:
        driver(client.products.export(tmp_path / "a.csv", region="US"))
    assert not isinstance(caught.value, UnexpectedAnswer)
