"""What `/metrics` says besides this process's counters: what is true of the whole right now.

It has a port of its own, for the inside: looking is dear, and nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from heldout_server.jobs.depth import Depth, depths
from heldout_server.web.services import ModelsHealth, Services

log = structlog.get_logger()


class Gauges(Collector):
    """Gauges that are looked up when asked: queue, runner slots, streams."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        yield from _queue(self._depths())
        yield from _slots(self._services.check_health().models)
        streams = GaugeMetricFamily("heldout_streams", "Open event streams and long polls.")
        streams.add_metric([], self._services.stream.listening)
        yield streams

    def describe(self) -> Iterable[Metric]:
        return ()

    def _depths(self) -> list[Depth]:
        try:
            with self._services.database.read() as session:
                return depths(session)
        except SQLAlchemyError:
            log.exception("metrics.no_database")
            return []


def _queue(found: list[Depth]) -> Iterator[Metric]:
    depth = GaugeMetricFamily(
        "heldout_queue_depth", "Submissions that wait or run.", labels=["pool", "state"]
    )
    age = GaugeMetricFamily(
        "heldout_queue_oldest_seconds", "Age of the oldest of them.", labels=["pool", "state"]
    )
    for one in found:
        depth.add_metric([one.pool, one.state], one.count)
        age.add_metric([one.pool, one.state], one.oldest_seconds)
    yield depth
    yield age


def _slots(models: ModelsHealth) -> Iterator[Metric]:
    slots = GaugeMetricFamily("heldout_runner_slots", "Model runners.", labels=["state"])
    for state, count in (("all", models.slots), ("ready", models.ready), ("busy", models.busy)):
        slots.add_metric([state], count)
    yield slots
    memory = GaugeMetricFamily("heldout_runner_memory_bytes", "Memory of idle runners.")
    memory.add_metric([], models.memory_bytes)
    yield memory
