"""Re-score of 2,000 submissions from stored predictions: seconds from the request to the preview.

    python benchmarks/rescore.py [--submissions 2000] [--participants 100] [--json]

Makes an event of that many prediction files with 10 probabilities for each of 10,000 examples
(no model runs, no server), corrects one label, computes the draft as the server's background
worker does, applies it, and compares every applied figure with one that was graded anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlmodel import Session, select

from heldout_server.acts.audit_log import THE_SERVER
from heldout_server.acts.registry import ActContext, NoFields
from heldout_server.datasets.loaded import DIGITS, LoadedDataset
from heldout_server.grading import LabelIntake, Scorer
from heldout_server.grading.answer_values import Answer
from heldout_server.grading.grade import Grades
from heldout_server.kit.settings import Settings
from heldout_server.leaderboard import standings
from heldout_server.models import Competition, Participant, Rescore, Score, State, Submission
from heldout_server.processes.installation import Installation, add_competition, open_installation
from heldout_server.rescoring import drafts
from heldout_server.rescoring.drafts import Wanted
from heldout_server.rescoring.worker import RescoreWorker
from heldout_server.tasks.predictions import Predictions

EXAMPLES, CLASSES, TRAINING = 10_000, 10, 100
ASKED_SECONDS = 10.0
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def dataset() -> LoadedDataset:
    """As many hidden examples as MNIST has; the pixels play no part."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (TRAINING, 28, 28), dtype=np.uint8)
    labels = random.integers(0, CLASSES, EXAMPLES).astype(np.uint8)
    return LoadedDataset(
        slug="bench", name="Benchmark", note="", task=DIGITS,
        x_train=pixels, y_train=labels[:TRAINING],
        x_practice=pixels, y_practice=labels[:TRAINING],
        x_test=np.zeros((EXAMPLES, 28, 28), np.uint8), y_test=labels,
    )  # fmt: skip


def prediction(labels: np.ndarray, number: int) -> Predictions:
    """Probabilities that are right for about 90 to 99 % of the examples."""
    random = np.random.default_rng(number)
    values = random.random((EXAMPLES, CLASSES), dtype=np.float32)
    right = random.random(EXAMPLES) < 0.9 + 0.09 * random.random()
    values[np.arange(EXAMPLES), labels] += 2 * right
    values /= values.sum(axis=1, keepdims=True)
    return Predictions(values.argmax(axis=1), values, "probabilities")


def fill(installed: Installation, submissions: int, participants: int) -> Competition:
    """An event with that many scored submissions, graded as the grader does."""
    loaded = dataset()
    info = installed.datasets.add(loaded)
    installed.labels.add(info.content_hash, loaded.y_test)
    with installed.database.write() as session:
        competition = add_competition(session, info, installed.settings, now=NOW)
        people = [_participant(session, competition, number) for number in range(participants)]
    opened = Scorer(installed.blobs, installed.datasets, installed.labels).opened(competition, None)
    labels = loaded.y_test.astype(np.int64)
    for number in range(submissions):
        digest = installed.blobs.put(prediction(labels, number).to_bytes())
        with installed.database.write() as session:
            who = people[number % participants]
            submission = _submission(session, who, digest, number)
            for split, metrics in opened.grade(digest, competition.metric).items():
                session.add(
                    Score(
                        submission_id=submission.id or 0, split=split, score=metrics.score,
                        examples=metrics.examples, error_count=metrics.error_count,
                        metrics=metrics.to_dict(),
                    )
                )  # fmt: skip
    with installed.database.write() as session:
        standings.recompute_all(session, competition.id or 0)
    return competition


def _participant(session: Session, competition: Competition, number: int) -> Participant:
    who = Participant(
        public_id=f"p_{number}", competition_id=competition.id or 0, name=f"P{number}",
        name_key=f"p{number}", token_hash=f"{number:064x}", joined_at=NOW,
    )  # fmt: skip
    session.add(who)
    session.flush()
    return who


