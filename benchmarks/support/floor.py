"""What scoring is compared with: a warm process without a sandbox that loads and predicts."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

KINDS = ("mlp", "cnn", "starter")
# One training each; then only the last bias differs.
MAKE = """
import sys, keras, numpy as np
from keras import layers as L
def save(name, *layers):
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers, L.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.random.rand(32, 28, 28, 1), np.arange(32) % 10, verbose=0)
    for number in range(int(sys.argv[2])):
        first = model.layers[-1].weights[1]
        first.assign_add(np.full(10, 1e-4))
        model.save(f"{sys.argv[1]}/{name}-{number}.keras")
def dense(*widths):
    return [L.Dense(width, activation="relu") for width in widths]
if "mlp" in sys.argv[3:]:
    save("mlp", L.Flatten(), *dense(128))
if "cnn" in sys.argv[3:]:
    save("cnn", L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(),
         L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), *dense(128))
if "starter" in sys.argv[3:]:
    save("starter", L.Flatten(), *dense(2048, 512, 128))
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


def make(folder: Path, count: int, *kinds: str) -> None:
    """`count` models of each kind as `<kind>-<number>.keras`, each with other weights."""
    subprocess.run([sys.executable, "-c", MAKE, folder, str(count), *kinds], check=True)


def cold_seconds(model: Path, images: Path) -> float:
    """The same from nothing: a script that imports, loads, predicts."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", FLOOR, images], input=f"{model}\n", text=True, check=True,
        capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - started


def two_workers_seconds(images: Path, models: Sequence[Path]) -> float:
    """How long two warm processes take that are used again and again."""
    floors = [Floor(images), Floor(images)]
    for floor in floors:
        for kind in {model.stem.partition("-")[0]: model for model in models}.values():
            floor.score(kind)
    threads = [
        threading.Thread(target=lambda f=floor, n=n: [f.score(m) for m in models[n::2]])
        for n, floor in enumerate(floors)
    ]
    seconds = together_seconds(threads)
    for floor in floors:
        floor.close()
    return seconds


def together_seconds(threads: Sequence[threading.Thread]) -> float:
    """How long threads take that start together."""
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun
