"""The board's page and the way of a prediction file, against floors of the same run.

    python benchmarks/board.py [--runs 50] [--json]

Two parts, each on a real server process over loopback:

- **prediction file**: 10,000 labels as `.npy` through the client library, `submit` to `scored`.
  The floor ("the wire") is three requests with the same bytes to a server that only reads and
  answers. And until somebody who has the board open has fetched it with the score, as JSON.
- **board**: 200 participants with 50 submissions each. The page from the cache; rendered anew, with
  every row and with those that are kept; and the query alone, which reads one row a participant.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from support.watching import Watcher

import heldout
from heldout_server.datasets.digits import load_digits
from heldout_server.datasets.loaded import LoadedDataset
from heldout_server.datasets.rows import row_of
from heldout_server.kit.db import Database
from heldout_server.leaderboard import standings
from heldout_server.models import (
    Best,
    Competition,
    Participant,
    Score,
    State,
    Submission,
)
from heldout_server.processes.installation import Installation, migrate
from heldout_server.web.html.render import kept_part

EXAMPLES = 10_000
PARTICIPANTS, SUBMISSIONS = 200, 50
LIMIT_BEYOND_WIRE_MS, LIMIT_PAGE_MS = 150.0, 10.0
WIRE = """
import uvicorn
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})
uvicorn.run(app, host="127.0.0.1", port=%d, log_level="error")
"""


def median_ms(action: Callable[[int], object], runs: int) -> float:
    """The median of `runs` timed calls, in milliseconds, after one that isn't counted."""
    action(-1)
    times = []
    for number in range(runs):
        started = time.perf_counter()
        action(number)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


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

    def median_ms(self, action: Callable[[int], object], runs: int) -> float:
        """The median time in the server of `runs` calls, after one that isn't counted."""
        action(-1)
        self._seconds.clear()
        for number in range(runs):
            action(number)
        return statistics.median(self._seconds) * 1000


@contextmanager
def process(command: list[str], address: str, **environment: str) -> Iterator[None]:
    """A server process that answers at `address`."""
    running = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                httpx.get(address)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        running.terminate()
        running.wait(15)


def mnist_sized(folder: Path) -> Path:
    """A file shaped like MNIST, so that the benchmark needs no download: the digits, repeated."""
    digits: LoadedDataset = load_digits()
    images = np.concatenate([digits.x_train, digits.x_test])
    labels = np.concatenate([digits.y_train, digits.y_test])
    rows = np.arange(70_000) % len(labels)
    path = folder / "mnist.npz"
    np.savez(
        path, x_train=images[rows[:60_000]], y_train=labels[rows[:60_000]],
        x_test=images[rows[60_000:]], y_test=labels[rows[60_000:]],
    )  # fmt: skip
    return path


def prediction_file(runs: int, folder: Path) -> dict[str, float]:
    """Milliseconds from `submit` to `scored`, and of the wire alone, interleaved."""
    port, wire_port = 18431, 18432
    url, wire_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{wire_port}"
    settings = {
        "HELDOUT_DATA": str(folder / "data"), "HELDOUT_MNIST": str(mnist_sized(folder)),
        "HELDOUT_JOIN_CODE": "BENCH-2026", "HELDOUT_ATTEMPTS_PER_MINUTE": "100000",
        "HELDOUT_QUOTA_PER_DAY": "0", "HELDOUT_HOST": "127.0.0.1", "HELDOUT_MODEL_WORKERS": "0",
    }  # fmt: skip
    serve = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", str(port)]
    os.environ["HELDOUT_CONFIG"] = str(folder / "login.json")
    rng = np.random.default_rng(0)
    files = [rng.integers(0, 10, EXAMPLES) for _ in range(runs + 1)]
    with (
        process(serve, f"{url}/health", **settings),
        process([sys.executable, "-c", WIRE % wire_port], wire_url),
        heldout.join(url, code="BENCH-2026", name="Bench", progress=False) as client,
        httpx.Client(base_url=wire_url) as wire,
    ):
        submitted, shown, floor = [], [], []
        board = Watcher(url, client.competition().slug)
        board.start()
        for number, labels in enumerate(files):
            started = time.perf_counter()
            three_requests(wire, labels.nbytes)
            floor.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            submission = client.submit(labels)
            submitted.append((time.perf_counter() - started) * 1000)
            shown.append((board.seen() - started) * 1000)
            if submission.status != "scored":
                raise SystemExit(f"submission {number} is {submission.status}")
    return {
        "submit": statistics.median(submitted[1:]),
        "shown": statistics.median(shown[1:]),
        "wire": statistics.median(floor[1:]),
    }


def three_requests(wire: httpx.Client, size_bytes: int) -> None:
    """What a submission needs at the least: open, upload, look."""
    wire.post("/submissions", json={"kind": "predictions", "size_bytes": size_bytes})
    wire.put("/file", content=bytes(size_bytes))
    wire.get("/submission")


