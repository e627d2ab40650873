"""The organizers' lists with 100,000 submissions: first page, a page in the middle, filtered.

    python benchmarks/admin_lists.py [--runs 30] [--submissions 100000] [--postgres URL] [--json]

Times are in the server, whole requests with authentication, JSON and all; `plain` is a request
that reads nothing, in the same run. The limit is 30 ms for the median of every list.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import insert, text
from sqlmodel import Session

from heldout_server.kit.settings import Settings
from heldout_server.leaderboard import standings
from heldout_server.models import (
    AuditEntry,
    Competition,
    Dataset,
    Participant,
    Score,
    State,
    Submission,
    Verdict,
)
from heldout_server.processes.installation import Installation, ensure_organizer, open_installation
from heldout_server.processes.server import create_app, embedded

PARTICIPANTS, AUDIT_ENTRIES, A_BATCH = 1000, 20_000, 10_000
LIMIT_MS = 30.0
API = "/api/v1/admin"
C = f"{API}/competitions/class"


class Timed:
    """The application with a clock around it: the time in the server, without the client's."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._seconds: list[float] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        started = time.perf_counter()
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self._seconds.append(time.perf_counter() - started)

    def median_ms(self, api: TestClient, path: str, token: str, runs: int) -> float:
        """The median time in the server of `runs` requests, after one that isn't counted."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = api.get(path, headers=headers)
        if not answer.is_success:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
        self._seconds.clear()
        for _ in range(runs):
            api.get(path, headers=headers)
        return statistics.median(self._seconds) * 1000


def paths(number: int) -> dict[str, str]:
    """The lists to ask for."""
    middle = f"p_{PARTICIPANTS // 2}"
    return {
        "plain": "/api/v1/competitions/class/announcements",
        "competitions": f"{API}/competitions",
        "participants": f"{C}/participants",
        "participants, in the middle": f"{C}/participants?after={middle}",
        "participants, searched": f"{C}/participants?search=pant%20777",
        "submissions": f"{C}/submissions",
        "submissions, in the middle": f"{C}/submissions?before={number // 2}",
        "submissions, of one": f"{C}/submissions?participant={middle}",
        "submissions, rejected": f"{C}/submissions?state=rejected",
        "audit log": f"{API}/audit",
        "audit log, in the middle": f"{API}/audit?before={AUDIT_ENTRIES // 2}",
        "audit log, filtered": f"{API}/audit?competition=class&action=participant.grant",
    }


def fill(installed: Installation, number: int) -> None:
    """A class of 1000 with so many submissions, one in ten rejected, and a long audit log."""
    now = datetime.now(UTC)
    with installed.database.write() as session:
        session.add(
            Dataset(content_hash="0" * 64, name="bench", task="multiclass",
                    class_names=list("0123456789"), input_shape=[28, 28], training_examples=1,
                    practice_examples=1, test_examples=10_000, created_at=now)
        )  # fmt: skip
        session.flush()
        session.add(
            Competition(id=1, slug="class", title="Class", dataset_hash="0" * 64,
                        join_code="BENCH-2026", kinds=["model"], model_bytes=1,
                        predictions_bytes=1, created_at=now)
        )  # fmt: skip
        session.flush()
        _add(session, Participant, participants(now))
        _add(session, Submission, submissions(number, now))
        _add(session, Score, scores(number))
        _add(session, Verdict, verdicts(number))
        _add(session, AuditEntry, audit_entries(now))
        standings.recompute_all(session, 1)


def _add(session: Session, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == A_BATCH:
            session.execute(insert(table), batch)
            batch = []
    if batch:
        session.execute(insert(table), batch)


def participants(now: datetime) -> Iterator[dict[str, Any]]:
    """The class."""
    for number in range(1, PARTICIPANTS + 1):
        yield Participant(
            id=number, public_id=f"p_{number}", competition_id=1, name=f"Participant {number}",
            name_key=f"participant {number}", token_hash=str(number), joined_at=now,
        ).model_dump()  # fmt: skip


def submissions(number: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Interleaved, as a class sends them."""
    for row in range(number):
        at = now + timedelta(seconds=row)
        yield Submission(
            id=row + 1, public_id=f"s_{row}", participant_id=row % PARTICIPANTS + 1,
            competition_id=1, idempotency_key=str(row), kind="model", name=f"try {row}",
            filename="m", size_bytes=1, sha256=str(row),
            state=State.REJECTED if row % 10 == 0 else State.SCORED, created_at=at, queued_at=at,
            finished_at=at,
        ).model_dump()  # fmt: skip


def scores(number: int) -> Iterator[dict[str, Any]]:
    """Public and private."""
    for row in range(number):
        for split in ("public", "private") if row % 10 else ():
            yield {
                "submission_id": row + 1, "split": split, "score": 0.5 + row % 977 / 2000,
                "examples": 5000, "error_count": 100, "metrics": {},
            }  # fmt: skip


def verdicts(number: int) -> Iterator[dict[str, Any]]:
    """One each."""
    for row in range(number):
        code = "scored" if row % 10 else "input_shape"
        yield {"submission_id": row + 1, "code": code, "detail": "Said.", "hint": ""}


def audit_entries(now: datetime) -> Iterator[dict[str, Any]]:
    """A busy term."""
    for row in range(AUDIT_ENTRIES):
        yield {
            "created_at": now + timedelta(seconds=row), "actor_kind": "organizer",
            "actor_id": "o_1", "actor_name": "Grace", "target_kind": "participant",
            "action": "participant.grant" if row % 50 == 0 else "competition.edit",
            "target_id": f"p_{row % PARTICIPANTS}", "competition_id": 1, "before": None,
            "after": {"extra": 1},
        }  # fmt: skip


def measure(settings: Settings, runs: int, number: int) -> dict[str, float]:
    """Milliseconds for each list."""
    installed = open_installation(settings)
    fill(installed, number)
    with installed.database.engine.begin() as connection:
        # PostgreSQL's autovacuum does so within a minute of such a change.
        connection.execute(text("ANALYZE"))
    token = ensure_organizer(installed, now=datetime.now(UTC))
    assert token is not None
    timed = Timed(create_app(embedded(installed)))
    with TestClient(timed) as api:
        return {
            name: timed.median_ms(api, path, token, runs) for name, path in paths(number).items()
        }


def main() -> None:
    """Measure, print a table, and with `--json` one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--postgres", default="", help="URL of an empty database; else SQLite")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder), database_url=arguments.postgres, model_workers=0, mnist=None
        )
        found = measure(settings, arguments.runs, arguments.submissions)
    for name, milliseconds in found.items():
        print(f"{name:30} {milliseconds:8.2f} ms  {milliseconds / found['plain']:6.1f} × plain")
    slowest = max(found.values())
    print(f"{'slowest':30} {slowest:8.2f} ms  limit {LIMIT_MS} ms")
    if arguments.json:
        print(json.dumps({"milliseconds": found, "within_limit": slowest <= LIMIT_MS}))


if __name__ == "__main__":
    main()
