"""The gate is asked once per request, and gets back what an answer does not cost."""

from typing import Any

import pytest

from shopscope.accounts.gate import Admission, Gate
from shopscope.api.app import Api, create_app
from shopscope.api.handlers import HANDLERS, Handler
from shopscope.contract.endpoints import Endpoint, endpoints
from shopscope.contract.errors import KeyInvalid, KeyMissing, QuotaExhausted
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import PATHS, QUESTIONS, REQUIRED, Holder, ask, decode


class Recorder:
    """A gate with one key, that books the price of each request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str]] = []
        self.booked = 0

    def admit(self, authorization: str | None, endpoint: Endpoint) -> Admission:
        self.asked.append((authorization, endpoint.operation_id))
        if authorization is None:
            raise KeyMissing
        if authorization != "Bearer sk_live_good":
            raise KeyInvalid
        if self.booked >= 100:
            raise QuotaExhausted
        self.booked += endpoint.credits
        return Admission(endpoint.credits)

    def release(self, admission: Admission) -> None:
        self.booked -= admission.credits


GOOD = "Bearer sk_live_good"


@pytest.fixture
def gate() -> Recorder:
    return Recorder()


def make(gate: Gate, snapshot: Snapshot | None) -> Api:
    return create_app(Holder(snapshot), Settings(), gate)


@pytest.mark.parametrize("url", QUESTIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_success_is_charged_once(
    gate: Recorder, snapshot: Snapshot, url: str, method: str
) -> None:
    assert ask(make(gate, snapshot), url, method, Authorization=GOOD).status_code == 200
    (credits,) = {e.credits for e in endpoints() if e.path == url.split("?")[0]}
    assert gate.booked == credits
    assert len(gate.asked) == 1


@pytest.mark.parametrize("url", QUESTIONS)
def test_who_is_not_admitted_learns_nothing(gate: Recorder, snapshot: Snapshot, url: str) -> None:
    app = make(gate, snapshot)
    path = url.split("?")[0]
    for asked in (url, path):
        assert decode(ask(app, asked)).message == "apiKey is null"
        assert ask(app, asked).status_code == 401
        assert decode(ask(app, asked, Authorization="Bearer no")).message == "apiKey is invalid"
    gate.booked = 100
    response = ask(app, url, Authorization=GOOD, If_None_Match="*")
    assert (response.status_code, decode(response).message) == (402, "apiKey quota is not enough")
    assert "x-total-count" not in response.headers


@pytest.mark.parametrize("path", PATHS)
def test_an_error_costs_nothing(gate: Recorder, snapshot: Snapshot, path: str) -> None:
    wrong = "" if path in REQUIRED else "?region=nowhere"
    assert ask(make(gate, snapshot), path + wrong, Authorization=GOOD).status_code == 400
    assert ask(make(gate, None), f"{path}?%FF", Authorization=GOOD).status_code == 400
    assert len(gate.asked) == 2
    assert gate.booked == 0


@pytest.mark.parametrize("url", QUESTIONS)
def test_what_the_client_has_costs_nothing(gate: Recorder, snapshot: Snapshot, url: str) -> None:
    app = make(gate, snapshot)
    etag = ask(app, url, Authorization=GOOD).headers["etag"]
    gate.booked = 0
    assert ask(app, url, Authorization=GOOD, If_None_Match=etag).status_code == 304
    assert gate.booked == 0


@pytest.mark.parametrize("url", QUESTIONS)
def test_what_the_server_can_t_do_costs_nothing(
    gate: Recorder, snapshot: Snapshot, url: str
) -> None:
    def fail(snapshot: Snapshot, request: Any) -> Any:
        raise OSError("gone")

    handlers = {name: Handler(handler.request, fail) for name, handler in HANDLERS.items()}
    app = create_app(Holder(snapshot), Settings(), gate, handlers=handlers)
    assert ask(app, url, Authorization=GOOD).status_code == 500
    assert ask(make(gate, None), url, Authorization=GOOD).status_code == 503
    assert gate.booked == 0


def test_other_paths_and_methods_are_not_gated(gate: Recorder, snapshot: Snapshot) -> None:
    app = make(gate, snapshot)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert ask(app, path).status_code == 200
    assert ask(app, "/nowhere").status_code == 404
    assert ask(app, QUESTIONS[0], "POST").status_code == 405
    assert gate.asked == []
