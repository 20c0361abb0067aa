"""The error table: codes, messages and headers that clients rely on."""

import msgspec
import pytest

from shopscope.contract import errors
from shopscope.contract.envelope import ErrorEnvelope, failure, success

WORDED = [
    (errors.MissingParameter("region"), 400, "Missing required parameter: region"),
    (
        errors.InvalidParameter("page_num", "0", "an integer from 1 to 100000"),
        400,
        "Invalid parameter page_num: got '0', expected an integer from 1 to 100000",
    ),
    (
        errors.UnknownParameter("sort_field", "product_sort_field"),
        400,
        "Unknown parameter 'sort_field'; did you mean product_sort_field?",
    ),
    (errors.UnknownParameter("zz"), 400, "Unknown parameter 'zz'"),
    (errors.MalformedQuery("it is odd"), 400, "Malformed query string: it is odd"),
    (errors.KeyMissing(), 401, "apiKey is null"),
    (errors.KeyInvalid(), 401, "apiKey is invalid"),
    (errors.QuotaExhausted(), 402, "apiKey quota is not enough"),
    (errors.NotAllowed(), 403, "apiKey may not call this endpoint"),
    (errors.UnknownPath("/x"), 404, "No such endpoint: /x"),
    (
        errors.UnknownCategory("7"),
        404,
        "No such category: '7'; expected the id of a level-3 category, such as 601583",
    ),
    (
        errors.MethodNotAllowed("POST", ("GET", "HEAD")),
        405,
        "Method POST is not allowed here, expected GET or HEAD",
    ),
    (
        errors.QueryTooLong(20_000, 16_384),
        414,
        "Query string too long: 20000 bytes, expected at most 16384",
    ),
    (
        errors.ServedElsewhere("GB", ["DE", "US"]),
        421,
        "Market GB is not served here, expected DE or US: ask the server that has it",
    ),
    (errors.RateLimited(), 429, "qps limit exceeded"),
    (errors.InternalError(), 500, "Internal server error"),
    (
        errors.NotReady(),
        503,
        "No snapshot is published yet: load data, then run `shopscope rollup`",
    ),
    (errors.AccountsUnavailable(), 503, "Accounts can't be reached for a moment: ask again"),
]


@pytest.mark.parametrize(("error", "code", "message"), WORDED)
def test_code_and_message(error: errors.ApiError, code: int, message: str) -> None:
    assert (error.code, error.message) == (code, message)


def test_the_table_is_complete_and_ordered() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert set(errors.ERRORS) == {c for c in classes if issubclass(c, errors.ApiError)} - {
        errors.ApiError
    }
    assert {type(error) for error, _, _ in WORDED} == set(errors.ERRORS)
    codes = [error.code for error in errors.ERRORS]
    assert codes == sorted(codes)
    assert all(error.cause for error in errors.ERRORS)


def test_the_tree_is_drawn_in_the_docstring() -> None:
    drawn = [line.split()[1:] for line in (errors.__doc__ or "").splitlines() if "──" in line]
    assert drawn == [[error.__name__, str(error.code)] for error in errors.ERRORS]


def test_headers() -> None:
    assert errors.RateLimited(7).headers == {"retry-after": "7"}
    assert errors.NotReady().headers == {"retry-after": "1"}
    assert errors.AccountsUnavailable().headers == {"retry-after": "1"}
    assert errors.MethodNotAllowed("PUT", ("GET", "HEAD")).headers == {"allow": "GET, HEAD"}
    assert errors.KeyMissing().headers == {}


@pytest.mark.parametrize("text", ["\ud800", "\x00\x1b[31m", '"\\\n', "ключ", "x" * 5000])
def test_whatever_text_is_quoted_the_envelope_is_json(text: str) -> None:
    for error in (
        errors.InvalidParameter("keyword", text, "text"),
        errors.UnknownParameter(text),
        errors.UnknownPath(text),
        errors.MethodNotAllowed(text[:10], ("GET",)),
    ):
        decoded = msgspec.json.decode(failure(error, "id"), type=ErrorEnvelope)
        assert decoded.code == error.code
        assert len(decoded.message) < 600


def test_envelopes_have_the_wire_s_keys_in_its_order() -> None:
    assert success(b"[]", "id") == b'{"code":0,"message":"success","data":[],"requestId":"id"}'
    assert failure(errors.KeyMissing(), "id") == (
        b'{"code":401,"data":null,"message":"apiKey is null","requestId":"id"}'
    )
