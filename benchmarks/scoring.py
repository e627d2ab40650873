"""Submit → scored over HTTP with the sandbox on, against a floor measured in the same run.

    python benchmarks/scoring.py [--json] [--repeats 11]

The floor is an already warm process without a sandbox that loads the same file, predicts in
batches and takes the argmax. Both run in turns, so that a busy machine slows both. Images are
made up: only time is measured. Absolute times mean nothing on a shared machine; ratios do.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
from threadpoolctl import threadpool_limits

import heldout
from heldout_server.prediction import memory

BURSTS = {"mlp": 100, "cnn": 12}
PARTICIPANTS = 25
COLD_RUNS = 3
PAUSE_SECONDS = 1.2
LIMITS = {
    "ratio_to_floor_mlp": "≤ 1.3", "ratio_to_floor_cnn": "≤ 1.2", "ratio_to_cold_mlp": "≤ 0.1",
    "ratio_to_cold_cnn": "≤ 0.4", "predict_to_sgemm_cnn": "≤ 3.0", "burst_mlp": "≥ 0.2",
    "burst_cnn": "≥ 0.5", "memory_zygote_mib": "≤ 600", "memory_idle_runner_mib": "≤ 60",
}  # fmt: skip
START_SECONDS = 120
THREADS = "1"
CODE = "BENCHMARK"

MAKE = """
import sys, keras, numpy as np
from keras import layers as L
def save(name, *inner):
    head = [L.Flatten(), L.Dense(128, activation="relu"), L.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *inner, *head])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.random.rand(32, 28, 28, 1), np.arange(32) % 10, verbose=0)
    for number in range(int(sys.argv[2])):
        first = model.layers[-1].weights[1]
        first.assign_add(np.full(10, 1e-4))
        model.save(f"{sys.argv[1]}/{name}-{number}.keras")
save("mlp")
save("cnn", L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(),
     L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D())
"""
FLOOR = """
import sys, time
start = time.perf_counter()
import keras, numpy as np, tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
def score(path, images):
    model = keras.saving.load_model(path, compile=False)
    size = 256 if "cnn" in path else 2500
    spec = tf.TensorSpec((None, 28, 28, 1), tf.float32)
    forward = tf.function(lambda batch: model(batch, training=False), input_signature=[spec])
    scaled = (images.astype(np.float32) / 255.0)[..., None]
    outputs = [forward(tf.constant(scaled[i:i + size])) for i in range(0, len(scaled), size)]
    return np.concatenate(outputs).argmax(1)
images = np.load(sys.argv[1])
for line in sys.stdin:
    begun, used = time.perf_counter(), time.process_time()
    score(line.strip(), images)
    print(time.perf_counter() - begun, time.process_time() - used, flush=True)
