"""From files to answers over object storage: one machine rolls up, others serve their markets."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.objectstore import ObjectStore, object_store
from tests.serving import COMMAND, running, until

HEADER = "region,product_id,day,source,currency,sale,sale_gmv\n"
LIST = "/v1/tiktok/product/list/analytics?page_num=1&page_size=10&region="


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3")) as made:
        yield made


def command(folder: Path, *words: str) -> Any:
    """What a command prints as JSON."""
    line = [*COMMAND[:-1], *words, "--data-dir", str(folder), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def day(folder: Path, number: int) -> Path:
    """Facts of one day as a file."""
    lines = [
        f"{region},{product},2026-04-0{number},own,USD,{10 * number * product},{number}.5\n"
        for region in ("US", "GB")
        for product in range(1, 5)
    ]
    path = folder / f"day-{number}.csv"
    path.write_text(HEADER + "".join(lines))
    return path


def test_nodes_serve_what_another_machine_publishes(
    tmp_path: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = store.bucket("market")
    monkeypatch.setenv("SHOPSCOPE_LAKE_URL", f"{bucket}/lake")
    monkeypatch.setenv("SHOPSCOPE_SNAPSHOTS_URL", f"{bucket}/snapshots")
    maker, node = tmp_path / "maker", tmp_path / "node"
    node.mkdir()
    made = []
    with running(node, "--regions", "US", workers=2) as server:

        def serves(snapshot: str) -> bool:
            return bool(server.get("/readyz").json().get("snapshot") == snapshot)

        assert server.get(LIST + "US").status_code == 503
        for number in (1, 2):
            command(maker, "load", str(day(tmp_path, number)))
            made.append(command(maker, "rollup")["snapshot"])
            until(lambda: serves(made[-1]))
            told = server.get(LIST + "US").headers
            assert (told["x-snapshot-id"], told["x-total-count"]) == (made[-1], "4")
        assert made[0] != made[1]
        folder = node / "snapshots" / made[1] / "products"
        assert [path.name for path in folder.iterdir()] == ["US"]
        assert server.get(LIST + "GB").status_code == 421
        assert command(maker, "snapshots", "rollback") == {"current": made[0]}
        until(lambda: serves(made[0]))
        assert "shopscope_snapshots_url_ok 1.0" in server.get("/metrics").text
        store.stop()
        until(lambda: "shopscope_snapshots_url_ok 0.0" in server.get("/metrics").text, 60)
        assert server.get(LIST + "US").status_code == 200
        assert any("still serving" in line["message"] for line in server.log())
        assert "hidden" not in server.stderr()
        assert server.stop(signal.SIGTERM) == 0
    store.start()  # it has forgotten everything; what was fetched is served all the same
    with running(node, "--regions", "US") as server:
        assert server.get(LIST + "US").status_code == 200
