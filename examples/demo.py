"""`make demo`: a board with four real submissions, from nothing, in a few minutes.

Starts a server on a fresh data folder, trains the class's overfit starter and three better
variants, submits all four through the client library as four participants, prints the board, and
leaves the server running (`--exit` stops it instead). `--contest diabetes`: the same of another
contest, see `demo_contest`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
DATA = Path("demo-data")
# The demo's four participants must not replace the login of whoever runs it.
os.environ["HELDOUT_CONFIG"] = str(DATA / "login.json")

import demo_contest  # noqa: E402
import httpx  # noqa: E402

import heldout  # noqa: E402 the settings above come first

CODE = "DEMO-2026"
TRAINING_EXAMPLES = 20_000
BATCH_SIZE = 128
START_SECONDS = 120


@dataclass(frozen=True)
class Experiment:
    """One participant's idea: layers, how long to train, and what to call it."""

    participant: str
    name: str
    epochs: int
    layers: list[Any]


def main() -> int:
    """Run the demo; the exit code is 0 when everything was scored."""
    arguments = _arguments()
    started = time.monotonic()
    with _server(arguments.port, arguments.contest) as process:
        url = f"http://localhost:{arguments.port}"
        _await_health(url, process)
        print(f"\nThe board is live: {url}\n", flush=True)
        if arguments.contest:
            submissions = demo_contest.take_part(url, CODE)
        else:
            submissions = [_take_part(url, experiment) for experiment in _experiments()]
        print(f"\n{heldout.Client(url).leaderboard()}\n")
        print(f"Done in {time.monotonic() - started:.0f} s.", flush=True)
        scored = all(submission.status == "scored" for submission in submissions)
        if not arguments.exit:
            _leave_running(url, process)
    return 0 if scored else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--contest", help="a template's name, or a contest's folder; else MNIST")
    parser.add_argument("--exit", action="store_true", help="stop the server at the end")
    return parser.parse_args()


@contextmanager
def _server(port: int, contest: str | None) -> Iterator[subprocess.Popen[bytes]]:
    """The real server, as `make serve` starts it, on a fresh data folder."""
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir()
    command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", str(port)]
    if contest:
        command += ["--contest", str(demo_contest.folder_of(contest, DATA / "contests"))]
    environment = {**os.environ, "HELDOUT_DATA": str(DATA), "HELDOUT_JOIN_CODE": CODE}
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _await_health(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("The server ended by itself; what it said is above.")
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health").status_code == 200:
                return
        time.sleep(0.2)
    raise SystemExit(f"The server didn't come up within {START_SECONDS} s.")


def _take_part(url: str, experiment: Experiment) -> heldout.Submission:
    """Join, train, submit: what a participant does in a notebook."""
    client = heldout.join(url, code=CODE, name=experiment.participant)
    model, history = _train(client, experiment)
    return client.submit(model, name=experiment.name, history=history, batch_size=BATCH_SIZE)


def _train(client: heldout.Client, experiment: Experiment) -> tuple[Any, Any]:
    import keras

    (images, labels), (practice_images, practice_labels) = client.training_data()
    keras.utils.set_random_seed(812)
    model = keras.Sequential([keras.Input((28, 28)), *experiment.layers])
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = model.fit(
        images[:TRAINING_EXAMPLES] / 255.0,
        labels[:TRAINING_EXAMPLES],
        validation_data=(practice_images[:2000] / 255.0, practice_labels[:2000]),
        batch_size=BATCH_SIZE,
        epochs=experiment.epochs,
        callbacks=[_progress_bar(f"{experiment.participant}: {experiment.name}")],
        verbose=0,
    )
    return model, history


def _progress_bar(title: str) -> Any:
    import keras
    from tqdm import tqdm

    class Bar(keras.callbacks.Callback):
        """A bar over all batches, with the validation accuracy so far."""

        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
            total = self.params["epochs"] * self.params["steps"]
            self.bar = tqdm(total=total, desc=title, unit="batch", file=sys.stdout)

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            self.bar.update()

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            self.bar.set_postfix(val_accuracy=f"{(logs or {}).get('val_accuracy', 0):.4f}")

        def on_train_end(self, logs: dict[str, float] | None = None) -> None:
            self.bar.close()

    return Bar()


def _experiments() -> list[Experiment]:
    from keras import layers

    def convolutions(dropout: float) -> list[Any]:
        return [
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(10),
        ]

    starter = [layers.Dense(units, activation="relu") for units in (2048, 512, 128)]
    smaller = [layers.Dense(256, activation="relu"), layers.Dropout(0.3), layers.Dense(10)]
    return [
        Experiment("Ada", "the overfit starter", 8, [layers.Flatten(), *starter, layers.Dense(10)]),
        Experiment("Grace", "smaller + dropout", 8, [layers.Flatten(), *smaller]),
        Experiment("Alan", "2 conv", 4, convolutions(0.0)),
        Experiment("Katherine", "2 conv + dropout", 5, convolutions(0.4)),
    ]


def _leave_running(url: str, process: subprocess.Popen[bytes]) -> None:
    print(f"The board           {url}")
    print(f"For the projector   {_projector(url)}")
    print("The server goes on running. Stop it with Ctrl+C.", flush=True)
    try:
        process.wait()
    except KeyboardInterrupt:
        print("\nStopped.")


def _projector(url: str) -> str:
    """The wall's page of the competition that the code leads to."""
    join_page = httpx.get(f"{url}/j/{CODE}").headers["location"]
    return url + join_page.replace("/join?", "/tv?")


if __name__ == "__main__":
    raise SystemExit(main())
