"""The OpenAPI document: valid, complete, and its examples are what the server answers."""

import subprocess
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from shopscope.api.app import Api
from shopscope.api.examples import ERROR_EXAMPLES
from shopscope.api.openapi import document, openapi_json
from shopscope.contract import samples
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import ERRORS
from shopscope.contract.headers import ACCOUNT_HEADERS, HEADERS
from shopscope.contract.products import EXTRA_FIELDS, FIELDS
from shopscope.settings import Settings
from tests.api.kit import FILES, QUESTIONS, REQUIRED, ask

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi_json(Settings()))
URI = "urn:openapi"
REGISTRY: Registry[Any] = Registry().with_resource(
    URI, Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
)
ENDPOINTS = endpoints()


def validator(pointer: str) -> OAS31Validator:
    """Of the schema at a place in the document."""
    return OAS31Validator({"$ref": f"{URI}#{pointer}"}, registry=REGISTRY)


def pointer(*steps: str) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def operation(endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][endpoint.path]["get"]
    return found


def success_schema(path: str) -> OAS31Validator:
    place = ("paths", path, "get", "responses", "200", "content", "application/json", "schema")
    return validator(pointer(*place))


def test_the_document_is_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_is_served_as_it_is_with_an_etag(app: Api) -> None:
    response = ask(app, "/openapi.json")
    assert response.json() == DOCUMENT
    assert response.headers["content-type"] == "application/json"
    again = ask(app, "/openapi.json", If_None_Match=response.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_every_endpoint_and_parameter_is_in_it() -> None:
    assert set(DOCUMENT["paths"]) == {endpoint.path for endpoint in ENDPOINTS}
    for endpoint in ENDPOINTS:
        made = operation(endpoint)
        assert made["operationId"] == endpoint.operation_id
        assert made["x-credits"] == endpoint.credits
        query = {p["name"]: p for p in made["parameters"] if p["in"] == "query"}
        assert list(query) == [p.name for p in endpoint.parameters]
        for parameter in endpoint.parameters:
            assert query[parameter.name]["required"] == parameter.required
            assert query[parameter.name]["schema"]["type"] == parameter.type
            assert query[parameter.name]["description"]


def test_parameter_schemas_take_what_the_server_takes() -> None:
    for endpoint in ENDPOINTS:
        for parameter in operation(endpoint)["parameters"]:
            if "example" in parameter:
                OAS31Validator(parameter["schema"]).validate(parameter["example"])
            if "default" in parameter["schema"]:
                OAS31Validator(parameter["schema"]).validate(parameter["schema"]["default"])
    region = next(p for p in operation(ENDPOINTS[0])["parameters"] if p["name"] == "region")
    assert not OAS31Validator(region["schema"]).is_valid("usa")


def test_every_field_of_a_product_has_its_meaning_and_type() -> None:
    properties = DOCUMENT["components"]["schemas"]["ProductRow"]["properties"]
    assert {n: (p["type"], p["description"]) for n, p in properties.items()} == {
        field.name: (field.type, field.title) for field in (*FIELDS, *EXTRA_FIELDS)
    }


ENVELOPED = [endpoint for endpoint in ENDPOINTS if not endpoint.files]


@pytest.mark.parametrize("endpoint", ENVELOPED, ids=lambda e: e.operation_id)
def test_success_examples_are_valid(endpoint: Endpoint) -> None:
    content = operation(endpoint)["responses"]["200"]["content"]["application/json"]
    success_schema(endpoint.path).validate(content["example"])
    assert not success_schema(endpoint.path).is_valid({**content["example"], "code": 1})


@pytest.mark.parametrize("url", FILES)
def test_files_are_what_is_described(app: Api, url: str) -> None:
    path = url.split("?")[0]
    success = DOCUMENT["paths"][path]["get"]["responses"]["200"]
    endpoint = next(e for e in ENDPOINTS if e.path == path)
    types = [ask(app, f"{url}&format={name}").headers["content-type"] for name in endpoint.files]
    assert list(success["content"]) == types
    sent = {h.name for h in HEADERS if h.name in ask(app, url).headers}
    assert sent <= set(success["headers"])


@pytest.mark.parametrize("url", QUESTIONS)
def test_answers_are_valid(app: Api, url: str) -> None:
    response = ask(app, url)
    path = url.split("?")[0]
    success_schema(path).validate(response.json())
    described = DOCUMENT["paths"][path]["get"]["responses"]["200"]["headers"]
    sent = {h.name for h in HEADERS if h.name in response.headers}
    assert sent <= set(described)


def test_answers_say_what_an_account_s_headers_are() -> None:
    account = {header.name for header in ACCOUNT_HEADERS}
    for endpoint in ENDPOINTS:
        responses = operation(endpoint)["responses"]
        assert account <= set(responses["200"]["headers"])
        assert ("304" in responses) != endpoint.live
        assert {"401", "402", "403", "429", "500", "503"} <= set(responses)
    shared = DOCUMENT["components"]["responses"]
    for code in ("400", "402", "403", "404", "429", "500", "503"):
        assert account <= set(shared[code]["headers"])
    assert not account & set(shared["401"]["headers"])
    for code in shared:
        assert ("Retry-After" in shared[code]["headers"]) == (code in ("429", "503"))
    assert DOCUMENT["security"] == [{"bearer": []}]
    assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_error_examples_are_valid_and_complete() -> None:
    assert [type(error) for error in ERROR_EXAMPLES] == list(ERRORS)
    schema = validator("/components/schemas/ErrorEnvelope")
    shown = set()
    for code, response in DOCUMENT["components"]["responses"].items():
        for name, example in response["content"]["application/json"]["examples"].items():
            schema.validate(example["value"])
            assert str(example["value"]["code"]) == code
            shown.add(name)
    assert shown == {e.__name__ for e in ERRORS} - {"UnknownPath", "MethodNotAllowed"}


def test_error_answers_are_valid(app: Api) -> None:
    for path in REQUIRED:
        answer = ask(app, path).json()
        validator("/components/schemas/ErrorEnvelope").validate(answer)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.operation_id)
