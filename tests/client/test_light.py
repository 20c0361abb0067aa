"""What the SDK costs to import and to install, and that nothing of the server comes with it."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import shopscope

ROOT = Path(__file__).resolve().parents[2]
INSTALLED_BYTES = 15_000_000
FOREIGN = {
    "alembic", "deltalake", "duckdb", "filelock", "granian", "ibis", "numpy", "pandas",
    "platformdirs", "polars", "prometheus_client", "pyarrow", "pydantic", "rich", "sqlalchemy",
    "starlette", "typer",
}  # fmt: skip
PARTS = {"client", "contract", "errors"}
"""What of the package a client may import."""


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def modules(code: str) -> set[str]:
    """What is imported after some code has run."""
    out = python(f"{code}\nimport json, sys; print(json.dumps(list(sys.modules)))").stdout
    return set(json.loads(out.splitlines()[-1]))


def test_the_package_alone_imports_nothing() -> None:
    assert {m for m in modules("import shopscope") if m.startswith("shopscope.")} == set()


@pytest.mark.parametrize(
    "code",
    [
        "from shopscope import Client",
        "from shopscope import AsyncClient",
        "from shopscope import *",
        "import shopscope; shopscope.Client(base_url='http://x.test').close()",
        "import shopscope; c = shopscope.AsyncClient(); c.products.list(region='US')",
    ],
)
def test_nothing_of_the_server_is_imported(code: str) -> None:
    loaded = modules(code)
    assert not {name.partition(".")[0] for name in loaded} & FOREIGN
    own = {name.split(".")[1] for name in loaded if name.startswith("shopscope.")}
    assert own <= PARTS
    assert "httpx" not in loaded
    if "(" not in code:
        assert "httpx2" not in loaded, "only when the first client is made"


def test_public_names() -> None:
    assert sorted(shopscope.__all__) == shopscope.__all__
    assert dir(shopscope) == shopscope.__all__
    for name in shopscope.__all__:
        value = getattr(shopscope, name)
        if name != "__version__":
            assert value.__name__ == name
            assert value.__module__.startswith("shopscope.client.")
    errors = shopscope.ClientError.__subclasses__()
    own = {kind.__name__ for kind in errors if kind.__module__ == "shopscope.client.errors"}
    assert own <= set(shopscope.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Clint'"):
        shopscope.Clint  # noqa: B018
    assert (Path(shopscope.__file__).parent / "py.typed").exists()


def test_a_child_of_a_fork_connects_anew() -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    code = """
import os, threading, http.server, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # fork beside the threads of this test
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b'{"code":0,"message":"","data":[]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
from shopscope import Client
client = Client(base_url=f"http://127.0.0.1:{server.server_port}")
ask = lambda: len(client.products.get(product_ids="1"))
assert ask() == 0
mine = client._line._connection._http
client._line._lock.acquire()  # as another thread may hold it at that moment
child = os.fork()
if child == 0:
    ok = ask() == 0 and client._line._connection._http is not mine
    client.close()
    os._exit(0 if ok else 1)
client._line._lock.release()
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert ask() == 0 and client._line._connection._http is mine
client.close()
server.shutdown()
"""
    python(code)


def test_the_wheel_without_extras_is_small(tmp_path: Path) -> None:
    """The wheel, and what is installed here of what it needs."""
    build = "import sys, hatchling.build as b; print(b.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(tmp_path)]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    with zipfile.ZipFile(tmp_path / out.splitlines()[-1]) as wheel:
        own = sum(info.file_size for info in wheel.infolist())
        assert "shopscope/py.typed" in wheel.namelist()
    needed = {"shopscope"}
    waiting = ["shopscope"]
    total = own
    while waiting:
        name = waiting.pop()
        found = distribution(name)
        if name != "shopscope":
            total += sum(
                path.stat().st_size
                for file in found.files or ()
                if (path := Path(str(found.locate_file(file)))).exists() and path.suffix != ".pyc"
            )
        for line in found.requires or ():
            required = Requirement(line)
            here = required.marker is None or required.marker.evaluate({"extra": ""})
            if here and required.name not in needed:
                needed.add(required.name)
                waiting.append(required.name)
    assert {"httpx2", "httpcore2", "msgspec", "anyio", "h11"} <= needed
    assert not needed & FOREIGN
    assert total < INSTALLED_BYTES, f"{total:,} bytes of {sorted(needed)}"
