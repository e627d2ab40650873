"""One pool for all sandbox tests: a zygote takes seconds to start, a runner a hundredth."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from heldout_runner.protocol import ONNXRUNTIME
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.selftest import Targets, targets
from sandboxed import SETTINGS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All here runs real runners, and the self-test opens local sockets to be refused."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.sandbox)
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def pool() -> Iterator[RunnerPool]:
    """A started pool; what this machine can't give is its problem, never a reason to skip."""
    pool = RunnerPool(SETTINGS)
    pool.warm()
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def lane_pool() -> Iterator[RunnerPool]:
    """The same with runners of ONNX Runtime."""
    pool = RunnerPool(replace(SETTINGS, engine=ONNXRUNTIME))
    pool.warm()
    yield pool
    pool.close()


@pytest.fixture
def own_pool() -> Iterator[RunnerPool]:
    """A pool that a test may break; not yet started."""
    pool = RunnerPool(replace(SETTINGS, slots=2))
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def probe_targets() -> Iterator[Targets]:
    with targets() as made:
        yield made


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model files of every kind, images, and what they predict outside the sandbox."""
    folder = tmp_path_factory.mktemp("models")
    script = Path(__file__).parent / "make_models.py"
    made = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    return folder