"""


class Floor:
    """A warm process without a sandbox."""

    def __init__(self, images: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FLOOR, images],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def score(self, model: Path) -> tuple[float, float]:
        """Wall and processor seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{model}\n")
        self._process.stdin.flush()
        wall, processor = self._process.stdout.readline().split()
        return float(wall), float(processor)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def cold_seconds(model: Path, images: Path) -> float:
    """The same from nothing: a script that imports, loads, predicts."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", FLOOR, images], input=f"{model}\n", text=True, check=True,
        capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - started


def sgemm_seconds(model: str, examples: int) -> float:
    """The matrix products of the CNN as NumPy does them on one thread: the least it can take."""
    shapes = {"mlp": [(1, 784, 128), (1, 128, 10)]}
    shapes["cnn"] = [(676, 9, 32), (121, 288, 64), (1, 1600, 128), (1, 128, 10)]
    total, batch = 0.0, 250
    with threadpool_limits(1):
        for positions, inner, outer in shapes[model]:
            left = np.ones((positions * batch, inner), np.float32)
            right = np.ones((inner, outer), np.float32)
            left @ right
            begun = time.process_time()
            left @ right
            total += (time.process_time() - begun) * examples / batch
    return total


@contextlib.contextmanager
def server(folder: Path, mnist: Path) -> Iterator[tuple[str, int]]:
    """A real server process: its address and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "HELDOUT_DATA": str(folder / "data"), "HELDOUT_MNIST": str(mnist),
        "HELDOUT_JOIN_CODE": CODE, "HELDOUT_QUOTA_PER_DAY": "0", "HELDOUT_DEVICE": "cpu",
        "HELDOUT_ATTEMPTS_PER_MINUTE": "100000", "HELDOUT_THREADS_PER_MODEL": THREADS,
        "HELDOUT_MODEL_WORKERS": "2", "HELDOUT_HOST": "127.0.0.1",
    }  # fmt: skip
    command = [Path(sys.executable).with_name("heldout-server"), "serve", "--port", str(port)]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        await_health(url)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def await_health(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health") as answer:  # noqa: S310
            if json.load(answer).get("status") == "ok":
                return
        time.sleep(0.2)
    raise SystemExit("the server didn't start; see server.log")


def made_up_mnist(folder: Path) -> Path:
    """An npz of MNIST's shape, with noise in it."""
    random = np.random.default_rng(0)
    arrays = {}
    for name, count in (("train", 60_000), ("test", 10_000)):
        arrays[f"x_{name}"] = random.integers(0, 256, (count, 28, 28), np.uint8)
        arrays[f"y_{name}"] = (np.arange(count) % 10).astype(np.uint8)
    np.savez(folder / "mnist.npz", **arrays)
    np.save(folder / "images.npy", arrays["x_test"])
    return folder / "mnist.npz"


def join(url: str, name: str) -> heldout.Client:
    answer = httpx.post(f"{url}/api/v1/join", json={"code": CODE, "name": name})
    return heldout.Client(url, answer.raise_for_status().json()["token"], progress=False)


def scored_seconds(client: heldout.Client, model: Path) -> tuple[float, dict[str, float]]:
    """From submit to score, and what the receipt says of it."""
    begun = time.perf_counter()
    submission = client.submit(model)
    taken = time.perf_counter() - begun
    if submission.status != "scored" or submission.receipt is None:
        raise SystemExit(f"{model.name} was not scored: {submission}")
    return taken, {k: v for k, v in submission.receipt["seconds"].items() if v is not None}


def burst_rate(url: str, models: list[Path]) -> float:
    """Models a second when `PARTICIPANTS` send them all at once."""
    kind = models[0].stem.partition("-")[0]
    clients = [join(url, f"{kind} {n}") for n in range(min(PARTICIPANTS, len(models)))]

    def send(number: int) -> None:
        for model in models[number :: len(clients)]:
            scored_seconds(clients[number], model)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(clients))]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(models) / (time.perf_counter() - begun)


def two_workers_rate(images: Path, models: list[Path]) -> float:
    """Models a second of two warm processes that are used again and again."""
    floors = [Floor(images), Floor(images)]
    for floor in floors:
        floor.score(models[0])
    threads = [
        threading.Thread(target=lambda f=floor, n=n: [f.score(m) for m in models[n::2]])
        for n, floor in enumerate(floors)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(models) / (time.perf_counter() - begun)
    for floor in floors:
        floor.close()
    return rate


def memory_mib(server_process: int) -> dict[str, float]:
    """The zygote's memory, and what an idle runner has for itself; the latter needs root."""
    zygotes = [p for p in children(server_process) if b"heldout_runner.zygote" in command(p)]
    if not zygotes:
        return {}
    idle = [memory.private_bytes(runner) for runner in children(zygotes[0])]
    found = {"memory_zygote_mib": memory.used_bytes(zygotes[0], []) / 2**20}
    return {**found, "memory_idle_runner_mib": statistics.median(idle) / 2**20} if idle else found


def children(process: int) -> list[int]:
    files = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


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
    return {f"burst_{name}": rate / two_workers_rate(folder / "images.npy", models)}


def measure(repeats: int) -> dict[str, float]:
    """All figures, on one server."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        mnist = made_up_mnist(folder)
        count = repeats + 1 + max(BURSTS.values())
        subprocess.run([sys.executable, "-c", MAKE, folder, str(count)], check=True)
        with server(folder, mnist) as (url, process):
            client = join(url, "Idle")
            # The first submission waits for the imports, which isn't what is measured.
            scored_seconds(client, folder / "mlp-0.keras")
            time.sleep(3)
            figures |= memory_mib(process)
            for name in BURSTS:
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
