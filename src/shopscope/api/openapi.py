"""The OpenAPI 3.1 document, made from the endpoint table."""

from collections.abc import Iterable
from typing import Any

import msgspec

import shopscope
from shopscope.api.examples import ERROR_EXAMPLES, REQUEST_ID
from shopscope.contract import headers, products, samples
from shopscope.contract.accounts import ACCOUNT_TITLES, USAGE_TITLES
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.envelope import ErrorEnvelope
from shopscope.contract.errors import (
    ERRORS,
    ApiError,
    KeyInvalid,
    MethodNotAllowed,
    UnknownPath,
)
from shopscope.contract.facets import FACET_TITLES
from shopscope.contract.headers import Header
from shopscope.contract.history import RANKING_TITLES, TREND_TITLES
from shopscope.contract.insight_rows import FIELD_TITLES
from shopscope.contract.markdown import price
from shopscope.contract.parameters import Parameter
from shopscope.settings import Settings

_SCHEMAS = "#/components/schemas/"

_SUCCESS_HEADERS = (
    headers.REQUEST_ID,
    headers.TOTAL_COUNT,
    headers.AS_OF,
    headers.SNAPSHOT_ID,
    headers.IGNORED_PARAMETERS,
    headers.ETAG,
    headers.CACHE_CONTROL,
    headers.CONTENT_ENCODING,
    headers.VARY,
    *headers.ACCOUNT_HEADERS,
)
_NOT_MODIFIED_HEADERS = (
    headers.REQUEST_ID,
    headers.SNAPSHOT_ID,
    headers.ETAG,
    headers.CACHE_CONTROL,
    headers.VARY,
    *headers.ACCOUNT_HEADERS,
)
_LIVE_HEADERS = (
    headers.REQUEST_ID,
    headers.TOTAL_COUNT,
    headers.IGNORED_PARAMETERS,
    headers.CACHE_CONTROL,
    *headers.ACCOUNT_HEADERS,
)

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    414: "URI Too Long",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


_OF_PATHS = (UnknownPath, MethodNotAllowed)
"""Errors that no operation of the document can have."""


def document(settings: Settings) -> dict[str, Any]:
    """The whole document as plain values."""
    table = endpoints(settings.page_size_max)
    refs, schemas = msgspec.json.schema_components(
        [*(endpoint.answer for endpoint in table), ErrorEnvelope],
        ref_template=_SCHEMAS + "{name}",
    )
    _describe(schemas)
    own = {error for endpoint in table for error in endpoint.errors}
    everywhere = [error for error in ERRORS if error not in (*_OF_PATHS, *own)]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Shopscope",
            "version": shopscope.__version__,
            "summary": "TikTok Shop product intelligence",
            "description": "Every answer is an envelope: `code` 0 and `data`, or the HTTP status "
            "as `code` and a `message`. Credits are charged for answers with code 0 only: not for "
            "errors, 304, or a client that hung up before its answer was ready.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server this document is from"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(e.tag for e in table)],
        "paths": {
            e.path: {e.method.lower(): _operation(e, data, everywhere, settings.url)}
            for e, data in zip(table, refs, strict=False)
        },
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "sk_live_…",
                    "description": "An API key, in `Authorization: Bearer sk_live_…`. "
                    "`shopscope keys create NAME` makes one. A server started with `--open` asks "
                    "for none.",
                }
            },
            "headers": {header.name: _header(header) for header in headers.HEADERS},
            "responses": {str(code): _error_response(code) for code in _codes([*everywhere, *own])},
            "schemas": schemas,
        },
    }


def openapi_json(settings: Settings) -> bytes:
    """The whole document, encoded."""
    return msgspec.json.encode(document(settings))


def _describe(schemas: dict[str, Any]) -> None:
    """Give every field of a product its meaning; docstrings are for readers of the code."""
    row = schemas["ProductRow"]
    row["description"] = " ".join(row["description"].split())
    for field in products.FIELDS:
        row["properties"][field.name]["description"] = field.title
    for field in products.EXTRA_FIELDS:
        row["properties"][field.name] = {"type": field.type, "description": field.title}
    for name, schema in schemas.items():
        if name.startswith("Insight"):
            schema["description"] = " ".join(schema["description"].split())
            for field, described in schema["properties"].items():
                if field in FIELD_TITLES:
                    # Beside a $ref, which may have siblings since OpenAPI 3.1.
                    described["description"] = FIELD_TITLES[field]
    for name, titles in (
        ("ProductFacets", FACET_TITLES),
        ("ProductTrendRow", TREND_TITLES),
        ("ProductRankingRow", RANKING_TITLES),
        ("Account", ACCOUNT_TITLES),
        ("UsageRow", USAGE_TITLES),
    ):
        for column, title in titles.items():
            schemas[name]["properties"][column]["description"] = title
    error = schemas["ErrorEnvelope"]["properties"]
    error["code"]["minimum"] = 400
    error["requestId"]["format"] = "uuid"


