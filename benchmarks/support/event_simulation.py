"""An evening's last ten minutes, event by event: who waits for what, with so many processes.

Everybody sends once, a third of them in the last minute before the end, and everybody has a board
open. A submission goes through a web process, the database, a runner where it is a model, the
grader, and the web process again; then every open board hears of it and fetches the board anew.
Boards come a few at a time, so that requests come between them, and news that arrives while a web
process still tells of the last goes with the next round: as `event_stream` and `live.js` do it.
What an open board costs while nothing happens is left out: it is a few hundredths of a process.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

from support.unit_costs import Sent, UnitCosts

IN_THE_LAST_MINUTE = 1 / 3
MODELS = 0.5
IN_TENSORFLOW = 0.1  # of the models
SLICE = 25  # boards that are told at once, in at most so many slices: more would change little
MOST_SLICES = 40
SECONDS_A_BOARD = 0.0003  # the pause before the next round, as in event_stream
LONGEST_PAUSE = 0.1
MOST_BUSY = 0.9
KINDS = ("web", "database", "log", "runner", "grader")

Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Plant:
    """How many there are of each: web processes, cores of the database, logs that commits are
    written to (one a database), runners of models, graders.

    `has_edge`: somebody else, such as a CDN, answers the fetches of the board; `has_broker`:
    somebody else keeps the open boards' connections.
    """

    web: int = 1
    database: int = 4
    log: int = 1
    runner: int = 2
    grader: int = 1
    has_edge: bool = False
    has_broker: bool = False

    def a_board(self, costs: UnitCosts) -> float:
        """CPU seconds of the web processes for one open board that hears of one score."""
        hear = 0.0 if self.has_broker else costs.hear
        return hear + (0.0 if self.has_edge else costs.fetch)


@dataclass
class Outcome:
    """Seconds from sending to the score, and seconds from a score until a board shows it; how much
    of its time each kind of process works (0 to 1), and the seconds that were waited for each.
    """

    waits: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))

    @property
    def narrowest(self) -> str:
        """The kind of process for which is waited most."""
        return max(self.waited, key=self.waited.__getitem__)


def arrivals(people: int, seconds: float, seed: int) -> Iterator[float]:
    """When files come in the last `seconds` of the last minute: a Poisson process."""
    rate, dice, at = people * IN_THE_LAST_MINUTE / 60, random.Random(seed), 0.0
    while (at := at + dice.expovariate(rate)) < seconds:
        yield at


def last_minute(costs: UnitCosts, people: int, plant: Plant, *, seed: int = 0) -> Outcome:
    """What is sent in the last minute is followed until it is scored."""
    times = list(arrivals(people, _seconds(people), seed))
    return simulate(costs, plant, times, boards=people, seed=seed)


def simulate(
    costs: UnitCosts,
    plant: Plant,
    times: Sequence[float],
    *,
    boards: int,
    models: float = MODELS,
    cores: int | None = None,
    seed: int = 0,
) -> Outcome:
    """Files that come at these `times`, in seconds, while so many boards are open.

    `models`: the share of them that are models; `cores`: how many processors all processes share,
    None: each has one of its own.
    """
    return _Evening(costs, plant, boards, models, cores, seed).run(times)


class _Evening:
    def __init__(
        self,
        costs: UnitCosts,
        plant: Plant,
        boards: int,
        models: float,
        cores: int | None,
        seed: int,
    ) -> None:
        self.env, self.dice = simpy.Environment(), random.Random(seed)
        self.costs, self.models, self.found = costs, models, Outcome()
        self.webs = [simpy.Resource(self.env) for _ in range(plant.web)]
        self.shared = {
            name: simpy.Resource(self.env, getattr(plant, name)) for name in KINDS if name != "web"
        }
        self.cores = simpy.Resource(self.env, cores) if cores else None
        self.worked = dict.fromkeys(KINDS, 0.0)
        self.a_board = plant.a_board(costs)
        self.boards = boards // plant.web
        self.unheard: list[float | None] = [None] * plant.web
        self.news = [self.env.event() for _ in self.webs]

    def run(self, times: Sequence[float]) -> Outcome:
        for number in range(len(self.webs)):
            self.env.process(self._tell(number))
        sent = [self.env.process(self._submission(at)) for at in times]
        self.env.run(self.env.all_of(sent))
        many = {"web": len(self.webs), **{name: r.capacity for name, r in self.shared.items()}}
        self.found.busy = {name: self.worked[name] / self.env.now / many[name] for name in many}
        self.env.run()  # until every board shows the last score
        return self.found

    def _use(self, name: str, seconds: float, resource: simpy.Resource | None = None) -> Steps:
        asked = self.env.now
        with (resource or self.shared[name]).request() as turn:
            yield turn
            self.found.waited[name] += self.env.now - asked
            if self.cores is None or name == "log":  # a log is written while processors rest
                yield self.env.timeout(seconds)
            else:
                with self.cores.request() as core:
                    yield core
                    yield self.env.timeout(seconds)
        self.worked[name] += seconds

    def _submission(self, at: float) -> Steps:
        yield self.env.timeout(at)
        sent, web = self._kind(), self.dice.choice(self.webs)
        yield from self._web_and_database(sent, web)
        if sent is not self.costs.file:
            yield from self._use("runner", sent.runner)
        yield from self._use("grader", sent.grader)
        for number, news in enumerate(self.news):
            if self.unheard[number] is None:
                self.unheard[number] = self.env.now
                news.succeed()
        yield from self._web_and_database(sent, web)
        self.found.waits.append(self.env.now - at)

    def _web_and_database(self, sent: Sent, web: simpy.Resource) -> Steps:
        """One of two halves: taking the file in, and telling its sender of the score."""
        yield from self._use("web", sent.web / 2, web)
        yield from self._use("database", sent.database / 2)
        yield from self._use("log", sent.commits / 2 / self.costs.commits_a_second)

    def _kind(self) -> Sent:
        if self.dice.random() >= self.models:
            return self.costs.file
        slow = self.dice.random() < IN_TENSORFLOW
        return self.costs.tensorflow_model if slow else self.costs.model

    def _tell(self, number: int) -> Steps:
        """One web process tells its boards of what is new, round after round."""
        while True:
            yield self.news[number]
            since, self.unheard[number] = self.unheard[number], None
            self.news[number] = self.env.event()
            at_once = max(SLICE, self.boards // MOST_SLICES)
            for first in range(0, self.boards, at_once):
                told = min(at_once, self.boards - first)
                yield from self._use("web", told * self.a_board, self.webs[number])
                self.found.ages.append(self.env.now - (since or 0.0))
            yield self.env.timeout(min(self.boards * SECONDS_A_BOARD, LONGEST_PAUSE))


def smallest(
    costs: UnitCosts, people: int, plant: Plant, *, longest_wait: float, longest_age: float
) -> tuple[Plant, Outcome]:
    """The fewest processes with which 19 of 20 wait no longer than that: from what the load asks
    for at the least, the kind that is waited for most grows until it is so.
    """
    plant = _least(costs, people, plant, longest_age)
    while True:
        outcome = last_minute(costs, people, plant)
        is_late = p95(outcome.waits) > longest_wait
        if not is_late and p95(outcome.ages) <= longest_age:
            return plant, outcome
        worst = outcome.narrowest if is_late else "web"
        now = getattr(plant, worst)
        plant = replace(plant, **{worst: max(now + 1, now * 9 // 8)})


def _least(costs: UnitCosts, people: int, plant: Plant, longest_age: float) -> Plant:
    """With less than this, what comes in a second takes nearly a second."""
    rate = people * IN_THE_LAST_MINUTE / 60
    slow = IN_TENSORFLOW * costs.tensorflow_model.runner
    model = (1 - IN_TENSORFLOW) * costs.model.runner + slow
    seconds = {
        "web": rate * costs.file.web + people * plant.a_board(costs) / longest_age,
        "database": rate * costs.file.database,
        "log": rate * costs.file.commits / costs.commits_a_second,
        "runner": rate * MODELS * model,
        "grader": rate * costs.file.grader,
    }
    least = {name: math.ceil(value / MOST_BUSY) for name, value in seconds.items()}
    return replace(plant, **{name: max(getattr(plant, name), n) for name, n in least.items()})


def p95(values: list[float]) -> float:
    """19 of 20 are no larger; 0 of nothing."""
    return sorted(values)[int(0.95 * (len(values) - 1))] if values else 0.0


def _seconds(people: int) -> float:
    """The whole last minute, or as much of it as can be followed in reasonable time."""
    return min(60.0, max(20.0, 60.0 * 20_000 / people))
