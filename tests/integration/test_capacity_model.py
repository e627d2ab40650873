"""The capacity model: waits as queueing theory has them, and rounds of news that are joined."""

from __future__ import annotations

from dataclasses import replace
from math import factorial

import pytest

pytest.importorskip("simpy")

from support.event_simulation import Plant, arrivals, last_minute, p95, simulate, smallest
from support.unit_costs import Sent, UnitCosts

NOTHING = Sent(web=0, scorer=0, grader=0, database=0, held=0, commits=0, wal=0)
FREE = UnitCosts(
    file=NOTHING, model=NOTHING, tensorflow_model=NOTHING, hear=0, hear_bytes=0, fetch=0,
    fetch_bytes=0, idle_board=0, commits_a_second=1e9,
)  # fmt: skip
REAL = replace(
    FREE,
    file=Sent(0.02, 0, 0.005, 0.004, 0, 6, 0),
    model=Sent(0.02, 0.05, 0.005, 0.004, 0.08, 8, 0),
    tensorflow_model=Sent(0.02, 0.4, 0.005, 0.004, 0.5, 8, 0),
    hear=0.0001, fetch=0.001, commits_a_second=2000,
)  # fmt: skip


def waits_by_theory(servers: int, load: float, service: float) -> float:
    """The mean time in a queue M/D/c, service times all alike: half of M/M/c's by Erlang's C."""
    offered = load * servers
    last = offered**servers / factorial(servers) / (1 - load)
    busy = last / (sum(offered**n / factorial(n) for n in range(servers)) + last)
    return busy * service / (servers * (1 - load)) / 2


@pytest.mark.parametrize("graders", [1, 3])
def test_waits_as_queueing_theory_says(graders):
    rate, load = 50.0, 0.8
    service = load * graders / rate
    costs = replace(FREE, file=replace(NOTHING, grader=service))
    times = list(arrivals(int(rate * 180), 600, seed=1))
    found = simulate(costs, Plant(grader=graders), times, boards=0, models=0)
    mean = sum(found.waits) / len(found.waits) - service
    assert mean == pytest.approx(waits_by_theory(graders, load, service), rel=0.1)
    assert found.busy["grader"] == pytest.approx(load, rel=0.05)


def test_scores_that_come_together_are_told_together():
    costs = replace(FREE, fetch=0.01)
    found = simulate(costs, Plant(), [0.0] * 100, boards=100, models=0)
    # One round for the first score, one for all that came meanwhile: two seconds, not a hundred.
    assert 0.9 < max(found.ages) < 2.5
    assert sum(age > 0.9 for age in found.ages) >= 1


def test_what_shares_processors_takes_as_long_as_all_of_it():
    costs = replace(FREE, file=replace(NOTHING, web=0.1, grader=0.1))
    found = simulate(costs, Plant(), [0.0] * 20, boards=0, models=0, cores=1)
    assert max(found.waits) == pytest.approx(20 * 0.2)


def test_more_people_need_more_and_a_cdn_takes_the_boards():
    few, _ = smallest(REAL, 300, Plant(), longest_wait=5, longest_age=2)
    many, found = smallest(REAL, 9_000, Plant(), longest_wait=5, longest_age=2)
    helped, _ = smallest(REAL, 9_000, Plant(has_edge=True), longest_wait=5, longest_age=2)
    assert few.web < helped.web < many.web
    assert few.runner <= many.runner
    assert p95(found.waits) <= 5
    assert p95(found.ages) <= 2


def test_one_of_each_is_too_little_for_three_thousand():
    assert p95(last_minute(REAL, 300, Plant()).waits) < 5
    assert p95(last_minute(REAL, 3_000, Plant()).ages) > 2
