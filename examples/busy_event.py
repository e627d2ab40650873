"""A whole evening on the board: 40 participants, 300 submissions, sent through the real services.

    python examples/busy_event.py FOLDER [--participants 40] [--submissions 300]

Fills FOLDER with the data of an event that began 70 minutes ago and closes in 20 minutes. Every
submission goes through the API and is graded like any other; only the clock is moved by hand.
Then look at it: `HELDOUT_DATA=FOLDER heldout-server serve`.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from sqlmodel import select

from heldout_server.kit.settings import Settings
from heldout_server.models import Competition
from heldout_server.processes.installation import (
    Installation,
    ensure_competition,
    ensure_organizer,
    open_installation,
)
from heldout_server.processes.server import create_app, embedded

CODE = "ROOM-2026"
BEGAN_AGO, CLOSES_IN = timedelta(minutes=70), timedelta(minutes=20)
NAMES = (
    "Ada", "Grace Hopper", "فريق الرياضيات", "🦔 hedgehog", "Müller & Söhne", "Noor", "张伟",
    "The Extraordinarily Long Named Team of Convolutional Adventur", "O'Brien", "Žofie Černá",
    "backprop bandits", "Mira", "Tomás", "overfit & underslept", "Ola", "Kenji", "Zed", "Priya",
    "null pointer", "Łukasz", "Ines", "gradient goblins", "Sam", "Bo", "Chidi", "Hana",
    "two conv and a prayer", "Yusuf", "Lena", "Omar", "relu believe it", "Wen", "Ava", "Ivo",
    "dropout dropouts", "Nia", "Jules", "Finn", "Sofía", "epoch fail",
)  # fmt: skip
TRIES = ("starter", "2 conv + dropout", "wider dense", "batch norm", "augmentation ±2 px",
         "cosine schedule", "3 conv, batch 64", "label smoothing", "ensemble of 3")  # fmt: skip
HELPS = {"conv": 0.6, "augmentation": 0.7, "cosine": 0.9}
"""What a word in the name of a try does to its errors."""


class Clock:
    """A clock that the event moves by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Someone:
    """A participant with a token and a network that gets better."""

    token: str
    errors: float
    tries: int = 0


def main() -> None:
    """Make the event."""
    arguments = _arguments()
    installed, clock = _installation(arguments)
    rng = np.random.default_rng(6)
    truth, difficulty = _truth(installed, rng)
    began = clock()
    with TestClient(create_app(embedded(installed, clock=clock))) as api:
        people = [_join(api, name, rng) for name in _names(arguments.participants)]
        for number in range(arguments.submissions):
            elapsed = BEGAN_AGO * ((number + 1) / (arguments.submissions + 1))
            clock.now = began + elapsed
            share = int(arguments.participants * (0.15 + 0.85 * min(1, 2 * elapsed / BEGAN_AGO)))
            someone = people[int(rng.integers(0, max(2, share)))]
            _submit(api, someone, truth, difficulty, rng)
    _close_later(installed, began)
    print(f"join code {CODE}; organizer token {ensure_organizer(installed, now=began)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--participants", type=int, default=40)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--mnist", type=Path, default=None)
    return parser.parse_args()


def _installation(arguments: argparse.Namespace) -> tuple[Installation, Clock]:
    settings = Settings(
        data=arguments.folder, join_code=CODE, model_workers=0, download=False,
        mnist=arguments.mnist, quota_per_day=40, attempts_per_minute=100_000,
        timezone="America/Toronto",
    )  # fmt: skip
    installed = open_installation(settings)
    clock = Clock(datetime.now(UTC) - BEGAN_AGO)
    ensure_competition(installed, now=clock())
    return installed, clock


