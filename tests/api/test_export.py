"""The export of products, against the product list over all its pages, in every format."""

import csv
import io
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shopscope import Client
from shopscope.accounts.gate import OpenGate
from shopscope.api.app import Api, create_app
from shopscope.client.answer import ROWS, answer_of
from shopscope.client.call import KINDS
from shopscope.client.decode import decode as decode_rows
from shopscope.client.row import arrived
from shopscope.client.tables import Columns
from shopscope.contract.exports import FORMATS
from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.products.export import formats, process
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import LIST, Holder, ask
from tests.snapshot import rows

EXPORT = "/v1/tiktok/product/export"
SIZE = 2 * process.SMALL + 237
"""Products of the market: more than are exported without a process, where that is not changed."""
HOSTILE = ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", 'a "b", c\nd', "naïve 台灯 🪔", "<script>"]
NAMES = [field.name for field in (*FIELDS, *EXTRA_FIELDS)]
ORDERED = "&product_sort_field=spu_avg_price&sort_type=0"
SELECTIONS = ("region=US&min_product_rating=0.2", "region=US")


def delivered(row: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A row as some upstream may have sent it: laid out in lines, in other types."""
    plain = {name: row[name] for name in (field.name for field in FIELDS)}
    ready = msgspec.json.format(msgspec.json.encode({**plain, **other}), indent=1)
    return {**row, "row": ready.decode()}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    listed = rows.table(SIZE).to_pylist()
    for number, name in enumerate(HOSTILE):
        listed[number]["product_name"] = name
    listed[20] = delivered(listed[20])
    listed[21] = delivered(listed[21], discount=None, skus=[{"sku_id": "1"}], max_price="7.5")
    listed[22] = delivered({**listed[22], "first_crawl_dt": 0})
    table = pa.Table.from_pylist(listed, schema=rows.table(1).schema)
    return rows.opened(tmp_path_factory.mktemp("many"), rows.region_rows(table))


@pytest.fixture(autouse=True)
def in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large a file is: a process takes a second to begin."""
    monkeypatch.setattr(process, "SMALL", SIZE)


@pytest.fixture(scope="module")
def app(snapshot: Snapshot) -> Api:
    return create_app(Holder(snapshot), Settings(page_size_max=1_000), OpenGate())


def pages(app: Api, selection: str) -> list[httpx2.Response]:
    """Every page of the list."""
    found = []
    for number in range(1, 9):
        url = f"{LIST}?{selection}&page_num={number}&page_size=500"
        found.append(ask(app, url))
        if not msgspec.json.decode(found[-1].content)["data"]:
            return found[:-1]
    raise AssertionError("no end")


def wire(app: Api, selection: str) -> list[bytes]:
    """The bytes of every row of the list."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    lists = (decoder.decode(page.content)["data"] for page in pages(app, selection))
    return [
        bytes(row) for each in lists for row in msgspec.json.decode(each, type=list[msgspec.Raw])
    ]


def sdk_table(app: Api, selection: str) -> pa.Table:
    """The list as the SDK's table."""
    kind = KINDS["list_products"].row
    columns = Columns(kind, float)
    for page in pages(app, selection):
        answer = answer_of(page.content, ROWS, {})
        listed = decode_rows(page.content, kind, float, ROWS).rows
        columns.add(arrived(row, answer, number) for number, row in enumerate(listed))
    return columns.to_arrow()


def export(app: Api, selection: str, format_: str) -> bytes:
    answer = ask(app, f"{EXPORT}?{selection}&format={format_}")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("growth", ["", "&extra_fields=growth"])
def test_ndjson_has_the_list_s_bytes(app: Api, selection: str, growth: str) -> None:
    asked = selection + ORDERED + growth
    lines = export(app, asked, "ndjson").splitlines()
    expected = wire(app, asked)
    assert len(expected) > 500
    layouts = sum(b"\n" in row for row in expected)
    assert layouts == 3 or selection != "region=US"
    assert lines == [row.replace(b"\n", b" ") for row in expected]


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("growth", ["", "&extra_fields=growth"])
def test_arrow_and_parquet_have_the_sdk_s_table(app: Api, selection: str, growth: str) -> None:
    asked = selection + ORDERED + growth
    expected = sdk_table(app, asked)
    assert pa.ipc.open_stream(export(app, asked, "arrow")).read_all().equals(expected)
    assert pq.read_table(io.BytesIO(export(app, asked, "parquet"))).equals(expected)
    types = {name: str(expected.schema.field(name).type) for name in expected.schema.names}
    assert (types["product_id"], types["total_sale_cnt"]) == ("string", "int64")
    assert (types["spu_avg_price"], types["first_crawl_dt"]) == ("double", "date32[day]")


@pytest.mark.parametrize("name", FORMATS)
def test_a_process_makes_the_same_file(
    app: Api, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"region=US{ORDERED}&extra_fields=growth"
    expected = export(app, asked, name)
    monkeypatch.setattr(process, "SMALL", 0)
    assert export(app, asked, name) == expected


def test_groups_of_parquet_are_bounded(app: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "AT_ONCE", 100)
    monkeypatch.setattr(formats, "GROUP_BYTES", 500_000)
    file = pq.ParquetFile(io.BytesIO(export(app, "region=US" + ORDERED, "parquet")))
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert len(sizes) > 2
    assert max(sizes) < SIZE / 2
    assert file.read().equals(sdk_table(app, "region=US" + ORDERED))


def test_csv_has_the_same_values_but_runs_no_formula(app: Api) -> None:
    asked = f"region=US{ORDERED}&extra_fields=growth"
    content = export(app, asked, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert head == NAMES
    expected = sdk_table(app, asked).to_pylist()
    guarded = 0
    for line, row in zip(lines, expected, strict=True):
        for name, text in zip(NAMES, line, strict=True):
            value = row[name]
            if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")):
                assert text == f"'{value}"
                guarded += 1
            elif isinstance(value, float):
                assert float(text) == value
            else:
                assert text == ("" if value is None else str(value))
    assert guarded >= 5


def test_without_an_order_rows_are_in_that_of_their_ids(app: Api) -> None:
    for asked in ("region=US", "region=US&min_product_rating=2&max_product_rating=4"):
        lines = export(app, asked, "ndjson").splitlines()
        ids = [int(msgspec.json.decode(line)["product_id"]) for line in lines]
        assert ids == sorted(ids)
        expected = [row.replace(b"\n", b" ") for row in wire(app, asked)]
        assert sorted(lines) == sorted(expected)


@pytest.mark.parametrize("order", ["", ORDERED])
@pytest.mark.parametrize("limit", [1, 5, 700, 10**9])
def test_a_limit_is_the_beginning(app: Api, order: str, limit: int) -> None:
    whole = export(app, f"region=US{order}", "ndjson").splitlines()
    answer = ask(app, f"{EXPORT}?region=US{order}&limit={limit}")
    assert answer.content.splitlines() == whole[:limit]
    assert answer.headers["x-total-count"] == str(min(limit, SIZE))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("asked", ["region=US&keyword=nobody", "region=BR"])
def test_nothing_is_a_file_too(app: Api, name: str, asked: str) -> None:
    content = export(app, asked, name)
    if name == "ndjson":
        assert content == b""
    elif name == "csv":
        (line,) = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        assert line == [field.name for field in FIELDS]
    elif name == "arrow":
        assert pa.ipc.open_stream(content).read_all().num_rows == 0
    else:
        assert pq.read_table(io.BytesIO(content)).num_rows == 0


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_says_what_it_is(app: Api, snapshot: Snapshot, name: str) -> None:
    answer = ask(app, f"{EXPORT}?region=US&format={name}&sort_field=1&limit=10")
    file_name = f"products-US-{rows.AS_OF:%Y%m%d}.{name}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{file_name}"'
    assert answer.headers["content-type"] == FORMATS[name]
    assert answer.headers["x-snapshot-id"] == snapshot.id
    assert answer.headers["x-as-of"] == rows.AS_OF.isoformat()
    assert answer.headers["x-ignored-parameters"] == "sort_field"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "content-length" not in answer.headers


def test_head_and_a_known_file_have_no_body(app: Api) -> None:
    url = f"{EXPORT}?region=US&format=parquet"
    head = ask(app, url, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["x-total-count"] == str(SIZE)
    known = head.headers["etag"]
    again = ask(app, url, If_None_Match=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known)
    others = ["&limit=3", "&product_sort_field=1", "&extra_fields=growth", "&min_review_count=1"]
    tags = {ask(app, url + other, "HEAD").headers["etag"] for other in others}
    tags.add(ask(app, f"{EXPORT}?region=US", "HEAD").headers["etag"])
    assert len(tags | {known}) == 6
    assert ask(app, f"{url}&sort_type=0", "HEAD").headers["etag"] == known


def test_a_strict_server_refuses_what_it_does_not_know(snapshot: Snapshot) -> None:
    strict = create_app(Holder(snapshot), Settings(strict_parameters=True), OpenGate())
    answer = ask(strict, f"{EXPORT}?region=US&page_num=1")
    assert answer.status_code == 400
    assert "page_num" in answer.json()["message"]


def test_the_client_s_file_is_the_api_s(app: Api, tmp_path: Path) -> None:
    with Client(app=app) as client:
        written = client.products.export(tmp_path / "all.arrow", region="US", sort="-spu_avg_price")
    asked = "region=US&product_sort_field=3"
    assert written.path.read_bytes() == export(app, asked, "arrow")
    assert written.rows == SIZE
