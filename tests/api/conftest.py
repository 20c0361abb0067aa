"""The application over a small snapshot."""

from pathlib import Path

import pytest

from shopscope.accounts.gate import OpenGate
from shopscope.api.app import Api, create_app
from shopscope.settings import Settings
from shopscope.snapshot.reader import Snapshot
from tests.api.kit import Holder, build


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root: Path = tmp_path_factory.mktemp("snapshots")
    return Snapshot.open(root / build(root))


@pytest.fixture(scope="session")
def app(snapshot: Snapshot) -> Api:
    return create_app(Holder(snapshot), Settings(), OpenGate())


@pytest.fixture(scope="session")
def empty_app() -> Api:
    return create_app(Holder(), Settings(), OpenGate())