def _submission(session: Session, who: Participant, digest: str, number: int) -> Submission:
    moment = NOW + timedelta(seconds=number)
    made = Submission(
        public_id=f"s_{number}", participant_id=who.id or 0, competition_id=who.competition_id,
        idempotency_key=str(number), kind="predictions", name="x", filename="x.npy",
        size_bytes=1, sha256=digest, predictions_sha256=digest, state=State.SCORED,
        created_at=moment, queued_at=moment, finished_at=moment,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def context(session: Session, competition: Competition) -> ActContext:
    """The server acts, at the time of the benchmark."""
    found = session.get_one(Competition, competition.id)
    return ActContext(session, THE_SERVER, NOW, found)


def measure(installed: Installation, competition: Competition) -> dict[str, float]:
    """Seconds for the draft, its preview and its application."""
    intake = LabelIntake(installed.labels, installed.datasets)
    first = int(installed.labels.labels(competition.dataset_hash)[0])
    corrections: dict[int | str, Answer] = {0: (first + 1) % CLASSES}
    wanted = Wanted(labels=lambda digest, base: intake.corrected(digest, base, corrections))
    with installed.database.write() as session:
        draft = drafts.make_rescore.perform(context(session, competition), competition, wanted)
    scorer = Scorer(installed.blobs, installed.datasets, installed.labels)
    worker = RescoreWorker(installed.database, scorer, lambda: NOW)
    began = time.process_time()
    seconds = {"draft": timed(lambda: worker.work())}
    seconds["draft_cpu"] = time.process_time() - began
    with installed.database.read() as session:
        draft = session.get_one(Rescore, draft.id)
        assert draft.state == "ready", draft.state
        seconds["preview"] = timed(lambda: drafts.preview_of(session, draft))
    with installed.database.write() as session:
        draft = session.get_one(Rescore, draft.id)
        seconds["apply"] = timed(
            lambda: drafts.apply_rescore.perform(context(session, competition), draft, NoFields())
        )
    check(installed, scorer, draft)
    return seconds


def check(installed: Installation, scorer: Scorer, draft: Rescore) -> None:
    """Some of the applied figures, graded once more."""
    with installed.database.read() as session:
        competition = session.get_one(Competition, draft.competition_id)
        assert competition.labels_version == draft.labels_version
        opened = scorer.opened(competition, competition.labels_version)
        found = session.execute(select(Submission).limit(20)).scalars().all()

        def graded(one: Submission) -> Mapping[str, Grades]:
            return opened.grade(one.predictions_sha256 or "", competition.metric)

        for submission in found:
            for split, metrics in graded(submission).items():
                score = session.get_one(Score, (submission.id, split))
                assert score.error_count == metrics.error_count


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def main() -> None:
    """Print the table; with `--json` one object on the last line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--submissions", type=int, default=2000)
    options.add_argument("--participants", type=int, default=100)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), join_code="BENCH-1", model_workers=0)
        installed = open_installation(settings)
        competition = fill(installed, chosen.submissions, chosen.participants)
        seconds = measure(installed, competition)
        installed.database.dispose()
    cpu = seconds.pop("draft_cpu")
    total = sum(seconds.values())
    sys.stdout.write(f"{chosen.submissions} submissions of {EXAMPLES} × {CLASSES} probabilities\n")
    for name, value in {**seconds, "total": total}.items():
        sys.stdout.write(f"  {name:10}{value:8.2f} s\n")
    sys.stdout.write(f"  processor time of the draft, over all cores {cpu:.2f} s\n")
    sys.stdout.write(f"  asked     {ASKED_SECONDS:8.2f} s on 2 cores\n")
    if chosen.json:
        figures = {**seconds, "draft_cpu": cpu, "total": total}
        results = {f"seconds_{name}": value for name, value in figures.items()}
        sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
