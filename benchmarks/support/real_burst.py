"""The same burst twice: as the model foresees it for this machine, and really sent."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path

from load import load

from support.cluster import fresh, scaled
from support.event_simulation import Plant, p95, simulate
from support.unit_costs import UnitCosts

CORES = 2
"""What the processes of a real burst share, with its sender."""
SECONDS = 40.0
"""Four bursts: load.py sends one every ten seconds."""


@dataclass(frozen=True)
class Burst:
    """So many open boards, and so many prediction files that come at the same moment."""

    boards: int
    at_once: int


def foreseen(costs: UnitCosts, burst: Burst) -> float:
    """Seconds until 19 of 20 know their score, where all processes share `CORES`.

    Nobody fetches the board but by the five requests a second of load.py's own watcher.
    """
    plant = Plant(has_edge=True)
    times = [0.0] * burst.at_once
    return p95(simulate(costs, plant, times, boards=burst.boards, models=0.0, cores=CORES).waits)


def seen(folder: Path, burst: Burst) -> float:
    """The same of a real burst, by `load.py`, on roles that are started for it."""
    cluster = scaled(fresh(folder / f"burst-{burst.boards}"), webs=1, graders=1, scorers=0)
    given = argparse.Namespace(seconds=SECONDS, streams=burst.boards, submits=burst.at_once)
    try:
        cluster.start_all()
        figures = asyncio.run(load(cluster, given))
    finally:
        cluster.stop()
    return float(figures["submit_to_scored_seconds"]["p95"])