def board(runs: int, folder: Path) -> dict[str, float]:
    """Milliseconds in the server for the board of a whole class."""
    from fastapi.testclient import TestClient

    from heldout_server.kit.settings import Settings
    from heldout_server.processes.installation import open_installation
    from heldout_server.processes.server import create_app, embedded

    installed = open_installation(Settings(data=folder / "class", model_workers=0))
    fill(installed)
    server = embedded(installed)
    timed = Timed(create_app(server))
    with TestClient(timed) as api:

        def rows_kept(_: int = 0) -> None:
            server.services.recent.clear()
            server.services.pages.clear()
            look()

        def anew(_: int) -> None:
            kept_part.cache_clear()
            rows_kept()

        def look(_: int = 0) -> None:
            if api.get("/c/class").status_code != 200:
                raise SystemExit("the board's page isn't there")

        cached = timed.median_ms(look, runs)
        rendered = timed.median_ms(anew, runs)
        kept = timed.median_ms(rows_kept, runs)
        plain = timed.median_ms(lambda _: api.get("/api/v1/competitions/none"), runs)
        with installed.database.read() as session:
            query = median_ms(lambda _: standings.page(session, 1, limit=PARTICIPANTS), runs)
    queries = count_queries(installed.database)
    return {"cached": cached, "rendered": rendered, "rows_kept": kept, "plain": plain,
            "query": query, "queries_for_rows": queries}  # fmt: skip


def count_queries(database: Database) -> float:
    """How many statements the rows of the board need, whatever the number of submissions."""
    from sqlalchemy import event

    seen: list[str] = []
    listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", listener)
    with database.read() as session:
        standings.page(session, 1, limit=PARTICIPANTS)
    event.remove(database.engine, "before_cursor_execute", listener)
    return len([text for text in seen if re.match(r"\s*select.*submission", text, re.I | re.S)])


def fill(installed: Installation) -> None:
    """200 participants with 50 scored submissions each."""
    migrate(installed.database)
    now = datetime.now(UTC)
    info = installed.datasets.add(load_digits())
    with installed.database.write() as session:
        session.add(row_of(info, now=now))
        session.flush()
        session.add(
            Competition(id=1, slug="class", title="Class", dataset_hash=info.content_hash,
                        join_code="BENCH-2026", kinds=["model"], model_bytes=1,
                        predictions_bytes=1, created_at=now)
        )  # fmt: skip
        session.flush()
        for number in range(1, PARTICIPANTS + 1):
            session.add(
                Participant(id=number, public_id=f"p_{number}", competition_id=1,
                            name=f"Participant {number}", name_key=str(number),
                            token_hash=str(number), joined_at=now)
            )  # fmt: skip
        session.flush()
        session.add_all(submissions(now))
        session.flush()
        session.add_all(scores())
        session.add_all(bests(now))


def submissions(now: datetime) -> Iterator[Any]:
    """Every participant's submissions, a second apart."""
    for number in range(PARTICIPANTS * SUBMISSIONS):
        at = now + timedelta(seconds=number)
        yield Submission(
            id=number + 1, public_id=f"s_{number}", participant_id=number // SUBMISSIONS + 1,
            competition_id=1, idempotency_key=str(number), kind="model", name=f"try {number}",
            filename="m", size_bytes=1, sha256=str(number), state=State.SCORED, created_at=at,
            queued_at=at, finished_at=at,
        )  # fmt: skip


def scores() -> Iterator[Any]:
    """A public score for each submission; the last of a participant is the best."""
    for number in range(PARTICIPANTS * SUBMISSIONS):
        yield Score(
            submission_id=number + 1, split="public", score=0.9 + number % SUBMISSIONS / 1000,
            examples=5000, error_count=100, metrics={},
        )  # fmt: skip


def bests(now: datetime) -> Iterator[Any]:
    """The maintained best rows."""
    for number in range(PARTICIPANTS):
        yield Best(
            participant_id=number + 1, competition_id=1, entries=SUBMISSIONS,
            submission_id=(number + 1) * SUBMISSIONS, score=0.9 + (SUBMISSIONS - 1) / 1000,
            reached_at=now + timedelta(seconds=number),
        )  # fmt: skip


def main() -> None:
    """Measure, print a table, and with `--json` one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = prediction_file(arguments.runs, Path(folder))
        pages = board(arguments.runs, Path(folder))
    figures = {
        "runs": arguments.runs,
        "submit_to_scored_ms": round(file["submit"], 1),
        "request_to_board_ms": round(file["shown"], 1),
        "ratio_board_to_wire": round(file["shown"] / file["wire"], 1),
        "wire_ms": round(file["wire"], 1),
        "beyond_wire_ms": round(file["submit"] - file["wire"], 1),
        "ratio_submit_to_wire": round(file["submit"] / file["wire"], 1),
        "board_cached_ms": round(pages["cached"], 2),
        "board_rendered_ms": round(pages["rendered"], 2),
        "board_rows_kept_ms": round(pages["rows_kept"], 2),
        "board_query_ms": round(pages["query"], 2),
        "plain_request_ms": round(pages["plain"], 2),
        "ratio_cached_board_to_plain": round(pages["cached"] / pages["plain"], 2),
        "board_queries_for_rows": int(pages["queries_for_rows"]),
        "within_limits": file["submit"] - file["wire"] <= LIMIT_BEYOND_WIRE_MS
        and pages["cached"] <= LIMIT_PAGE_MS,
    }
    for name, value in figures.items():
        print(f"{name:30} {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
