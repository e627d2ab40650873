"""The experiment map at 10, 200 and 10,000 runs: milliseconds, bytes, importance.

python benchmarks/experiments.py [--runs 10 200 10000] [--keep FOLDER]

Runs are made up (scores follow their hyperparameters, with noise); everything else is the real
path: rows in the database, the ASGI app, gzip off. `--keep` leaves the largest data folder there,
for `HELDOUT_DATA=FOLDER heldout-server serve`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from heldout_server.competitions.queries import all_competitions
from heldout_server.kit.settings import Settings
from heldout_server.models import (
    Best,
    Competition,
    Participant,
    Receipt,
    RunCard,
    Score,
    State,
    Submission,
)
from heldout_server.processes.installation import (
    Installation,
    ensure_competition,
    open_installation,
)
from heldout_server.processes.server import create_app, embedded
from heldout_server.runs.experiments import Filter, load_runs
from heldout_server.runs.importance import importance
from heldout_server.runs.record_runs import record_missing
from heldout_server.tasks.predictions import Predictions

START = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
PEOPLE = 60
ACTIVATIONS = ("relu", "relu", "tanh", "gelu")
REPEATS = 7
CURVES = Path(__file__).parents[1] / "tests" / "unit" / "runs" / "curves"


def made_up(chance: random.Random) -> tuple[dict[str, Any], float]:
    """Hyperparameters as a class might choose them, and a score that follows from them."""
    convolutional = chance.random() < 0.45
    optimizer = chance.choice(["adam", "adam", "adam", "sgd", "rmsprop", "adamw"])
    rate = 10 ** chance.uniform(-4.5, -0.7)
    batch = chance.choice([16, 32, 64, 128, 128, 256, 512])
    width = chance.choice([16, 32, 64, 128, 256, 512, 1024, 2048])
    layers = chance.choice([1, 1, 2, 2, 3, 4])
    dropout = chance.choice([0, 0, 0.1, 0.2, 0.3, 0.5])
    epochs = chance.choice([1, 2, 3, 5, 5, 8, 10, 15, 20])
    best = -3.0 if optimizer != "sgd" else -1.2
    score = 0.985 if convolutional else 0.972
    score -= 0.012 * (math.log10(rate) - best) ** 2
    score -= 0.02 / epochs + 0.08 / width * 10
    score += 0.004 * (dropout > 0) * (width >= 256)
    score += chance.gauss(0, 0.002)
    card: dict[str, Any] = {
        "optimizer": optimizer, "learning_rate": float(f"{rate:.3g}"), "batch_size": batch,
        "epochs_run": epochs, "epochs_requested": epochs, "hidden_layers": layers,
        "hidden_units": "-".join([str(width)] * layers), "activation": chance.choice(ACTIVATIONS),
        "examples": chance.choice([20_000, 20_000, 50_000]),
        "parameters": width * 784 + width * width * (layers - 1) + 10 * width,
        "train_seconds": round(epochs * chance.uniform(1, 8), 1),
    }  # fmt: skip
    if dropout:
        card["dropout"] = dropout
    if convolutional:
        card |= {"conv_filters": "32-64", "kernel_size": chance.choice(["3x3", "5x5"])}
        card["parameters"] = 20_000 + width * 320
    return card, max(0.1, min(0.9965, score))


def fill(installed: Installation, runs: int, *, predictions: bool) -> Competition:
    """Write `runs` scored submissions of sixty people; answers the competition.

    With `predictions`, each person's best also gets stored predictions of that accuracy.
    """
    chance = random.Random(1)
    curves = [json.loads(path.read_text())["card"] for path in sorted(CURVES.glob("*.json"))]
    with installed.database.write() as session:
        competition = all_competitions(session)[0]
        competition_id = competition.id or 0
        people = [_person(session, competition_id, number) for number in range(min(PEOPLE, runs))]
        session.flush()
        best: dict[int | None, tuple[float, Submission]] = {}
        for number in range(runs):
            person = chance.choice(people)
            settings, score = made_up(chance)
            submission = _submission(competition_id, person, number)
            session.add(submission)
            session.flush()
            card = {**chance.choice(curves)}
            card["hyperparameters"] = settings
            seconds = {"load": chance.uniform(0.05, 0.3), "predict": settings["parameters"] / 4e6}
            session.add(RunCard(submission_id=submission.id or 0, card=card))
            session.add(Receipt(submission_id=submission.id or 0, data={"seconds": seconds}))
            session.add(_score(submission.id, score))
            if person.id not in best or score > best[person.id][0]:
                best[person.id] = (score, submission)
        for person_id, (score, submission) in best.items():
            session.add(
                Best(
                    participant_id=person_id or 0, competition_id=competition_id,
                    submission_id=submission.id or 0, score=score, reached_at=submission.queued_at,
                    entries=runs // len(people) or 1,
                )
            )  # fmt: skip
            if predictions:
                submission.predictions_sha256 = _predictions(installed, competition, score, chance)
    return competition


def _person(session: Any, competition_id: int, number: int) -> Participant:
    names = (
        "Ada",
        "Grace",
        "Alan",
        "Edsger",
        "Barbara",
        "Donald",
        "Radia",
        "Claude",
        "Mary",
        "Karl",
    )
    name = f"{names[number % 10]} {number + 1}"
    person = Participant(
        public_id=f"p_{number:012d}", competition_id=competition_id, name=name,
        name_key=name.casefold(), token_hash=f"{number:064d}", joined_at=START,
    )  # fmt: skip
    session.add(person)
    return person


def _submission(competition_id: int, person: Participant, number: int) -> Submission:
    at = START + timedelta(seconds=number)
    return Submission(
        public_id=f"s_{number:012d}", participant_id=person.id or 0, competition_id=competition_id,
        idempotency_key=f"key-{number}", kind="model", name=f"try {number + 1}",
        filename="model.keras", size_bytes=1_000_000, sha256=f"{number:064x}",
        state=State.SCORED, created_at=at, queued_at=at, finished_at=at,
    )  # fmt: skip


def _score(submission_id: int | None, score: float) -> Score:
    n = 5000
    right = round(score * n)
    confusion = [[0] * 10 for _ in range(10)]
    for label in range(10):
        confusion[label][label] = right // 10
        confusion[label][(label + 3) % 10] = (n - right) // 10
    figures: dict[str, object] = {
        "examples": n, "accuracy": score, "error_count": n - right, "top_3_accuracy": None,
        "log_loss": None, "macro_precision": score, "macro_recall": score, "macro_f1": score,
        "per_class_recall": [score] * 10, "confusion_matrix": confusion,
    }  # fmt: skip
    return Score(
        submission_id=submission_id or 0, split="public", score=score, examples=n,
        error_count=n - right, metrics=figures,
    )  # fmt: skip


def _predictions(installed: Installation, competition: Any, score: float, chance: Any) -> str:
    labels = installed.labels.labels(competition.dataset_hash)
    dice = np.random.default_rng(chance.randrange(2**32))
    # Hard images are hard for everyone, as in a real class.
    difficulty = np.random.default_rng(0).exponential(size=len(labels))
    noisy = difficulty * dice.uniform(0.6, 1.4, len(labels))
    wrong = noisy > np.quantile(noisy, score)
    said = np.where(wrong, (labels + dice.integers(1, 10, len(labels))) % 10, labels)
    return installed.blobs.put(Predictions(said, None, "labels").to_bytes())


def measure(folder: Path, runs: int) -> None:
    settings = Settings(data=folder, join_code="WAT-2026", model_workers=0, download=False)
    installed = open_installation(settings)
    ensure_competition(installed, now=START)
    competition = fill(installed, runs, predictions=runs <= 1000)
    began = time.perf_counter()
    while True:
        with installed.database.write() as session:
            if not record_missing(session):
                break
    recorded = time.perf_counter() - began
    server = embedded(installed)
    with TestClient(create_app(server)) as api:
        slug = api.get("/api/v1/competitions").json()["competitions"][0]["slug"]
        base = f"/c/{slug}/experiments"
        print(f"{runs:>6} runs: columns of all in {recorded:.2f} s")
        grid = f"{base}/grid?x=learning_rate&y=score"
        by_size = f"{base}?sort=parameters&order=asc"
        for path in (f"{base}/data", f"{base}/data?best=2000", grid, base, by_size, f"{base}.csv"):
            times, busy, size = [], [], 0
            for _ in range(REPEATS):
                server.services.pages.clear()
                began, worked = time.perf_counter(), time.process_time()
                answer = api.get(path, headers={"Accept-Encoding": "identity"})
                times.append((time.perf_counter() - began) * 1000)
                busy.append((time.process_time() - worked) * 1000)
                assert answer.status_code == 200, answer.text
                size = len(answer.content)
            print(
                f"       {path:<50} {statistics.median(times):8.1f} ms "
                f"({statistics.median(busy):6.1f} ms of CPU) {size / 1000:9.1f} kB"
            )
        with installed.database.read() as session:
            rows = load_runs(session, competition, Filter(True))
        began, worked = time.perf_counter(), time.process_time()
        found = importance(rows)
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        print(
            f"       importance of {found.runs} runs in {seconds:.2f} s ({cpu:.2f} s of CPU): "
            f"{found.shares[:3]}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, nargs="+", default=[10, 200, 10_000])
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    for runs in asked.runs:
        with tempfile.TemporaryDirectory() as folder:
            is_last = runs == asked.runs[-1] and asked.keep is not None
            measure(asked.keep if is_last else Path(folder), runs)


if __name__ == "__main__":
    main()
