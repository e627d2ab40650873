"""A server without TensorFlow: how soon its first model is scored, and what it holds when idle.

    python benchmarks/light.py [--runs 3] [--python …/light-venv/bin/python] [--json]

`--python` is an interpreter with what `requirements-light.lock` names; without it this one is used,
with `HELDOUT_ENGINE=onnxruntime`, which starts no TensorFlow either. Times are medians of the runs,
each on a new data folder, from the process's start to the first score. `start_cpu_seconds` is what
the whole tree has computed until then, and `python_seconds` a fixed piece of Python in the same
run: on a busy machine their ratio says more than the seconds. Memory needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from support.mnist_server import (
    await_health,
    children,
    join,
    made_up_mnist,
    scored_seconds,
    server,
    zygotes,
)

from heldout_runner import fixture
from heldout_runner.protocol import ONNXRUNTIME
from heldout_server.prediction import memory
from heldout_server.prediction.pool import PoolSettings, RunnerPool

LIMITS = {
    "start_seconds": "≤ 3", "memory_serve_mib": "≤ 180", "memory_lane_runner_mib": "≤ 15",
    "runner_ready_seconds": "≤ 0.4",
}  # fmt: skip
READY_RUNS = 9
# Until the second runner is warm, too, and what follows a first score (3 s later) is done.
IDLE_SECONDS = 15.0
MEBIBYTE = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")


def write_model(path: Path) -> None:
    """A small dense network of Keras 3 with random weights; Keras isn't needed for it."""
    fixture.write(fixture.DENSE, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["metadata.json"] = json.dumps({"keras_version": "3.15.1"}).encode()
    weights = io.BytesIO(parts["model.weights.h5"])
    random = np.random.default_rng(0)
    with h5py.File(weights, "r+") as file:
        for name, shape in fixture.DENSE.weights.items():
            layer, _, number = name.partition("/")
            file[f"layers/{layer}/vars/{number}"][...] = random.normal(0, 0.05, shape)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**parts, "model.weights.h5": weights.getvalue()}.items():
            archive.writestr(name, content)


def start_figures(folder: Path, python: str, mnist: Path, model: Path) -> dict[str, float]:
    """One start on a new data folder, to the first score, and what is held after it."""
    begun = time.perf_counter()
    with server(folder, mnist, python=python, HELDOUT_ENGINE=ONNXRUNTIME) as (url, process):
        await_health(url)
        listening = time.perf_counter() - begun
        scored_seconds(join(url, "First"), model)
        started = time.perf_counter() - begun
        computed = sum(cpu_seconds(one) for one in tree(process))
        time.sleep(IDLE_SECONDS)
        return {
            "start_seconds": started,
            "listening_seconds": listening,
            "start_cpu_seconds": computed,
            "python_seconds": python_seconds(),
            **memory_figures(process),
        }


def memory_figures(process: int) -> dict[str, float]:
    """Resident memory of the whole tree, pages that several share counted once each time; what
    it takes of the machine (shared pages divided); and a waiting runner's own.
    """
    zygote = zygotes(process, ONNXRUNTIME)[0]
    own = [memory.private_bytes(runner) / MEBIBYTE for runner in children(zygote)]
    return {
        "memory_serve_mib": sum(resident_mib(one) for one in tree(process)),
        "memory_server_mib": resident_mib(process),
        "memory_zygote_mib": resident_mib(zygote),
        "memory_proportional_mib": sum(resident_mib(one, "Pss:") for one in tree(process)),
        # One may just be looking at practice images, which isn't idle.
        "memory_lane_runner_mib": min(own, default=float("nan")),
        "waiting_runners": float(len(own)),
    }


def tree(process: int) -> list[int]:
    """The process and all below it."""
    return [process, *(one for child in children(process) for one in tree(child))]


def resident_mib(process: int, what: str = "Rss:") -> float:
    """A sum over the process's mappings; 0 for one that has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith(what):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(process: int) -> float:
    """Computed by the process and by children of its that have ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / TICKS
    return 0.0


def python_seconds() -> float:
    """Processor seconds of ten million additions."""
    begun, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return time.process_time() - begun


def ready_seconds(python: str) -> Iterator[float]:
    """From asking for a runner to its being warm, one after the other, nothing else to do."""
    settings = PoolSettings(
        device="cpu", threads=1, batch_size=0, longest_parameters=10**8, load_seconds=60,
        predict_seconds=60, slots=1, python=python, engine=ONNXRUNTIME,
    )  # fmt: skip
    pool = RunnerPool(settings)
    pool.warm()
    try:
        while not pool.has_idle_runner():
            pool.protection()
            time.sleep(0.1)
        for _ in range(READY_RUNS):
            begun = time.perf_counter()
            runner = pool._forked(warm=True)
            runner.await_ready(begun + 60, threading.Event())
            yield time.perf_counter() - begun
            pool._collect(runner)
    finally:
        pool.close()


def measure(runs: int, python: str) -> dict[str, float]:
    """All figures: medians of the starts."""
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        mnist, model = made_up_mnist(folder), folder / "model.keras"
        write_model(model)
        for number in range(runs):
            own = folder / str(number)
            own.mkdir()
            found.append(start_figures(own, python, mnist, model))
    figures = {name: statistics.median(each[name] for each in found) for name in found[0]}
    figures["start_cpu_to_python"] = statistics.median(
        each["start_cpu_seconds"] / each["python_seconds"] for each in found
    )
    return figures | {"runner_ready_seconds": statistics.median(ready_seconds(python))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.runs, arguments.python)
    if arguments.json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
        return
    for name, value in figures.items():
        print(f"{name:24} {value:8.2f}   {LIMITS.get(name, '')}")


if __name__ == "__main__":
    main()
