"""What a PostgreSQL does for whoever uses it, and the simplest queue there can be on it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from support.cluster import wait_until

FLOORS = 200
STATEMENTS = """
select coalesce(sum(calls), 0) from pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database()) and toplevel
"""
BACKENDS = "select pid from pg_stat_activity where datname = current_database()"
COUNTED = ("statements", "cpu_ms")


@dataclass
class Load:
    """What the database did between two moments."""

    url: str
    _before: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._before = self._now()

    def until_now(self) -> dict[str, float]:
        did = (after - before for after, before in zip(self._now(), self._before, strict=True))
        return dict(zip(("seconds", *COUNTED), did, strict=True))

    def _now(self) -> tuple[float, ...]:
        return time.monotonic(), _statements(self.url), backends_cpu_ms(self.url)


def floor(url: str) -> list[float]:
    """Seconds from a commit until a listener has taken the row and committed."""
    taken: list[float] = []
    ready = threading.Event()

    def take() -> None:
        with connected(url) as hearing, connected(url) as taking:
            hearing.execute("listen bench")
            ready.set()
            for _ in hearing.notifies(stop_after=FLOORS):
                taking.execute("delete from bench")
                taken.append(time.monotonic())

    with connected(url) as connection:
        connection.execute("create table bench (id integer)")
        taker = threading.Thread(target=take)
        taker.start()
        ready.wait()
        queued = []
        for number in range(FLOORS):
            connection.execute(
                "with made as (insert into bench values (1)) select pg_notify('bench', '')"
            )
            queued.append(time.monotonic())
            wait_until(partial(_has_more, taken, number), "the floor", pause=0.002)
        taker.join()
    return [after - before for before, after in zip(queued, taken, strict=True)]


def _has_more(taken: list[float], number: int) -> bool:
    return len(taken) > number


def connected(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


def one(url: str, query: str) -> float:
    with connected(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return float(row[0])


def _statements(url: str) -> float:
    try:
        return one(url, STATEMENTS)
    except psycopg.errors.UndefinedTable:
        return 0.0


def backends_cpu_ms(url: str) -> float:
    """Milliseconds of processor time of the living backends; 0 where they run elsewhere."""
    with connected(url) as connection:
        backends = [row[0] for row in connection.execute(BACKENDS)]
    ticks = 0
    for backend in backends:
        try:
            after_name = Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(after_name[11]) + int(after_name[12])
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")