def test_samples_ask_what_the_server_answers(app: Api, endpoint: Endpoint) -> None:
    shown = operation(endpoint)["x-codeSamples"]
    assert [sample["lang"] for sample in shown] == ["curl", "python", "javascript"]
    url = samples.example_url(endpoint, "http://127.0.0.1:8321")
    assert f"--url '{url}'" in shown[0]["source"]
    for sample in shown:
        assert samples.KEY in sample["source"]
        assert "http://127.0.0.1:8321" in sample["source"]
        method = f"client.{endpoint.resource}.{endpoint.verb}("
        assert (method if sample["lang"] == "python" else endpoint.path) in sample["source"]
        for name, value in samples.example_query(endpoint).items():
            assert name in sample["source"]
            assert value in sample["source"]
    response = ask(app, url.removeprefix("http://127.0.0.1:8321"))
    assert response.status_code == 200
    assert endpoint.files or response.json()["data"] or endpoint.live


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.operation_id)
def test_the_python_sample_is_python(endpoint: Endpoint) -> None:
    compile(samples.python(endpoint, "http://127.0.0.1:8321"), "sample", "exec")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.operation_id)
def test_the_curl_sample_is_one_command(endpoint: Endpoint) -> None:
    script = "curl() { printf '%s\\n' \"$@\"; }\n" + samples.curl(endpoint, "http://shop")
    run = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    url = samples.example_url(endpoint, "http://shop")
    key = "Authorization: Bearer sk_live_YOUR_KEY"
    assert run.stdout.splitlines() == ["--request", "GET", "--url", url, "--header", key]


def test_settings_show_in_it() -> None:
    wide = document(Settings(page_size_max=50, host="0.0.0.0", port=80))
    (size,) = (
        p["schema"]["maximum"]
        for p in wide["paths"][ENDPOINTS[0].path]["get"]["parameters"]
        if p["name"] == "page_size"
    )
    assert size == 50
    assert "http://127.0.0.1:80/v1" in repr(wide)
