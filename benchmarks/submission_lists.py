"""Admin lists with 100,000 submissions: p50 in milliseconds of a page, by filter.

    python benchmarks/submission_lists.py [--submissions 100000] [--database-url URL] [--json]

Times the service behind `GET /api/v1/admin/competitions/{slug}/submissions`, first page, a page
deep inside, and each filter, on SQLite or on an empty PostgreSQL database of your own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from heldout_server.kit.settings import Settings
from heldout_server.models import Competition, Dataset, Participant, Score, Submission, Verdict
from heldout_server.processes.installation import Installation, open_installation
from heldout_server.submissions import organizer_list
from heldout_server.submissions.organizer_list import Filter

ASKED_MILLISECONDS = 30.0
PARTICIPANTS, ROWS_AT_ONCE, PAGE, REPEATS = 200, 10_000, 50, 15
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def fill(installed: Installation, submissions: int) -> int:
    """One competition with so many submissions: 1 % hidden, 2 % rejected, 0.1 % errors."""
    with installed.database.write() as session:
        session.add(
            Dataset(
                content_hash="a" * 64, name="x", task="multiclass", class_names=["0", "1"],
                input_shape=[28, 28], training_examples=1, practice_examples=1,
                test_examples=10, created_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        competition = Competition(
            slug="bench", title="Bench", dataset_hash="a" * 64, join_code="BENCH-1",
            kinds=["predictions"], model_bytes=1, predictions_bytes=1, created_at=NOW,
        )  # fmt: skip
        session.add(competition)
        session.flush()
        competition_id = competition.id or 0
        people = [
            Participant(
                public_id=f"p_{n}", competition_id=competition_id, name=f"Person {n}",
                name_key=f"person {n}", token_hash=f"{n:064x}", joined_at=NOW,
            )
            for n in range(PARTICIPANTS)
        ]  # fmt: skip
        session.add_all(people)
        session.flush()
    for start in range(0, submissions, ROWS_AT_ONCE):
        numbers = range(start + 1, min(start + ROWS_AT_ONCE, submissions) + 1)
        _add(installed, competition_id, [person.id or 0 for person in people], numbers)
    with installed.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("analyze"))
    return competition_id


def _add(installed: Installation, competition_id: int, people: list[int], numbers: range) -> None:
    rows = [
        {
            "id": n, "public_id": f"s_{n}", "participant_id": people[n % PARTICIPANTS],
            "competition_id": competition_id, "idempotency_key": str(n), "kind": "predictions",
            "name": "entry", "filename": "x.npy", "size_bytes": 1, "preprocessing": "0-1",
            "sha256": "0" * 64, "state": _state(n), "priority": 0, "attempt": 0,
            "moderation": "hidden" if n % 100 == 0 else None,
            "created_at": NOW + timedelta(seconds=n), "queued_at": NOW + timedelta(seconds=n),
        }
        for n in numbers
    ]  # fmt: skip
    scores: list[dict[str, Any]] = [
        {
            "submission_id": n, "split": split, "score": n % 997 / 997, "examples": 10,
            "error_count": 1, "metrics": {},
        }
        for n in numbers
        if _state(n) == "scored"
        for split in ("public", "private")
    ]  # fmt: skip
    verdicts = [{"submission_id": n, "code": _state(n), "detail": "", "hint": ""} for n in numbers]
    with installed.database.write() as session:
        session.execute(insert(Submission), rows)
        session.execute(insert(Score), scores)
        session.execute(insert(Verdict), verdicts)


def _state(number: int) -> str:
    if number % 1000 == 0:
        return "error"
    return "rejected" if number % 50 == 0 else "scored"


def measure(installed: Installation, competition_id: int, submissions: int) -> dict[str, float]:
    """Median milliseconds of a page by what is asked for."""
    asked: dict[str, tuple[Filter, int | None]] = {
        "first page": (Filter(), None),
        "deep page": (Filter(), submissions // 2),
        "state=error": (Filter(state="error"), None),
        "state=rejected": (Filter(state="rejected"), None),
        "moderation=hidden": (Filter(moderation="hidden"), None),
        "moderation=disqualified": (Filter(moderation="disqualified"), None),
        "participant": (Filter(participant="p_7"), None),
        "name": (Filter(name="person 77"), None),
        "state=queued": (Filter(state="queued"), None),
    }
    return {
        name: statistics.median(
            _milliseconds(installed, competition_id, wanted, before) for _ in range(REPEATS)
        )
        for name, (wanted, before) in asked.items()
    }


def _milliseconds(
    installed: Installation, competition_id: int, wanted: Filter, before: int | None
) -> float:
    started = time.perf_counter()
    with installed.database.read() as session:
        organizer_list.page(session, competition_id, wanted, limit=PAGE, before=before)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print the table; with `--json` one object on the last line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--submissions", type=int, default=100_000)
    options.add_argument("--database-url", default="")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder), database_url=chosen.database_url, join_code="BENCH-1",
            model_workers=0,
        )  # fmt: skip
        installed = open_installation(settings)
        found = measure(installed, fill(installed, chosen.submissions), chosen.submissions)
        installed.database.dispose()
    sys.stdout.write(f"{chosen.submissions:,} submissions, pages of {PAGE}, p50 in ms\n")
    for name, value in found.items():
        sys.stdout.write(f"  {name:26}{value:8.2f}\n")
    sys.stdout.write(f"  {'asked':26}{ASKED_MILLISECONDS:8.2f}\n")
    if chosen.json:
        sys.stdout.write(json.dumps({f"milliseconds_{k}": v for k, v in found.items()}) + "\n")


if __name__ == "__main__":
    main()
