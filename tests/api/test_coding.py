"""Content codings: decoders of others read what is put together here."""

import gzip
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopscope.api.app import Api
from shopscope.api.coding import AS_IT_IS, COMPRESS_FROM, Begun, Wanted, begin, finish, wanted
from shopscope.contract.headers import CODINGS
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import LIVE, PAGE, SECONDARY, STORED, ask, decode

WHOLE = [Wanted(coding, 0) for coding in CODINGS]
END = b'"4893e64f-ed09-4f55-8ca5-ac330bfda8e2"}'


def decoded(begun: Begun, end: bytes) -> bytes:
    body = finish(begun, end)
    if begun.coding == "gzip":
        inflate = zlib.decompressobj(wbits=31)  # one member: stops behind the first
        plain = inflate.decompress(body) + inflate.flush()
        assert inflate.eof
        assert not inflate.unused_data
        assert gzip.decompress(body) == plain
        return plain
    size = begun.size + len(end)
    assert pa.Codec("zstd").decompress(body, size, asbytes=True) == pa.input_stream(
        pa.py_buffer(body), compression="zstd"
    ).read(size + 1)
    one_frame: bytes = pa.Codec("zstd").decompress(body, size, asbytes=True)
    return one_frame


@pytest.mark.parametrize("form", WHOLE)
@given(
    start=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda part, times: part * times, st.binary(min_size=1, max_size=9), st.integers(1, 99)
        ),
    ),
    end=st.binary(min_size=1, max_size=100),
)
def test_anything_comes_back(form: Wanted, start: bytes, end: bytes) -> None:
    assert decoded(begin(start, form), end) == start + end


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("size", [0, 1, 255, 256, 1024, 1025, 65_791, 65_792, 131_073, 300_000])
@pytest.mark.parametrize("kind", ["text", "noise", "zeros"])
def test_all_sizes_and_kinds_of_blocks(form: Wanted, size: int, kind: str) -> None:
    numbers = range(size)
    start = {
        "text": b"".join(b'{"product_id":"%d"},' % n for n in range(size // 20 + 1))[:size],
        "noise": bytes((n * 2_654_435_761 >> 13 ^ n * n >> 7) & 255 for n in numbers),
        "zeros": bytes(size),
    }[kind]
    begun = begin(start, form)
    assert decoded(begun, END) == start + END
    assert decoded(begun, b"}") == start + b"}"  # a beginning takes any number of ends


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "gzip"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd ; q=0.5 , gzip ; q=0.5", "zstd"),
        ("gzip;q=0", None),
        ("gzip;q=0.000, zstd;q=0.001", "zstd"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("zstd;q=0, *", "gzip"),
        ("identity", None),
        ("identity;q=0.5, gzip;q=0.4", None),
        ("identity, gzip", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("br, deflate", None),
        ("gzip;q=nonsense", None),
        ("gzip;level=9", "gzip"),
        ("", None),
        (",;=,q", None),
    ],
)
def test_weights_decide(header: str, coding: str | None) -> None:
    assert wanted(header.encode()).coding == coding


def test_who_refuses_answers_as_they_are_gets_small_ones_compressed_too() -> None:
    assert wanted(b"gzip").least == COMPRESS_FROM
    for header in (b"gzip, identity;q=0", b"gzip, *;q=0"):
        assert begin(b"small", wanted(header)).coding == "gzip"
    assert begin(b"small", wanted(b"gzip")).coding is None
    assert begin(b"small", AS_IT_IS) == Begun(None, b"small", 5)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("url", STORED)
def test_an_answer_is_the_same_in_every_coding(app: Api, url: str, coding: str) -> None:
    plain = ask(app, url, Accept_Encoding="identity")
    for _ in range(2):  # made, then kept
        head = ask(app, url, "HEAD", Accept_Encoding=coding)
        coded = ask(app, url, Accept_Encoding=coding)
        known = ask(app, url, Accept_Encoding=coding, If_None_Match=plain.headers["etag"])
        assert plain.headers["vary"] == coded.headers["vary"] == known.headers["vary"]
        assert coded.headers["etag"] == plain.headers["etag"]
        assert (known.status_code, known.content) == (304, b"")
        assert "content-encoding" not in known.headers
        assert head.content == b""
        same = ("content-length", "content-encoding", "etag")
        assert [head.headers.get(n) for n in same] == [coded.headers.get(n) for n in same]
        large = len(plain.content) > COMPRESS_FROM + 100
        assert coded.headers.get("content-encoding") == (coding if large else None)
        if large:
            assert int(coded.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in plain.headers


def test_gzip_is_read_by_a_client_and_has_its_own_request_id(app: Api) -> None:
    first, second = (ask(app, PAGE, Accept_Encoding="gzip") for _ in range(2))
    assert first.headers["content-encoding"] == second.headers["content-encoding"] == "gzip"
    assert decode(first).data == decode(second).data
    for answer in (first, second):
        assert decode(answer).requestId == answer.headers["x-request-id"]
    assert decode(first).requestId != decode(second).requestId


def test_errors_and_answers_of_this_moment_come_as_they_are(app: Api) -> None:
    for url in (*LIVE, SECONDARY):
        answer = ask(app, url, Accept_Encoding="gzip, zstd, identity;q=0")
        assert not {"vary", "content-encoding"} & set(answer.headers)
        decode(answer)


def test_rows_are_the_snapshot_s_bytes_in_every_coding(app: Api, snapshot: Snapshot) -> None:
    answer = ask(app, f"{PAGE}&product_ids=1729000000000000004", Accept_Encoding="gzip")
    assert snapshot.regions["US"].row(4) in answer.content
