"""What one submission, one open board and one fetch of the board cost, by process.

Roles on PostgreSQL, each a process of its own, so that the processor time of each can be told
apart; time on the clock says little on a busy machine and nothing here is read from it, but for
how long a model's runner is held and how many commits the database takes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray

import heldout
from support.cluster import CODE, Cluster, fresh, scaled, slug_of
from support.mnist_server import made_up_mnist, scored_seconds
from support.models import make_models
from support.postgres_load import backends_cpu_ms, connected, one
from support.processor_time import tree_seconds

PEOPLE = 200
MODELS = 30
LISTENERS = 150
NEWS = 20
NEWS_SECONDS = 0.3
FETCHES = 300
NOTIFYING = 8
COMMITS = 300
STATS_SECONDS = 1.5  # a backend tells what it committed at most once a second
QUIET_SECONDS = 6.0  # the ties, the curves and the figures that follow a score are worked out


@dataclass(frozen=True)
class Sent:
    """CPU seconds of one submission, from its opening to its score and what follows it.

    `held`: seconds on the clock for which a model has a runner; `commits`: those that wrote
    something; `wal`: bytes of the database's log.
    """

    web: float
    scorer: float
    grader: float
    database: float
    held: float
    commits: float
    wal: float

    @property
    def runner(self) -> float:
        """Seconds for which a model takes one of the runners, and a core for each."""
        return max(self.held, self.scorer)


@dataclass(frozen=True)
class UnitCosts:
    """CPU seconds on this machine, and bytes; `commits_a_second` with a NOTIFY in each."""

    file: Sent
    model: Sent
    tensorflow_model: Sent
    hear: float
    hear_bytes: float
    fetch: float
    fetch_bytes: float
    idle_board: float
    commits_a_second: float


def unit_costs(folder: Path, say: Callable[[str], None]) -> UnitCosts:
    """Measured on processes that are started for it under `folder`, some two minutes."""
    files = [_predictions(folder, number) for number in range(PEOPLE + NEWS)]
    models = make_models(folder / "models", 2 * MODELS)
    settings = {"HELDOUT_MNIST": str(made_up_mnist(folder)), "HELDOUT_JOINS_PER_MINUTE": "10000"}
    with _running(folder / "lane", settings) as cluster:
        say("prediction files")
        file = _sent(cluster, files[:PEOPLE])
        say("models in the fast lane")
        model = _sent(cluster, models[:MODELS])
        say("open boards")
        fetch, fetch_bytes = _fetch(cluster)
        hear, hear_bytes, idle = asyncio.run(_listening(cluster, files[PEOPLE:], file.web))
        commits = _commits_a_second(cluster.database_url)
    with _running(folder / "slow", settings | {"HELDOUT_ENGINE": "tensorflow"}) as cluster:
        say("models in TensorFlow")
        slow = _sent(cluster, models[MODELS:])
    return UnitCosts(file, model, slow, hear, hear_bytes, fetch, fetch_bytes, idle, commits)


@contextmanager
def _running(folder: Path, settings: dict[str, str]) -> Iterator[Cluster]:
    cluster = scaled(fresh(folder), settings, webs=1, graders=1, scorers=1)
    try:
        cluster.start_all()
        yield cluster
    finally:
        cluster.stop()


def _predictions(folder: Path, seed: int) -> Path:
    """A file of its own content: the same one again would cost nothing."""
    path = folder / f"{seed}.npy"
    np.save(path, np.random.default_rng(seed).integers(0, 10, 10_000).astype(np.uint8))
    return path


def _join(cluster: Cluster, name: str) -> heldout.Client:
    address = f"http://127.0.0.1:{cluster.webs[0].port}"
    body = {"code": CODE, "name": name}
    answer = httpx.post(f"{address}/api/v1/join", json=body, timeout=60).raise_for_status()
    return heldout.Client(address, answer.json()["token"], progress=False)


def _sent(cluster: Cluster, files: list[Path]) -> Sent:
    """Each by somebody of their own, one after the other: nothing is shared between them. What the
    processes do while nobody sends anything is taken off.
    """
    people = [_join(cluster, file.name) for file in files]
    scored_seconds(people[0], files[0])  # what is done once, is done with it
    time.sleep(QUIET_SECONDS)
    watched = [_used(cluster)]
    time.sleep(QUIET_SECONDS)
    watched.append(_used(cluster))
    receipts = [
        scored_seconds(person, file)[1] for person, file in zip(people[1:], files[1:], strict=True)
    ]
    time.sleep(QUIET_SECONDS)
    watched.append(_used(cluster))
    idle, used = (after - before for before, after in pairwise(watched))
    a_file = (used - idle * used[0] / idle[0]) / len(receipts)
    web, scorer, grader, database, commits, wal = np.maximum(a_file[1:], 0).tolist()
    held = float(np.median([sum(receipt.values()) for receipt in receipts]))
    return Sent(web, scorer, grader, database, held, commits, wal)


def _used(cluster: Cluster) -> NDArray[np.float64]:
    """Until now: seconds on the clock; CPU seconds of web, scorer, grader and database; commits
    that wrote something; bytes of the log.
    """
    time.sleep(STATS_SECONDS)
    pids = [cluster.roles[name].pid for name in ("web-0", "scorer-0", "grader-0")]
    url = cluster.database_url
    # Of all its databases: transactions that only read write nothing.
    commits = one(url, "select wal_sync from pg_stat_wal")
    wal = one(url, "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    cpu = [tree_seconds(pid) for pid in pids]
    return np.array([time.monotonic(), *cpu, backends_cpu_ms(url) / 1000, commits, wal])


def _fetch(cluster: Cluster) -> tuple[float, float]:
    """The part of the board's page that a browser fetches after news, compressed."""
    web = cluster.webs[0]
    address = f"http://127.0.0.1:{web.port}/c/{slug_of(cluster)}/board"
    with httpx.Client(headers={"Accept-Encoding": "gzip"}) as browser:
        browser.get(address).raise_for_status()
        before = tree_seconds(web.pid)
        for _ in range(FETCHES):
            with browser.stream("GET", address) as answer:
                size = sum(len(piece) for piece in answer.iter_raw())
        return (tree_seconds(web.pid) - before) / FETCHES, float(size)


