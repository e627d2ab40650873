"""Submissions while every process is killed, paused and cut off: nothing lost, nothing twice.

    python benchmarks/chaos.py [--submissions 200] [--kills 24] [--seconds 120] [--database both]

Real processes: on SQLite `serve`, on PostgreSQL two web, two graders, a scorer and a reconciler.
Participants post with idempotency keys until they are heard and sometimes post again. At the end
every figure is read from the database, and the board is computed anew from scores and from the
labels. Exit 1 when anything was lost, doubled, left unfinished or ranked wrongly, or when one of
the files, which are all honest, was rejected or ended in an error.

Zygotes and runners are killed as well, runners by SIGKILL, SIGTERM or SIGSEGV at random. Nobody
can tell a file that crashes twice from one whose runner is sent SIGSEGV twice, so no submission is
sent a second one, and the last of its three tries is left alone (`support/havoc.py`).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from support.cluster import Cluster, fresh, scaled, single, slug_of
from support.havoc import Havoc
from support.models import make_models
from support.submitting import Persistent, npy, until_final

from heldout_server.datasets.loaded import DIGITS
from heldout_server.grading import LabelStore
from heldout_server.kit.db import Database
from heldout_server.models import State

PARTICIPANTS = 10
MODELS_SHARE = 0.15
SETTLE_SECONDS = 180.0
# A lease short enough to be outlived by a pause that a benchmark can wait for.
LEASE_SECONDS, PAUSE_SECONDS = 9, 12
RANKED = text(
    """
    select p.name, s.public_id, sc.score, s.queued_at, s.id
    from score sc join submission s on s.id = sc.submission_id
    join participant p on p.id = s.participant_id
    where sc.split = 'public' and s.state = 'scored' and s.moderation is null
    """
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--models", type=int, help="how many of them; one in seven if not given")
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=120, help="how long harm is done")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="figures only")
    given = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if given.database == "both" else [given.database]
    wrong = 0
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            figures = chaos(kind, Path(folder), given)
        print(json.dumps(figures, indent=None if given.json else 2), flush=True)
        wrong += bool(failures(figures))
    return 1 if wrong else 0


def failures(figures: dict[str, Any]) -> list[str]:
    """The figures that must be nothing and aren't."""
    never = (
        "lost", "doubled", "not_final", "rejected", "error", "wrong_scores",
        "reposts_answered_otherwise",
    )  # fmt: skip
    found = [name for name in never if figures[name]]
    return found if figures["board_equals_recomputation"] else [*found, "board"]


