"""A running server follows what is published, within a second, and no request fails."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from tests.acceptance import expected
from tests.acceptance.command import LIST, Cli, Client, serving
from tests.acceptance.conftest import Road, Truth
from tests.acceptance.queries import answer
from tests.acceptance.test_products import same

EARLIER = date(2026, 3, 30)
WITHIN = 1.0
PATHS = (
    f"{LIST}?region=US&page_num=3&page_size=10&product_sort_field=4",
    f"{LIST}?region=GB&page_num=1&page_size=10&min_total_sale_cnt=100&keyword=a",
    "/v1/tiktok/category/secondary/analytics?language=zh-CN",
)


class Seen(NamedTuple):
    """One answer: when its request was sent, and what it was made from."""

    sent: float
    status: int
    snapshot: str


@contextmanager
def asking(port: int) -> Iterator[list[Seen]]:
    """Four clients that ask without a pause while inside; what they saw."""
    seen: list[Seen] = []
    stop = threading.Event()
    failures: list[Exception] = []

    def ask_on(path: str) -> None:
        try:
            with Client(port) as client:
                while not stop.is_set():
                    sent = time.time()
                    answer = client.get(path)
                    seen.append(Seen(sent, answer.status, answer.snapshot))
        except (OSError, HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=ask_on, args=[path]) for path in (*PATHS, PATHS[0])]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def followed(cli: Cli, seen: list[Seen], old: str) -> None:
    """Wait until the new snapshot was served for a while: from a second on nothing else was."""
    published = (cli.data / "snapshots" / "current").stat().st_mtime
    time.sleep(max(published + WITHIN + 0.5 - time.time(), 0))
    late = {answer.snapshot for answer in list(seen) if answer.sent > published + WITHIN}
    assert late == {cli.current} != {old}
    before = {answer.snapshot for answer in list(seen) if answer.sent < published}
    assert old in before


def test_new_and_old_snapshots_are_followed(road: Road, truth: Truth, tmp_path: Path) -> None:
    """To the state of an earlier day, which is right in every row, and back."""
    shutil.copytree(road.cli.data, tmp_path / "data")
    cli = Cli(tmp_path / "data")
    newest = cli.current
    with serving(cli) as port:
        with asking(port) as seen:
            cli.done("rollup", "--as-of", EARLIER.isoformat())
            followed(cli, seen, newest)
        with Client(port) as client:
            as_it_was(client, truth)
        earlier = cli.current
        with asking(port) as seen_back:
            cli.done("snapshots", "rollback", newest)
            followed(cli, seen_back, earlier)
    for answers in (seen, seen_back):
        assert {answer.status for answer in answers} == {200}
        assert {answer.snapshot for answer in answers} == {newest, earlier}
        assert len(answers) > 100


def as_it_was(client: Client, truth: Truth) -> None:
    """Every product as it was at the end of the earlier day."""
    as_of = dict.fromkeys(("US", "GB"), EARLIER)
    rows = expected.product_rows(truth.sources, truth.tree, as_of)
    for region, of_region in rows.items():
        assert 900 < len(of_region) < len(truth.rows[region])
        served = client.every_product(region, product_sort_field=5)
        same(served, answer(of_region, {"product_sort_field": 5}))
    assert client.products(region="JP", page_num=1, page_size=1).data == []
