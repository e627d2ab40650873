"""Small real Keras models, each with other weights, made in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

SCRIPT = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
folder, number = sys.argv[1], int(sys.argv[2])
for seed in range(number):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.Input((28, 28)), keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    model.save(f"{folder}/{seed}.keras")
"""


def make_models(folder: Path, number: int) -> list[Path]:
    """`number` untrained models under `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), str(number)]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(folder.glob("*.keras"))