def chaos(kind: str, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """One run; the figures."""
    home = fresh(folder / "cluster")
    cluster = _cluster(kind, home)
    started = time.monotonic()

    def log(message: str) -> None:
        if not given.json:
            print(f"{time.monotonic() - started:6.1f} s  {message}", file=sys.stderr, flush=True)

    number = round(given.submissions * MODELS_SHARE) if given.models is None else given.models
    models = make_models(folder / "models", max(1, number))
    try:
        cluster.start_all()
        log("everything runs")
        return _storm(cluster, kind, models, given, log)
    finally:
        cluster.stop()


def _cluster(kind: str, home: Path) -> Cluster:
    settings = {"HELDOUT_LEASE_SECONDS": str(LEASE_SECONDS), "HELDOUT_MODEL_WORKERS": "2"}
    if kind == "sqlite":
        return single(home, **settings)
    return scaled(home, settings, webs=2, graders=2, scorers=1, reconcilers=1)


def _storm(
    cluster: Cluster, kind: str, models: list[Path], given: argparse.Namespace, log: Any
) -> dict[str, Any]:
    database = Database(_url(cluster))
    havoc = Havoc(cluster, database, PAUSE_SECONDS, given.seed, log)
    slug = slug_of(cluster)
    crowd = Crowd(cluster, models, given.submissions, given.seconds, given.seed)
    crowd.join(slug)
    crowd.start()
    harm_began = time.monotonic()
    try:
        havoc.run(kills=given.kills, over_seconds=given.seconds)
        crowd.finish()
        log("harm is over, every file was taken")
        settling = time.monotonic()
        stuck = until_final(crowd.people, log, SETTLE_SECONDS)
        for web in cluster.webs:  # the last harm may have been its
            cluster.await_web(web)
    finally:
        havoc.stop()
    figures = {
        "database": kind,
        "submissions": sum(len(person.ids) for person in crowd.people),
        "of_which_models": crowd.models_sent,
        "harm": dict(sorted(havoc.done.items())),
        "kills": havoc.kills,
        "harm_seconds": round(settling - harm_began, 1),
        "settled_after_seconds": round(time.monotonic() - settling, 1),
        "not_final": len(stuck),
        **_audit(cluster, database, slug, crowd),
        **_recovery(havoc),
    }
    database.dispose()
    return figures


class Crowd:
    """Participants in threads; each keeps what it sent, so that scores can be checked."""

    def __init__(
        self, cluster: Cluster, models: list[Path], submissions: int, seconds: float, seed: int
    ) -> None:
        self.people = [Persistent(cluster, f"P{number}") for number in range(PARTICIPANTS)]
        self.sent: dict[str, NDArray[np.uint8]] = {}
        self.models_sent = 0
        self._models = list(models)
        self._each = submissions // PARTICIPANTS
        self._pause = seconds / max(1, self._each)
        self._seed = seed
        self._models_share = len(models) / max(1, submissions)
        self._threads: list[threading.Thread] = []
        self._failed: list[Exception] = []
        self._examples = 0

    def join(self, slug: str) -> None:
        cluster = self.people[0].cluster
        shown = httpx.get(f"http://127.0.0.1:{cluster.webs[0].port}/api/v1/competitions/{slug}")
        self._examples = shown.json()["dataset"]["test_examples"]
        for person in self.people:
            with person:
                person.join()

    def start(self) -> None:
        for number, person in enumerate(self.people):
            thread = threading.Thread(target=self._send_all, args=(number, person))
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()
        if self._failed:
            raise self._failed[0]
        for person in self.people:
            person.__enter__()

    def _send_all(self, number: int, person: Persistent) -> None:
        chance = random.Random(self._seed * 1000 + number)
        values = np.random.default_rng(self._seed * 1000 + number)
        with person:
            try:
                for _ in range(self._each):
                    self._send(person, values)
                    time.sleep(chance.uniform(0.0, 2.0) * self._pause)
            except Exception as error:
                self._failed.append(error)

    def _send(self, person: Persistent, values: np.random.Generator) -> None:
        if values.random() < self._models_share and self._models:
            content = self._models.pop().read_bytes()
            self.models_sent += 1
            person.submit("model", "model.keras", content)
            return
        predicted = values.integers(0, 10, self._examples).astype(np.uint8)
        self.sent[person.submit("predictions", "predictions.npy", npy(predicted))] = predicted


def _audit(cluster: Cluster, database: Database, slug: str, crowd: Crowd) -> dict[str, Any]:
    """What the database says in the end, against what was sent."""
    accepted = [found for person in crowd.people for found in person.ids.values()]
    with database.read() as session:
        states = dict(session.execute(text("select public_id, state from submission")).all())
        scored = dict(session.execute(text(
            "select s.public_id, sc.score from score sc join submission s "
            "on s.id = sc.submission_id where sc.split = 'public'")).all())  # fmt: skip
        announced = session.execute(text(
            "select submission_id from event where kind = 'submission.scored'"
        )).scalars()  # fmt: skip
        twice = sum(number > 1 for number in Counter(announced).values())
        attempts, deaths = session.execute(
            text("select max(attempt), max(deaths) from submission")
        ).one()
        ranked = _ranked(session.execute(RANKED).all())
    # Nothing may be there that nobody sent: a repeated post must not make a second row.
    doubled = twice + len(set(states) - set(accepted)) + len(accepted) - len(set(accepted))
    expected = _expected_scores(cluster, slug, crowd)
    by_state = Counter(states.values())
    return {
        "lost": len(set(accepted) - set(states)),
        "doubled": doubled,
        "states": dict(by_state),
        "rejected": by_state[State.REJECTED],
        "error": by_state[State.ERROR],
        "wrong_scores": sum(
            found in scored and scored[found] != score for found, score in expected.items()
        ),
        "most_attempts_of_the_last_step": attempts,
        "most_deaths_of_a_worker_alone_with_one": deaths,
        "attempts_that_proved_nothing": _inconclusive(cluster),
        "reposts": sum(person.reposts for person in crowd.people),
        "reposts_answered_otherwise": sum(p.reposts_elsewhere for p in crowd.people),
        "requests_repeated": sum(person.retries for person in crowd.people),
        "board_equals_recomputation": _board(cluster, slug) == ranked,
    }


def _inconclusive(cluster: Cluster) -> dict[str, int]:
    """How attempts ended that were tried again, by the logs: rows forget it with the step."""
    lines = "".join(log.read_text() for log in cluster.folder.glob("*.log"))
    found = re.findall(r"event=job\.inconclusive.*\bended=(\S+)", lines)
    interrupted = len(re.findall(r"event=job\.interrupted", lines))
    return dict(sorted(Counter(found).items())) | {"with the zygote": interrupted}


def _ranked(rows: Any) -> list[tuple[str, str, float]]:
    best: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: (-row.score, row.id)):
        best.setdefault(row.name, row)
    order = sorted(best.values(), key=lambda row: (-row.score, str(row.queued_at), row.id))
    return [(row.name, row.public_id, row.score) for row in order]


def _board(cluster: Cluster, slug: str) -> list[tuple[str, str, float]]:
    address = f"http://127.0.0.1:{cluster.webs[0].port}/api/v1/competitions/{slug}/leaderboard"
    rows = httpx.get(address, params={"limit": 100}, timeout=30).json()["rows"]
    return [(row["participant"]["name"], row["submission_id"], row["score"]) for row in rows]


def _expected_scores(cluster: Cluster, slug: str, crowd: Crowd) -> dict[str, float]:
    store = LabelStore(cluster.labels_home / "labels")
    content_hash = next((cluster.labels_home / "datasets").iterdir()).name
    labels = store.labels(content_hash)
    public = store.split(slug, content_hash, DIGITS, public_fraction=0.5).public
    return {
        found: float(np.mean(predicted[public] == labels[public]))
        for found, predicted in crowd.sent.items()
    }


def _recovery(havoc: Havoc) -> dict[str, Any]:
    seconds = sorted(havoc.recoveries)
    if not seconds:
        return {"in_flight_when_killed": 0}
    return {
        "in_flight_when_killed": len(seconds),
        "recovery_p50_seconds": round(statistics.median(seconds), 1),
        "recovery_p95_seconds": round(seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))], 1),
    }


def _url(cluster: Cluster) -> str:
    if cluster.database_url:
        return cluster.database_url.replace("postgresql://", "postgresql+psycopg://")
    return f"sqlite:///{cluster.labels_home / 'heldout.db'}"


if __name__ == "__main__":
    raise SystemExit(main())
