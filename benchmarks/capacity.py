"""What an event of so many people needs, from what one submission and one open board cost here.

    python benchmarks/capacity.py [--check] [--plot docs/images/capacity.svg] [--costs FILE]

Unit costs are measured first (roles on PostgreSQL), then the last minute before the end is played
event by event for 300 to 300,000 people; see `support/event_simulation.py`. `--check` puts the
same model beside a real burst on this machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from support.capacity_plot import plot
from support.event_simulation import Outcome, Plant, last_minute, p95, smallest
from support.real_burst import Burst, foreseen, seen
from support.unit_costs import Sent, UnitCosts, unit_costs

SIZES = (300, 3_000, 30_000, 300_000)
LONGEST_WAIT = 5.0
LONGEST_AGE = 2.0
OURS = Plant()
"""One machine with roles, as docs/how-to/several-machines.md begins."""
WAYS = {"alone": OURS, "with a CDN": replace(OURS, has_edge=True),
        "with a CDN and a broker": replace(OURS, has_edge=True, has_broker=True)}  # fmt: skip
BURSTS = (Burst(boards=10, at_once=20), Burst(boards=100, at_once=60), Burst(300, 60))


@dataclass(frozen=True)
class Size:
    """What so many people need, one way: seconds at p95 from sending to the score (`wait`) and
    from a score to the boards (`age`), what is waited for most, and megabits a second to boards.
    """

    people: int
    way: str
    plant: Plant
    wait: float
    age: float
    narrowest: str
    megabits: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="beside a real burst")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it, as SVG")
    parser.add_argument("--costs", type=Path, metavar="FILE",
                        help="unit costs as JSON: written there, or taken from there")  # fmt: skip
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        costs = _costs(folder, arguments.costs)
        bursts = [(foreseen(costs, one), seen(folder, one)) for one in BURSTS * arguments.check]
    first = {people: last_minute(costs, people, OURS) for people in SIZES[:2]}
    sizes = [_size(costs, people, way) for people in SIZES for way in WAYS]
    if arguments.plot:
        plot([(one.people, one.way, one.plant) for one in sizes], arguments.plot)
    if arguments.json:
        print(json.dumps({"costs": asdict(costs), "sizes": [asdict(one) for one in sizes],
                          "bursts": bursts}))  # fmt: skip
        return
    _print(costs, first, sizes)
    for burst, (model, real) in zip(BURSTS, bursts, strict=False):
        print(f"{burst.boards} boards, {burst.at_once} files at once: 19 of 20 foreseen within "
              f"{model:.2f} s, seen within {real:.2f} s")  # fmt: skip


def _costs(folder: Path, kept: Path | None) -> UnitCosts:
    if kept and kept.exists():
        given = json.loads(kept.read_text())
        kinds = ("file", "model", "tensorflow_model")
        return UnitCosts(**{**given, **{kind: Sent(**given[kind]) for kind in kinds}})
    costs = unit_costs(folder, lambda words: print(f"… {words}", file=sys.stderr))
    if kept:
        kept.write_text(json.dumps(asdict(costs), indent=2))
    return costs


def _size(costs: UnitCosts, people: int, way: str) -> Size:
    plant, found = smallest(
        costs, people, WAYS[way], longest_wait=LONGEST_WAIT, longest_age=LONGEST_AGE
    )
    rounds = 1 / max(p95(found.ages), 0.1)
    size = costs.hear_bytes * (not plant.has_broker) + costs.fetch_bytes * (not plant.has_edge)
    return Size(
        people, way, plant, p95(found.waits), p95(found.ages), found.narrowest,
        people * rounds * size * 8 / 1e6,
    )  # fmt: skip


def _print(costs: UnitCosts, first: dict[int, Outcome], sizes: list[Size]) -> None:
    for name in ("file", "model", "tensorflow_model"):
        one = getattr(costs, name)
        print(f"{name:17} web {1000 * one.web:6.1f}  scorer {1000 * one.scorer:7.1f}  "
              f"grader {1000 * one.grader:6.1f}  database {1000 * one.database:5.1f} ms of CPU; "
              f"held {1000 * one.held:.0f} ms, {one.commits:.1f} commits, "
              f"{one.wal / 1024:.0f} KiB of log")  # fmt: skip
    print(f"an open board     hears of a score {1000 * costs.hear:.3f} ms, "
          f"{costs.hear_bytes:.0f} B; fetches it {1000 * costs.fetch:.2f} ms, "
          f"{costs.fetch_bytes:.0f} B; idle {1000 * costs.idle_board:.4f} ms a second")  # fmt: skip
    print(f"the database      {costs.commits_a_second:.0f} commits with NOTIFY a second")
    for people, found in first.items():
        busy = ", ".join(f"{name} {share:.0%}" for name, share in found.busy.items())
        print(f"{people} people on one of each: wait {p95(found.waits):.1f} s, "
              f"boards {p95(found.ages):.1f} s behind; {busy}")  # fmt: skip
    for one in sizes:
        plant = one.plant
        print(f"{one.people:7} {one.way:24} web {plant.web:4}  runners {plant.runner:4}  "
              f"graders {plant.grader:3}  database cores {plant.database:3}  logs {plant.log:2}  "
              f"wait {one.wait:.2f} s  age {one.age:.2f} s  {one.megabits:.0f} Mbit/s  "
              f"waits for: {one.narrowest}")  # fmt: skip


if __name__ == "__main__":
    main()
