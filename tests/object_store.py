"""A real S3-compatible server for tests: moto's, as a process of its own on a free port."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
from support.ports import free_port

START_SECONDS = 30


@dataclass
class ObjectStoreServer:
    """A running server; `environment` is what a program needs to reach it."""

    process: subprocess.Popen[bytes]
    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT": self.url,
            "AWS_ACCESS_KEY_ID": "heldout-test",
            "AWS_SECRET_ACCESS_KEY": "heldout-secret-key",
            "AWS_REGION": "us-east-1",
        }

    def bucket(self, name: str = "") -> str:
        """A new, empty bucket's name."""
        name = name or f"heldout-{uuid4().hex[:12]}"
        assert httpx.put(f"{self.url}/{name}").status_code == 200
        return name

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def running() -> Iterator[ObjectStoreServer]:
    """A server for as long as the block lasts."""
    server = start()
    try:
        yield server
    finally:
        server.stop()


def start(port: int = 0) -> ObjectStoreServer:
    """Start the server, on a free port unless one is given, and wait until it answers."""
    port = port or free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    )
    server = ObjectStoreServer(process, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{server.url}/moto-api/")
            return server
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the object store did not start")
