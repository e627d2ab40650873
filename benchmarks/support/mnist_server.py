"""A real server on made-up images, and people who submit to it: only time and memory matter."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np

import heldout
from support.ports import free_port

START_SECONDS = 240
THREADS = "1"
CODE = "BENCHMARK"


def made_up_mnist(folder: Path) -> Path:
    """An npz of MNIST's shape, with noise where MNIST has ink: in a fifth of each image.

    So it packs like MNIST as well: to 11.1 MB, that one to 10.5.
    """
    random = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for name, count in (("train", 60_000), ("test", 10_000)):
        images = arrays[f"x_{name}"] = np.zeros((count, 28, 28), np.uint8)
        images[:, 8:21, 8:20] = random.integers(0, 256, (count, 13, 12), np.uint8)
        arrays[f"y_{name}"] = (np.arange(count) % 10).astype(np.uint8)
    np.savez(folder / "mnist.npz", **arrays)
    np.save(folder / "images.npy", arrays["x_test"])
    return folder / "mnist.npz"


@contextlib.contextmanager
def server(
    folder: Path, mnist: Path, *, python: str = sys.executable, **settings: str
) -> Iterator[tuple[str, int]]:
    """A real server process that has begun to start: its address and its process id."""
    port = free_port()
    environment = {
        **os.environ, "HELDOUT_DATA": str(folder / "data"), "HELDOUT_MNIST": str(mnist),
        "HELDOUT_JOIN_CODE": CODE, "HELDOUT_QUOTA_PER_DAY": "0", "HELDOUT_DEVICE": "cpu",
        "HELDOUT_ATTEMPTS_PER_MINUTE": "100000", "HELDOUT_THREADS_PER_MODEL": THREADS,
        "HELDOUT_MODEL_WORKERS": "2", "HELDOUT_HOST": "127.0.0.1", **settings,
        # Bytecode beside the data of all runs, as an installed package has its own.
        "PYTHONPYCACHEPREFIX": str(mnist.with_name("bytecode")),
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(Path(python).with_name("heldout-server")), "serve", "--port", str(port)]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def await_health(url: str) -> None:
    """Return once the server says that it is well."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health") as answer:  # noqa: S310
            if json.load(answer).get("status") == "ok":
                return
        time.sleep(0.05)
    raise SystemExit("the server didn't start; see server.log")


def join(url: str, name: str) -> heldout.Client:
    """A participant of the server's one competition."""
    answer = httpx.post(f"{url}/api/v1/join", json={"code": CODE, "name": name}, timeout=60)
    return heldout.Client(url, answer.raise_for_status().json()["token"], progress=False)


def scored_seconds(client: heldout.Client, model: Path) -> tuple[float, dict[str, float]]:
    """From submit to score, and what the receipt says of it."""
    begun = time.perf_counter()
    submission = client.submit(model)
    taken = time.perf_counter() - begun
    if submission.status != "scored" or submission.receipt is None:
        raise SystemExit(f"{model.name} was not scored: {submission}")
    return taken, {k: v for k, v in submission.receipt["seconds"].items() if v is not None}


def children(process: int) -> list[int]:
    """The process ids of its children."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def zygotes(server_process: int, engine: str) -> list[int]:
    """The processes that runners of this engine are forked from."""
    wanted = f'"engine": "{engine}"'.encode()
    return [
        process
        for process in children(server_process)
        if b"heldout_runner.zygote" in _command(process) and wanted in _command(process)
    ]


def _command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()
