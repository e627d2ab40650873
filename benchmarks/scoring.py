"""Submit → scored over HTTP with the sandbox on, against a floor measured in the same run.

    python benchmarks/scoring.py [--json] [--repeats 11]

The floor is an already warm process without a sandbox that loads the same file, predicts in
batches and takes the argmax. Both run in turns, so that a busy machine slows both. Images are
made up: only time is measured. Absolute times mean nothing on a shared machine; ratios do.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from support.floor import KINDS, Floor, cold_seconds, make, together_seconds, two_workers_seconds
from support.mnist_server import (
    await_health,
    children,
    join,
    made_up_mnist,
    scored_seconds,
    server,
    zygotes,
)
from threadpoolctl import threadpool_limits

import heldout
from heldout_server.prediction import memory

BURSTS = {"mlp": 100, "cnn": 12}
PARTICIPANTS = 25
COLD_RUNS = 3
PAUSE_SECONDS = 1.2
LIMITS = {
    "ratio_to_floor_mlp": "≤ 0.5", "ratio_to_floor_cnn": "≤ 0.7", "ratio_to_floor_starter": "≤ 0.8",
    "ratio_to_cold_mlp": "≤ 0.1", "ratio_to_cold_cnn": "≤ 0.4", "predict_to_sgemm_cnn": "≤ 3.0",
    "burst_mlp": "≥ 0.2", "burst_cnn": "≥ 0.5", "memory_zygote_mib": "≤ 600",
    "memory_idle_runner_mib": "≤ 60", "memory_lane_runner_mib": "≤ 15",
}  # fmt: skip
# (positions of a filter, numbers in, numbers out) of each product.
PRODUCTS = {
    "mlp": [(1, 784, 128), (1, 128, 10)],
    "cnn": [(676, 9, 32), (121, 288, 64), (1, 1600, 128), (1, 128, 10)],
    "starter": [(1, 784, 2048), (1, 2048, 512), (1, 512, 128), (1, 128, 10)],
}


def sgemm_seconds(model: str, examples: int) -> float:
    """The matrix products of the model as NumPy does them on one thread: the least it can take."""
    total, batch = 0.0, 250
    with threadpool_limits(1):
        for positions, inner, outer in PRODUCTS[model]:
            left = np.ones((positions * batch, inner), np.float32)
            right = np.ones((inner, outer), np.float32)
            left @ right
            begun = time.process_time()
            left @ right
            total += (time.process_time() - begun) * examples / batch
    return total


def burst_rate(url: str, models: list[Path]) -> float:
    """Models a second when `PARTICIPANTS` send them all at once."""
    kind = models[0].stem.partition("-")[0]
    clients = [join(url, f"{kind} {n}") for n in range(min(PARTICIPANTS, len(models)))]

    def send(number: int) -> None:
        for model in models[number :: len(clients)]:
            scored_seconds(clients[number], model)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(clients))]
    return len(models) / together_seconds(threads)


def memory_mib(server_process: int) -> dict[str, float]:
    """TensorFlow's zygote's memory, and what an idle runner of either engine has for itself; the
    latter needs root."""
    found = {}
    for engine, name in (("tensorflow", "idle"), ("onnxruntime", "lane")):
        for zygote in zygotes(server_process, engine):
            if engine == "tensorflow":
                found["memory_zygote_mib"] = memory.used_bytes(zygote, []) / 2**20
            if idle := [memory.private_bytes(runner) for runner in children(zygote)]:
                # One may just be looking at practice images, which isn't idle.
                found[f"memory_{name}_runner_mib"] = min(idle) / 2**20
    return found


def idle_figures(name: str, folder: Path, client: heldout.Client, repeats: int) -> dict[str, float]:
    """Ratios for one kind of model while nobody else submits."""
    images, floor = folder / "images.npy", Floor(folder / "images.npy")
    floor.score(folder / f"{name}-0.keras")
    ratios, predict_ratios, cold_ratios = [], [], []
    sgemm = sgemm_seconds(name, 10_000)
    for number in range(1, repeats + 1):
        model = folder / f"{name}-{number}.keras"
        time.sleep(PAUSE_SECONDS)  # the pool warms its next runner
        taken, seconds = scored_seconds(client, model)
        time.sleep(PAUSE_SECONDS)
        bare, _ = floor.score(model)
        ratios.append(taken / bare)
        predict_ratios.append(seconds["predict"] / sgemm)
        if number <= COLD_RUNS:
            cold_ratios.append(taken / cold_seconds(model, images))
    floor.close()
    return {
        f"ratio_to_floor_{name}": statistics.median(ratios),
        f"ratio_to_cold_{name}": statistics.median(cold_ratios),
        f"predict_to_sgemm_{name}": statistics.median(predict_ratios),
    }


def burst_figures(name: str, folder: Path, url: str, repeats: int) -> dict[str, float]:
    """Throughput of many participants at once, against two processes that are used again."""
    first = repeats + 1
    models = [folder / f"{name}-{first + n}.keras" for n in range(BURSTS[name])]
    rate = burst_rate(url, models)
    floor = len(models) / two_workers_seconds(folder / "images.npy", models)
    return {f"burst_{name}": rate / floor}


def measure(repeats: int) -> dict[str, float]:
    """All figures, on one server."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        mnist = made_up_mnist(folder)
        for name in KINDS:
            make(folder, repeats + 1 + BURSTS.get(name, 0), name)
        with server(folder, mnist) as (url, process):
            await_health(url)
            client = join(url, "Idle")
            # The first submission waits for the imports, which isn't what is measured.
            scored_seconds(client, folder / "mlp-0.keras")
            time.sleep(3)
            figures |= memory_mib(process)
            for name in KINDS:
                figures |= idle_figures(name, folder, client, repeats)
            for name in BURSTS:
                figures |= burst_figures(name, folder, url, repeats)
    return figures


def show(figures: dict[str, float]) -> None:
    for name, value in figures.items():
        limit = LIMITS.get(name)
        print(f"{name:26} {value:8.2f}   {limit or ''}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.repeats)
    if arguments.json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    else:
        show(figures)


if __name__ == "__main__":
    main()
