"""What a class does to a board in a container; after a kill, that it's all still there.

`before`: the sandbox contains every probe; a file of predictions and a model are scored.
`after`: the same two rows stand on the board, and another file is scored.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import httpx
import keras
import numpy as np

import heldout

PATIENCE_SECONDS = 300
NAME = {"before": "Ada", "after": "Noor"}


def main(url: str, code: str, when: str) -> None:
    health = wait_for(url)
    assert httpx.get(f"{url}/help/handbook/", timeout=5).status_code == 200
    models = health["models"]
    assert models["contained"] == models["probes"] > 0, models
    rows = board(url)
    assert len(rows) == (0 if when == "before" else 1), rows
    with heldout.join(url, code=code, name=NAME[when], progress=False) as client:
        data = client.data()
        file = client.submit(np.arange(len(data.x_test)) % 10)
        assert file.status == "scored", file
        if when == "before":
            model = client.submit(network(data.x_test.shape[1:]))
            assert model.status == "scored", model
    print(when, board(url))


def wait_for(url: str) -> dict[str, Any]:
    """The server's own word once it takes models. Raises: TimeoutError."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            health: dict[str, Any] = httpx.get(f"{url}/health", timeout=5).json()
        except (httpx.HTTPError, ValueError):
            health = {}
        if health.get("models", {}).get("sandbox") == "contained":
            return health
        time.sleep(0.5)
    raise TimeoutError(f"no contained sandbox at {url} after {PATIENCE_SECONDS} s")


def board(url: str) -> dict[str, str]:
    """Whose row says what."""
    slug = httpx.get(f"{url}/api/v1/competitions").json()["competitions"][0]["slug"]
    rows = httpx.get(f"{url}/c/{slug}/board.json").json()["rows"]
    return {row["participant"]["name"]: row["score_text"] for row in rows}


def network(shape: tuple[int, ...]) -> keras.Model:
    layers = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


if __name__ == "__main__":
    main(*sys.argv[1:])
