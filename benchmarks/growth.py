"""Queries that every page and worker makes, from a thousand submissions to a million.

    python benchmarks/growth.py [--most 1000000] [--database both] [--json]

For each size a fresh database is filled by its own SQL; each figure is the median of 15 runs. Timed
are everything that the board's page reads after one more score (`board`), and after one that is
somebody's new best (`board_best`); its rows alone; one's own submissions; the quota; and a claim
(rolled back). `board_first` is the first look after a start, which reads every try, once. The ratio
of `board` between the largest and the smallest size must be at most 3. Beyond a thousand there
are ten times as many participants, and a new best looks at each of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session
from support.cluster import drop_database, make_database

from heldout_server.acts import events
from heldout_server.jobs import ledger
from heldout_server.kit.db import Database
from heldout_server.leaderboard import standings
from heldout_server.leaderboard.progress_cache import ProgressCache
from heldout_server.models import Competition
from heldout_server.processes.installation import migrate
from heldout_server.submissions import queries
from heldout_server.submissions.quota import quota
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.rows import enriched, held_awards

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RUNS = 15
QUEUED = 200
BOARD_LIMIT = 3.0
NUMBERS = {
    "postgresql": "generate_series(1, {n}) as numbers(i)",
    "sqlite": "(with recursive c(i) as (select 1 union all select i + 1 from c where i < {n}) "
    "select i from c) as numbers",
}
MD5 = {"postgresql": "md5('s' || i)", "sqlite": "printf('%032x', i)"}
FILL = (
    "insert into dataset(content_hash, name, task, note, class_names, input_shape, "
    "training_examples, practice_examples, test_examples, created_at) "
    "values ('0', 'x', 'multiclass', '', '[]', '[]', 1, 1, 1, :now)",
    "insert into competition(slug, title, description, dataset_hash, metric, join_code, timezone, "
    "kinds, public_fraction, quota_per_day, attempts_per_minute, model_bytes, predictions_bytes, "
    "pool, created_at) values ('x', 'x', '', '0', 'accuracy', 'x', 'UTC', '[]', 0.5, 100, 30, 1, "
    "1, 'cpu', :now)",
    "insert into participant(public_id, competition_id, name, name_key, token_hash, joined_at) "
    "select 'p' || i, 1, 'p' || i, 'p' || i, 'p' || i, :now from {people}",
    "insert into submission(public_id, participant_id, competition_id, idempotency_key, kind, "
    "name, filename, size_bytes, preprocessing, sha256, state, step, pool, priority, attempt, "
    "created_at, queued_at, finished_at) "
    "select 's' || i, 1 + i % {persons}, 1, 'k' || i, 'predictions', 'x', 'x', 1, '0-1', {md5}, "
    "case when i > {size} - {queued} then 'queued' else 'scored' end, "
    "case when i > {size} - {queued} then 'parse' end, "
    "case when i > {size} - {queued} then 'grade' end, 0, 0, :now, :now, :now from {numbers}",
    "insert into score(submission_id, split, score, examples, error_count, metrics) "
    "select id, 'public', (id % 100003 * 7919 % 100003) / 100003.0, 1000, 1, '{{}}' "
    "from submission where state = 'scored'",
    "insert into best(participant_id, competition_id, submission_id, score, reached_at, entries) "
    "select participant_id, 1, id, score, :now, 1 from (select s.participant_id, s.id, sc.score, "
    "row_number() over (partition by s.participant_id order by sc.score desc, s.id) as place "
    "from submission s join score sc on sc.submission_id = s.id) as ranked where place = 1",
)
ONE_MORE = (
    "insert into submission(id, public_id, participant_id, competition_id, idempotency_key, kind, "
    "name, filename, size_bytes, preprocessing, sha256, state, priority, attempt, created_at, "
    "queued_at, finished_at) values (:i, :i, 7, 1, :i, 'predictions', 'x', 'x', 1, '0-1', 'x', "
    "'scored', 0, 1, :now, :now, :now)",
    "insert into score(submission_id, split, score, examples, error_count, metrics) "
    "values (:i, 'public', :score, 1000, 500, '{}')",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--json", action="store_true", help="figures only")
    given = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if given.database == "both" else [given.database]
    sizes = [size for size in SIZES if size <= given.most]
    figures = {kind: {size: measured(kind, size) for size in sizes} for kind in kinds}
    ratios = {kind: _ratios(figures[kind], sizes) for kind in kinds}
    print(json.dumps({"milliseconds": figures, "ratios": ratios}, indent=None if given.json else 2))
    return int(any(found["board"] > BOARD_LIMIT for found in ratios.values()))


def measured(kind: str, size: int) -> dict[str, float]:
    """Median milliseconds of each query on a database of `size` submissions."""
    with tempfile.TemporaryDirectory() as folder:
        url = make_database() if kind == "postgresql" else f"sqlite:///{Path(folder) / 'x.db'}"
        database = Database(url.replace("postgresql://", "postgresql+psycopg://"))
        try:
            migrate(database)
            _fill(database, kind, size)
            return _timed(database)
        finally:
            database.dispose()
            if kind == "postgresql":
                drop_database(url)


def _fill(database: Database, kind: str, size: int) -> None:
    persons = 200 if size <= 1_000 else 2_000
    words = {
        "people": NUMBERS[kind].format(n=persons), "numbers": NUMBERS[kind].format(n=size),
        "persons": persons, "size": size, "queued": QUEUED, "md5": MD5[kind],
    }  # fmt: skip
    started = time.monotonic()
    with database.write() as session:
        for statement in FILL:
            filled = text(statement.format(**words))
            session.execute(filled, {"now": datetime.now(UTC)} if ":now" in statement else {})
    with database.engine.connect() as connection:
        connection.exec_driver_sql("analyze")
        connection.commit()
    print(f"{kind} {size}: filled in {time.monotonic() - started:.1f} s", file=sys.stderr)


def _timed(database: Database) -> dict[str, float]:
    now = datetime.now(UTC)

    def reading(query: Callable[[Session], object]) -> Callable[[], None]:
        def run() -> None:
            with database.read() as session:
                query(session)

        return run

    def claim() -> None:
        with Session(database.engine) as session:
            found = ledger.claim_next(session, ("grade",), lease_seconds=30, max_attempts=3)
            assert found is not None
            session.rollback()

    known = ProgressCache()

    def board(session: Session) -> None:
        competition = session.get_one(Competition, 1)
        ways, top = known.of(session, competition), standings.page(session, 1, limit=100)
        shown = competition_view(session, competition, now=now)
        held = held_awards(competition, shown, ways, top)
        enriched(session, competition, top.rows, ways, held)

    newest = itertools.count(10_000_000)

    def scored(*, is_best: bool = False) -> None:
        number = next(newest)
        words = {"i": number, "now": datetime.now(UTC), "score": number if is_best else 0.0}
        with database.write() as session:
            for statement in ONE_MORE:
                session.execute(text(statement), words)
            events.append(
                session, events.EventKind.SCORED, competition_id=1, submission_id=number, now=now
            )

    first = time.perf_counter()
    reading(board)()
    first_ms = round((time.perf_counter() - first) * 1000, 2)
    actions = {
        "rows": reading(lambda session: standings.page(session, 1, limit=100)),
        "mine": reading(lambda session: queries.of_participant(session, 7, limit=50)),
        "quota": reading(lambda s: quota(s, s.get_one(Competition, 1), 7, now=now)),
        "claim": claim,
    }
    figures = {name: _median_ms(action) for name, action in actions.items()}
    board_ms = _median_ms(reading(board), before=scored)
    best_ms = _median_ms(reading(board), before=partial(scored, is_best=True))
    return {"board": board_ms, "board_best": best_ms, **figures, "board_first": first_ms}


def _median_ms(action: Callable[[], None], before: Callable[[], None] = lambda: None) -> float:
    action()
    times = []
    for _ in range(RUNS):
        before()
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000, 2)


def _ratios(figures: dict[int, dict[str, float]], sizes: list[int]) -> dict[str, float]:
    first, last = figures[sizes[0]], figures[sizes[-1]]
    return {name: round(last[name] / first[name], 2) for name in first}


if __name__ == "__main__":
    raise SystemExit(main())
