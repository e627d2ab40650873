"""A real server process, as `heldout-server serve` starts it, for the whole module."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from conftest import CODE, ROOT

START_SECONDS = 180


@dataclass
class RunningServer:
    """A server process and what it printed at its start."""

    process: subprocess.Popen[str]
    url: str
    data: Path
    slug: str
    log: Path

    def stop(self, signal_number: int = signal.SIGTERM, timeout: float = 20) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(timeout)


def mnist_source() -> Path | None:
    """MNIST's file, where this machine has it."""
    path = Path(os.environ.get("HELDOUT_SHARED_DATA", ROOT.parent / "shared" / "data"))
    return path / "mnist.npz" if (path / "mnist.npz").exists() else None


def on_mnist() -> dict[str, str]:
    """The setting that has a server's contest be MNIST, where this machine has it."""
    source = mnist_source()
    return {} if source is None else {"HELDOUT_MNIST": str(source)}


def start_server(data: Path, *arguments: str, port: int = 0, **settings: str) -> RunningServer:
    """Start `heldout-server serve` on `port` (0: a free one) and wait until it is healthy.

    Its contest is the digits that come with it, unless `HELDOUT_MNIST` names other images: to pack
    MNIST's takes longer than many a test.
    """
    log = data.with_suffix(".log")
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("HELDOUT_")},
        "HELDOUT_DATA": str(data),
        "HELDOUT_JOIN_CODE": CODE,
        "HELDOUT_MNIST": "",
        "HELDOUT_DOWNLOAD": "false",
        "HELDOUT_HOST": "127.0.0.1",
        "HELDOUT_ATTEMPTS_PER_MINUTE": "1000",
        "HELDOUT_QUOTA_PER_DAY": "0",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", str(port)]
    command += arguments
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, text=True
        )
    url, slug = _printed_address(process, log)
    _await_health(process, url, log)
    return RunningServer(process, url, data, slug, log)


def _printed_address(process: subprocess.Popen[str], log: Path) -> tuple[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://localhost:(\d+)/c/(\w+)", log.read_text())
        if found:
            return f"http://127.0.0.1:{found[1]}", found[2]
        time.sleep(0.05)
    raise AssertionError(f"the server printed no address:\n{log.read_text()}")


def _await_health(process: subprocess.Popen[str], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server isn't healthy:\n{log.read_text()}")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One real server with a warm model runner, shared by a folder's tests: on MNIST where it is.

    It ends with them: several that idle would take a tenth of two cores from all that follows.
    """
    running = start_server(tmp_path_factory.mktemp("server") / "data", **on_mnist())
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A login file of the test's own, never the developer's."""
    path = tmp_path / "login.json"
    monkeypatch.setenv("HELDOUT_CONFIG", str(path))
    return path