def _operation(
    endpoint: Endpoint, data: dict[str, Any], everywhere: list[type[ApiError]], url: str
) -> dict[str, Any]:
    not_modified = {
        "description": "The answer named in If-None-Match still holds; free of charge",
        "headers": _header_refs(_NOT_MODIFIED_HEADERS),
    }
    return {
        "tags": [endpoint.tag],
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "description": f"{endpoint.description}\n\n{price(endpoint)}.",
        "parameters": [
            *(_parameter(p) for p in endpoint.parameters),
            *([] if endpoint.live else [_IF_NONE_MATCH]),
        ],
        "responses": {
            "200": _success_response(endpoint, data),
            **({} if endpoint.live else {"304": not_modified}),
            **{
                str(code): {"$ref": f"#/components/responses/{code}"}
                for code in _codes([*everywhere, *endpoint.errors])
            },
        },
        "x-credits": endpoint.credits,
        "x-codeSamples": _samples(endpoint, url),
    }


def _samples(endpoint: Endpoint, url: str) -> list[dict[str, str]]:
    """The example as code, as OpenAPI viewers read it."""
    return [
        {"lang": "curl", "label": "cURL", "source": samples.curl(endpoint, url)},
        {"lang": "python", "label": "Python", "source": samples.python(endpoint, url)},
        {"lang": "javascript", "label": "JavaScript", "source": samples.javascript(endpoint, url)},
    ]


def _codes(errors: Iterable[type[ApiError]]) -> list[int]:
    return sorted({error.code for error in errors})


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": parameter.type}
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.minimum is not None:
        schema["minimum"] = parameter.minimum
    if parameter.maximum is not None:
        schema["maximum"] = parameter.maximum
    if parameter.pattern:
        schema["pattern"] = f"^{parameter.pattern}$"
    if parameter.default is not None:
        schema["default"] = parameter.default
    made: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.meaning,
        "required": parameter.required,
        "schema": schema,
    }
    if parameter.example is not None:
        made["example"] = parameter.example
    return made


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer the client has; if it still holds, the answer is a 304.",
    "required": False,
    "schema": {"type": "string"},
}


def _file_response(endpoint: Endpoint) -> dict[str, Any]:
    """Files, of which JSON Schema can't tell more than that they are."""
    return {
        "description": "Success: a file. One that breaks off without its end is not whole",
        "headers": _header_refs(_SUCCESS_HEADERS),
        "content": {media_type: {} for media_type in endpoint.files.values()},
    }


def _success_response(endpoint: Endpoint, data: dict[str, Any]) -> dict[str, Any]:
    if endpoint.files:
        return _file_response(endpoint)
    schema = {
        "type": "object",
        "properties": {
            "code": {"const": 0},
            "message": {"const": "success"},
            "data": data,
            "requestId": {"type": "string", "format": "uuid"},
        },
        "required": ["code", "message", "data", "requestId"],
    }
    example = {
        "code": 0,
        "message": "success",
        "data": msgspec.to_builtins(endpoint.example),
        "requestId": REQUEST_ID,
    }
    return {
        "description": "Success",
        "headers": _header_refs(_LIVE_HEADERS if endpoint.live else _SUCCESS_HEADERS),
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _error_response(code: int) -> dict[str, Any]:
    examples = {
        type(error).__name__: {
            "summary": error.cause,
            "value": {
                "code": code,
                "data": None,
                "message": error.message,
                "requestId": REQUEST_ID,
            },
        }
        for error in ERROR_EXAMPLES
        if error.code == code and not isinstance(error, _OF_PATHS)
    }
    sent = [headers.REQUEST_ID, headers.CACHE_CONTROL]
    if code != KeyInvalid.code:
        sent += headers.ACCOUNT_HEADERS
    if any("retry-after" in error.headers for error in ERROR_EXAMPLES if error.code == code):
        sent.append(headers.RETRY_AFTER)
    return {
        "description": _TITLES[code],
        "headers": _header_refs(sent),
        "content": {
            "application/json": {
                "schema": {"$ref": _SCHEMAS + "ErrorEnvelope"},
                "examples": examples,
            }
        },
    }


def _header(header: Header) -> dict[str, Any]:
    return {
        "description": f"{header.description} ({header.when})",
        "schema": {"type": "string"},
        "example": header.example,
    }


def _header_refs(sent: Iterable[Header]) -> dict[str, Any]:
    return {header.name: {"$ref": f"#/components/headers/{header.name}"} for header in sent}
