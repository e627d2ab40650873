"""What a class does to a board in containers; after a kill, that it's all still there.

`before`: the sandbox contains every probe; then `first`.
`first`: on an empty board a file of predictions and a plain model are scored.
`after`: the board has its first row still, and another file is scored.
`tensorflow`: so is a model that the lane of plain ones can't run.
`storm`: four send without a pause while somebody kills containers; what was accepted is scored.
`board`: whose row says what.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import keras
import numpy as np

import heldout

PATIENCE_SECONDS = 300
STORM_SECONDS = 80
PAUSE_SECONDS = 2  # fewer than a participant may open in a minute
MODEL_EVERY = 5


def main(url: str, code: str, when: str) -> None:
    STEPS[when](url, code)
    print(when, board(url))


def before(url: str, code: str) -> None:
    models = wait_for(url)["models"]
    assert models["contained"] == models["probes"] > 0, models
    first(url, code)


def first(url: str, code: str) -> None:
    wait_for(url)
    assert httpx.get(f"{url}/help/handbook/", timeout=5).status_code == 200
    assert board(url) == {}
    with heldout.join(url, code=code, name="Ada", progress=False) as client:
        data = client.data()
        scored(client.submit(np.arange(len(data.x_test)) % 10))
        model = scored(client.submit(network(data.x_test.shape[1:])))
        assert model.receipt["engine"] == "onnxruntime", model.receipt


def after(url: str, code: str) -> None:
    wait_for(url)
    assert "Ada" in board(url)
    with heldout.join(url, code=code, name="Noor", progress=False) as client:
        scored(client.submit(np.arange(len(client.data().x_test)) % 10))


def tensorflow(url: str, code: str) -> None:
    wait_for(url)
    with heldout.join(url, code=code, name="Grace", progress=False) as client:
        shape = client.data().x_test.shape[1:]
        layers = [keras.layers.Reshape((*shape, 1)), keras.layers.ConvLSTM1D(2, 3)]
        model = scored(client.submit(network(shape, *layers)))
        assert model.receipt["engine"] == "tensorflow", model.receipt


def storm(url: str, code: str) -> None:
    names = ["Edsger", "Barbara", "Alan", "Radia"]
    with ThreadPoolExecutor(len(names)) as pool:
        found = sum(pool.map(lambda name: stubborn(url, code, name), names), Counter())
    print(dict(found))
    assert found["scored"] == found.total() > 0, found


def stubborn(url: str, code: str, name: str) -> Counter[str]:
    """The states of all that the server accepted; each one that it answered is among them."""
    chance = np.random.default_rng(len(name))
    with heldout.join(url, code=code, name=name, progress=False) as client:
        shape = client.data().x_test.shape
        answered: set[str] = set()
        deadline = time.monotonic() + STORM_SECONDS
        while time.monotonic() < deadline:
            is_model = len(answered) % MODEL_EVERY == 0
            sent = network(shape[1:]) if is_model else chance.integers(0, 10, shape[0])
            try:
                answered.add(client.submit(sent, timeout=PATIENCE_SECONDS).id)
            except heldout.HeldoutError as error:
                print(f"{name}: {error!r}"[:120])
            time.sleep(PAUSE_SECONDS)
        accepted = {submission.id: submission.status for submission in client.submissions(None)}
    assert answered <= set(accepted), answered - set(accepted)
    return Counter(accepted.values())


def scored(submission: heldout.Submission) -> heldout.Submission:
    assert submission.status == "scored", submission
    return submission


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


def network(shape: tuple[int, ...], *first: keras.Layer) -> keras.Model:
    layers = [*first, keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


STEPS = {
    "before": before,
    "first": first,
    "after": after,
    "tensorflow": tensorflow,
    "storm": storm,
    "board": lambda url, _: wait_for(url),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
