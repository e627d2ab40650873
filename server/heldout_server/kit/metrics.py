"""What this process counts, in the words of Prometheus; served at `/metrics`, on a port of its own.

Counters are the process's own: each replica and worker counts what it did, and Prometheus adds
them up. What is true of the whole (queue depth, ages) is read from the database when asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIServer

import structlog
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
)
from prometheus_client.registry import Collector

from heldout_server.kit.errors import Rejection

log = structlog.get_logger()

SCORING_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
HTTP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

STAGE_SECONDS = Histogram(
    "heldout_scoring_seconds",
    "Seconds that one stage of scoring took: queue, predict, parse, grade.",
    ["stage"],
    buckets=SCORING_BUCKETS,
)
ATTEMPTS = Counter(
    "heldout_attempts",
    "Attempts at one step of a submission, by how they ended: done, rejected (their file), "
    "failed (our machinery).",
    ["step", "outcome"],
)
LEASE_EXPIRIES = Counter(
    "heldout_lease_expiries", "Leases that ran out and whose work was given back."
)
HTTP_SECONDS = Histogram(
    "heldout_http_seconds",
    "Seconds until a response began, by route and status.",
    ["method", "route", "status"],
    buckets=HTTP_BUCKETS,
)
HTTP_OPEN = Gauge(
    "heldout_http_open", "Requests being answered; an open stream is one only until it has begun."
)


@contextmanager
def attempt(step: str) -> Iterator[None]:
    """Count one attempt at `step` and the seconds it took, and write a line about it."""
    started = time.perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    except Rejection:
        outcome = "rejected"
        raise
    finally:
        seconds = time.perf_counter() - started
        ATTEMPTS.labels(step, outcome).inc()
        STAGE_SECONDS.labels(step).observe(seconds)
        log.info("attempt.ended", outcome=outcome, seconds=round(seconds, 4))


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the seconds of a stage that is done within another step's attempt."""
    started = time.perf_counter()
    yield
    STAGE_SECONDS.labels(name).observe(time.perf_counter() - started)


def waited(seconds: float) -> None:
    """Count how long a submission waited in the queue."""
    STAGE_SECONDS.labels("queue").observe(seconds)


def serve(host: str, port: int, *current: Collector) -> WSGIServer | None:
    """Answer `/metrics` with this process's counters and what `current` looks up; 0: don't.

    Raises OSError when the port can't be used.
    """
    if not port:
        return None
    everything = CollectorRegistry()
    for collector in (REGISTRY, *current):
        everything.register(collector)
    return start_http_server(port, host, everything)[0]