def _truth(
    installed: Installation, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    with installed.database.read() as session:
        competition = session.execute(select(Competition)).scalar_one()
    labels = installed.labels.labels(competition.dataset_hash).astype(np.int64)
    return labels, rng.gumbel(size=len(labels))  # some digits are hard for everyone


def _names(number: int) -> list[str]:
    more = (f"Participant {rank}" for rank in range(len(NAMES) + 1, number + 1))
    return [*NAMES[:number], *more]


def _join(api: TestClient, name: str, rng: np.random.Generator) -> Someone:
    answer = api.post("/api/v1/join", json={"code": CODE, "name": name[:60]})
    if answer.status_code != 201:
        raise SystemExit(answer.text)
    return Someone(answer.json()["token"], errors=float(rng.uniform(0.03, 0.12)))


def _submit(
    api: TestClient,
    someone: Someone,
    truth: NDArray[np.int64],
    difficulty: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """A try that is usually a little better than the one before, with errors on hard digits."""
    someone.tries += 1
    someone.errors = max(0.0045, someone.errors * float(rng.uniform(0.62, 1.06)))
    order = np.argsort(difficulty + rng.gumbel(size=len(truth)))
    name = TRIES[someone.tries % len(TRIES)]
    help = next((factor for word, factor in HELPS.items() if word in name), 1.0)
    wrong = order[-max(1, round(someone.errors * help * len(truth))) :]
    predicted = truth.copy()
    predicted[wrong] = (predicted[wrong] + rng.integers(1, 10, len(wrong))) % 10
    buffer = io.BytesIO()
    np.save(buffer, predicted.astype(np.uint8))
    _send(api, someone, buffer.getvalue(), name, _card(someone, name, rng))


def _card(someone: Someone, name: str, rng: np.random.Generator) -> dict[str, Any]:
    """What the client would have captured: settings that fit the name, and curves of ten epochs."""
    epochs = int(rng.integers(5, 21))
    falling = np.exp(-np.arange(epochs) / 3)
    turn = 0.02 * np.maximum(0, np.arange(epochs) - epochs / 2) * ("dropout" not in name)
    layer = "Conv2D" if "conv" in name else "Dense"
    return {
        "hyperparameters": {
            "optimizer": "Adam", "learning_rate": float(rng.choice([1e-3, 3e-4, 1e-2])),
            "batch_size": int(rng.choice([32, 64, 128])), "epochs_run": epochs,
            "dropout": 0.3 if "dropout" in name else 0.0, "hidden_layers": int(rng.integers(1, 4)),
            "augmentation": "±2 px" if "augmentation" in name else None,
            "learning_rate_schedule": "CosineDecay" if "cosine" in name else None,
            "parameters": int(10 ** rng.uniform(4, 6.4)), "hidden_units": [2048, 512, 128],
        },
        "architecture": [{"type": layer}, {"type": "Dense"}],
        "history": {
            "loss": [float(value) for value in 0.02 + falling],
            "val_loss": [float(value) for value in 0.1 + falling + turn],
            "accuracy": [float(value) for value in 1 - 0.4 * falling - someone.errors * 0.4],
            "val_accuracy": [float(value) for value in 1 - 0.4 * falling - someone.errors],
        },
    }  # fmt: skip


def _send(
    api: TestClient, someone: Someone, content: bytes, name: str, card: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {someone.token}", "Idempotency-Key": str(uuid4())}
    body: dict[str, Any] = {
        "kind": "predictions", "filename": "predictions.npy", "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(), "name": name, "run_card": card,
    }  # fmt: skip
    opened = api.post("/api/v1/submissions", headers=headers, json=body)
    if opened.status_code not in {200, 201}:
        raise SystemExit(opened.text)
    path = f"/api/v1/submissions/{opened.json()['id']}"
    sent = api.put(f"{path}/file", headers=headers, content=content)
    if sent.status_code not in {200, 202}:
        raise SystemExit(sent.text)
    while api.get(path, headers=headers).json()["state"] not in {"scored", "rejected", "error"}:
        time.sleep(0.005)


def _close_later(installed: Installation, began: datetime) -> None:
    with installed.database.write() as session:
        competition = session.execute(select(Competition)).scalar_one()
        competition.opens_at = began - timedelta(minutes=5)
        competition.closes_at = began + BEGAN_AGO + CLOSES_IN
        session.add(competition)


if __name__ == "__main__":
    main()