async def _listening(
    cluster: Cluster, files: list[Path], web_a_file: float
) -> tuple[float, float, float]:
    """CPU seconds and bytes for one open board that hears of one score; and of one a second that
    hears nothing.
    """
    web, slug = cluster.webs[0], slug_of(cluster)
    heard: list[int] = []
    opened = asyncio.Semaphore(0)
    boards = [
        asyncio.create_task(_board(web.port or 0, slug, heard, opened)) for _ in range(LISTENERS)
    ]
    for _ in boards:
        await opened.acquire()
    before, began = tree_seconds(web.pid), time.monotonic()
    await asyncio.sleep(QUIET_SECONDS)
    idle = (tree_seconds(web.pid) - before) / (time.monotonic() - began)
    heard.clear()
    before, began = tree_seconds(web.pid), time.monotonic()
    await asyncio.to_thread(_send_news, cluster, files)
    seconds = time.monotonic() - began
    used = tree_seconds(web.pid) - before - len(files) * web_a_file - idle * seconds
    for board in boards:
        board.cancel()
    await asyncio.gather(*boards, return_exceptions=True)
    news = LISTENERS * len(files)
    return max(used, 0.0) / news, sum(heard) / news, idle / LISTENERS


def _send_news(cluster: Cluster, files: list[Path]) -> None:
    person = _join(cluster, "News")
    for file in files:
        scored_seconds(person, file)
        time.sleep(NEWS_SECONDS)


async def _board(port: int, slug: str, heard: list[int], opened: asyncio.Semaphore) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = f"/api/v1/competitions/{slug}/events"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    try:
        while piece := await reader.read(65536):
            if b"hello" in piece:
                opened.release()
            heard.append(len(piece))
    finally:
        writer.close()


def _commits_a_second(url: str) -> float:
    """How many transactions with a row and a NOTIFY the database takes: they commit in turns."""
    with connected(url) as connection:
        connection.execute("create table bench_commits (id integer)")

    def commit() -> None:
        with connected(url) as connection:
            for _ in range(COMMITS):
                connection.execute(
                    "with made as (insert into bench_commits values (1)) "
                    "select pg_notify('bench', '')"
                )

    threads = [threading.Thread(target=commit) for _ in range(NOTIFYING)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return NOTIFYING * COMMITS / (time.monotonic() - began)
