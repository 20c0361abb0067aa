"""Finished answers: not read again, and in everything else as if they were."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.accounts.gate import OpenGate
from shopscope.api.app import Api, create_app
from shopscope.api.coding import AS_IT_IS, begin
from shopscope.api.finished import Finished, FinishedAnswers
from shopscope.api.handlers import HANDLERS, Handler, Page
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import LIST, PAGE, Holder, ask, build, decode
from tests.api.till import Till, bearer


class Counted:
    """The handlers, with the product list's reader counting how often it reads."""

    def __init__(self, *, slow: bool = False) -> None:
        self.reads = 0
        real = HANDLERS["list_products"]
        assert isinstance(real, Handler)

        def read(snapshot: Snapshot, request: Any) -> Page:
            self.reads += 1
            return real.read(snapshot, request)

        self.handlers = {**HANDLERS, "list_products": Handler(real.request, read, slow=slow)}


@pytest.mark.parametrize("slow", [False, True])
def test_the_same_question_is_read_once(snapshot: Snapshot, slow: bool) -> None:
    counted = Counted(slow=slow)
    app = create_app(Holder(snapshot), Settings(), OpenGate(), handlers=counted.handlers)
    first = ask(app, PAGE)
    again = ask(app, PAGE)
    head = ask(app, PAGE, "HEAD")
    assert counted.reads == 1
    assert decode(again).data == decode(first).data
    assert len({a.headers["x-request-id"] for a in (first, again, head)}) == 3
    own = {"x-request-id": ""}
    assert {**again.headers, **own} == {**first.headers, **own} == {**head.headers, **own}
    assert ask(app, PAGE, If_None_Match=first.headers["etag"]).status_code == 304
    assert counted.reads == 1
    ask(app, PAGE, Accept_Encoding="identity")
    ask(app, PAGE.replace("page_num=1", "page_num=2"))
    assert counted.reads == 3


def test_what_is_ignored_is_told_with_every_answer(snapshot: Snapshot) -> None:
    app = create_app(Holder(snapshot), Settings(), OpenGate())
    for name in ("sort_field", "sort_feld", "sort_field"):
        assert ask(app, f"{PAGE}&{name}=1").headers["x-ignored-parameters"] == name
    assert "x-ignored-parameters" not in ask(app, PAGE).headers


def test_one_server_s_answers_are_not_another_s(snapshot: Snapshot) -> None:
    """Settings decide what is an answer: servers over one open snapshot keep theirs apart."""
    holder, long = Holder(snapshot), f"{LIST}?region=US&page_num=1&page_size=20&nobody=1"
    wide = create_app(holder, Settings(page_size_max=20), OpenGate())
    strict = create_app(holder, Settings(page_size_max=20, strict_parameters=True), OpenGate())
    narrow = create_app(holder, Settings(), OpenGate())
    for _ in range(2):
        assert [ask(app, long).status_code for app in (wide, strict, narrow)] == [200, 400, 400]


def test_errors_are_not_kept(snapshot: Snapshot) -> None:
    holder = Holder()
    app = create_app(holder, Settings(), OpenGate())
    assert ask(app, PAGE).status_code == 503
    holder.snapshot = snapshot
    assert ask(app, PAGE).status_code == 200
    holder.snapshot = None
    assert ask(app, PAGE).status_code == 503


def test_every_answer_passes_the_gate_and_is_charged(snapshot: Snapshot, tmp_path: Path) -> None:
    till = Till(tmp_path)
    counted = Counted()
    app = create_app(Holder(snapshot), Settings(), till.gate, handlers=counted.handlers)
    key = till.key(credits=3, qps=1, burst=4)
    spent = [ask(app, PAGE, **bearer(key)) for _ in range(3)]
    assert counted.reads == 1
    assert [answer.headers["x-credits-left"] for answer in spent] == ["2", "1", "0"]
    assert {answer.headers["x-credits-used"] for answer in spent} == {"1"}
    assert ask(app, PAGE, **bearer(key)).status_code == 402
    known = ask(app, PAGE, **bearer(key), If_None_Match=spent[0].headers["etag"])
    assert (known.status_code, known.headers["x-credits-used"]) == (304, "0")
    assert ask(app, PAGE, **bearer(key)).status_code == 429
    assert ask(app, PAGE).status_code == 401
    assert ask(app, PAGE, **bearer(f"sk_live_{'0' * 43}")).status_code == 401
    barred = till.key(endpoints=("categories",))
    assert ask(app, PAGE, **bearer(barred)).status_code == 403
    assert till.left(key) == 0
    used = till.used(key)["list_products"]
    assert (used.requests, used.credits) == (6, 3)
    assert counted.reads == 1
    till.close()


def test_no_answer_outlives_its_snapshot(snapshot: Snapshot, tmp_path: Path) -> None:
    """Asked while snapshots change: rows, ETag and id are of one snapshot, the newest at last."""
    other = Snapshot.open(tmp_path / build(tmp_path, snapshot.regions["US"].as_of.replace(day=27)))
    both = {each.id: each.regions["US"].as_of.isoformat() for each in (snapshot, other)}
    holder = Holder(snapshot)
    app = create_app(holder, Settings(), OpenGate())
    stopped = threading.Event()

    def switch() -> None:
        while not stopped.is_set():
            holder.snapshot = other if holder.snapshot is snapshot else snapshot

    switching = threading.Thread(target=switch)
    switching.start()
    try:
        seen = [_seen(app) for _ in range(200)]
    finally:
        stopped.set()
        switching.join()
    assert {as_of for _, as_of, _, _ in seen} == set(both.values())
    assert all(both[id_] == as_of for id_, as_of, _, _ in seen)
    assert all(as_of.replace("-", "") == str(day) for _, as_of, _, day in seen)
    assert len({(id_, tag) for id_, _, tag, _ in seen}) == 2
    for last in (snapshot, other, snapshot):
        holder.snapshot = last
        assert _seen(app)[0] == last.id


def _seen(app: Api) -> tuple[str, str, str, int]:
    """Snapshot, as-of day and ETag of an answer's headers, and a day that its rows have."""
    answer = ask(app, PAGE, Accept_Encoding="identity")
    told = answer.headers
    day = msgspec.json.decode(answer.content)["data"][0]["first_crawl_dt"]
    return told["x-snapshot-id"], told["x-as-of"], told["etag"], day


def finished(size: int) -> Finished:
    return Finished(b"tag", (), begin(bytes(size), AS_IT_IS))


def test_the_room_is_kept_by_what_was_used_last() -> None:
    kept = FinishedAnswers(room=100_000)
    keys = [("list", b"%d" % number, AS_IT_IS) for number in range(12)]
    for key in keys:
        kept.put(key, finished(10_000))
        assert kept.get(keys[0]) is not None
        assert kept.nbytes <= 100_000
    there = [key for key in keys if kept.get(key) is not None]
    assert there == [keys[0], *keys[-len(there) + 1 :]]
    assert len(there) == 8
    assert sum(10_000 + len(key[1]) for key in there) < kept.nbytes


def test_what_would_fill_the_room_is_not_kept() -> None:
    kept = FinishedAnswers(room=100_000)
    kept.put(("list", b"", AS_IT_IS), finished(30_000))
    assert kept.get(("list", b"", AS_IT_IS)) is None
    assert kept.nbytes == 0
