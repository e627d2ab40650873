"""Whether the board's first tie group holds the truly best model, in simulated evenings.

A class of 30 sends 20 models each; everybody stands by the one with the best figure on the
examples that the board shows, as on a real one. How good a model truly is, on all examples there
could be, is known here. Beside the group: strict order, which calls the first row the best and is
what every other board does. The rules are the server's own (`heldout_server.grading.ties`).

    python benchmarks/honesty.py --classes 1000            # minutes on two cores
    python benchmarks/honesty.py --spread 0.05             # a class of equals: nearly a lottery
    python benchmarks/honesty.py --timing                  # all pairs, ranges of ranks
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties import comparing, mcnemar
from heldout_server.grading.ties.groups import groups, ranges
from heldout_server.grading.ties.influence import influence
from heldout_server.grading.ties.resampling import resampled, summed
from heldout_server.grading.ties.units import units
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions, Truth

Values = NDArray[np.floating[Any]]
BINARY = Task(Kind.BINARY, ("no", "yes"))
NUMBER = Task(Kind.REGRESSION, (), ("y",))


@dataclass(frozen=True)
class World:
    """One way in which models err: the truth, and what a person's models predict.

    `said(rng, truth, ability, shared)` gives predictions (tries, n) of one person for abilities
    (tries,); `shared` (k, n) is what is the same for
    everybody, first what is hard. A greater ability is truly better.
    """

    metric: str
    task: Task
    level: float
    between: float
    within: float
    truth: Callable[[np.random.Generator, int], tuple[Truth, Values]]
    said: Callable[[np.random.Generator, Truth, Values, Values], Values]


@dataclass
class Evening:
    """What one evening's board said."""

    leader_is_best: bool
    group_holds_best: bool
    group: int
    in_range: float
    width: float


@dataclass
class Row:
    """What is printed of a metric: shares of evenings, mean sizes."""

    metric: str
    classes: int
    strict_order: float
    group_holds_best: float
    mean_group: float
    true_rank_in_range: float
    mean_range: float


def mixed(rng: np.random.Generator, shared: Values, tries: int) -> Values:
    """(tries, n): noise of variance 1, of which 60 % is everybody's and 20 % one person's."""
    own = rng.standard_normal((tries, len(shared)), np.float32)
    persons = rng.standard_normal(len(shared), np.float32)
    same = np.sqrt(0.6) * shared + np.sqrt(0.2) * persons
    own *= np.float32(np.sqrt(0.2))
    own += same.astype(np.float32)
    return own


def coin(rng: np.random.Generator, count: int) -> tuple[Truth, Values]:
    """Two classes of equal frequency, and what is hard about each example."""
    return rng.integers(0, 2, count), rng.standard_normal((1, count))


def right_or_wrong(
    rng: np.random.Generator, truth: Truth, ability: Values, shared: Values
) -> Values:
    """Classes that are right where the ability exceeds the difficulty: 98 % are."""
    right = mixed(rng, shared[0], len(ability)) < ability[:, None].astype(np.float32)
    return np.where(right, truth, 1 - truth)


def chances(rng: np.random.Generator, count: int) -> tuple[Truth, Values]:
    """Classes by chance; what everybody misjudges, and the log odds that there truly are."""
    odds = 3 * rng.standard_normal(count)
    truth = rng.random(count) < 1 / (1 + np.exp(-odds))
    return truth.astype(np.int64), np.stack([rng.standard_normal(count), odds])


def probabilities(
    rng: np.random.Generator, truth: Truth, ability: Values, shared: Values
) -> Values:
    """The true log odds with noise, the smaller the abler."""
    noise = mixed(rng, shared[0], len(ability))
    odds: Values = shared[1] + noise / ability[:, None]
    return 1 / (1 + np.exp(-odds))


def order(rng: np.random.Generator, truth: Truth, ability: Values, shared: Values) -> Values:
    """A number that is greater by the ability for positive examples."""
    return mixed(rng, shared[0], len(ability)) + (ability[:, None] * truth).astype(np.float32)


def quantities(rng: np.random.Generator, count: int) -> tuple[Truth, Values]:
    """Numbers, and an error that everybody makes; it has heavy tails."""
    return rng.standard_normal((count, 1)), rng.standard_t(5, (1, count)) / np.sqrt(5 / 3)


def numbers(rng: np.random.Generator, truth: Truth, ability: Values, shared: Values) -> Values:
    """The truth with errors, the smaller the abler."""
    return truth[:, 0] + mixed(rng, shared[0], len(ability)) / ability[:, None]


WORLDS = (
    World("accuracy", BINARY, 2.05, 0.12, 0.08, coin, right_or_wrong),
    World("neg_log_loss", BINARY, 1.0, 0.09, 0.06, chances, probabilities),
    World("roc_auc", BINARY, 2.0, 0.06, 0.04, coin, order),
    World("neg_root_mean_squared_error", NUMBER, 1.0, 0.02, 0.014, quantities, numbers),
)


def evening(world: World, seed: int, people: int, tries: int, examples: int) -> Evening:
    """One class, from its models to what its board says."""
    rng = np.random.default_rng([seed, examples])
    truth, shared = world.truth(rng, examples)
    metric = catalogue.metric(world.metric)
    abilities, scores, rows = [], [], []
    for _ in range(people):
        base = world.level + world.between * rng.standard_normal()
        ability = base + world.within * rng.standard_normal(tries)
        sent = [as_sent(world, one) for one in world.said(rng, truth, ability, shared)]
        found = [metric.score(metric.compute(world.task, truth, one)) for one in sent]
        best = int(np.argmax(found))
        abilities.append(ability[best])
        scores.append(found[best])
        rows.append(sent[best])
    places = np.argsort(-np.array(scores), kind="stable")
    return judged(world, truth, [rows[k] for k in places], np.array(abilities)[places], seed)


def as_sent(world: World, values: Values) -> Predictions:
    """What the server would have stored."""
    if world.metric == "accuracy":
        return Predictions(values.astype(np.int64), None, "labels")
    if world.task == NUMBER:
        return Predictions(None, values[:, None], "numbers")
    output = "probabilities" if world.metric == "neg_log_loss" else "scores"
    return Predictions((values > 0.5).astype(np.int64), values[:, None], output)  # type: ignore[arg-type]


def judged(
    world: World, truth: Truth, rows: list[Predictions], abilities: Values, seed: int
) -> Evening:
    """What the board says of its rows, and whether it is so."""
    metric, drawn = catalogue.metric(world.metric), units(len(truth), seed)
    found = [influence(metric, world.task, truth, one, drawn) for one in rows]
    scores = np.array([one.score for one in found])
    sums = [summed(one, drawn) for one in found]
    felt = np.array([one.felt for one in sums])
    beats = comparing.by_resampling(scores, resampled(sums, drawn), felt)
    if world.metric == "accuracy":
        right = np.stack([mcnemar.packed(one.classes == truth) for one in rows])
        beats = comparing.by_answers(right)
    first, places = groups(beats) == 1, ranges(beats)
    true_places = np.argsort(np.argsort(-abilities)) + 1
    inside = (places.low <= true_places) & (true_places <= places.high)
    best = int(np.argmax(abilities))
    return Evening(
        best == 0, bool(first[best]), int(first.sum()), float(inside.mean()),
        float((places.high - places.low + 1).mean()),
    )  # fmt: skip


def simulated(
    pool: ProcessPoolExecutor, world: World, seeds: range, people: int, tries: int, examples: int
) -> Row:
    """Many evenings of one world."""
    one = partial(evening, world, people=people, tries=tries, examples=examples)
    found = list(pool.map(one, seeds, chunksize=8))
    return Row(
        world.metric, len(found),
        float(np.mean([e.leader_is_best for e in found])),
        float(np.mean([e.group_holds_best for e in found])),
        float(np.mean([e.group for e in found])),
        float(np.mean([e.in_range for e in found])),
        float(np.mean([e.width for e in found])),
    )  # fmt: skip


def timed(work: Callable[[], object], times: int = 3) -> tuple[float, float]:
    """Seconds by the clock and of processor, of the quickest of some tries."""
    clock, processor = [], []
    for _ in range(times):
        begun, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    return min(clock), min(processor)


def timings(examples: int) -> Iterator[tuple[str, float, float]]:
    """How long the rules take, on one process."""
    rng = np.random.default_rng(0)
    for people in (300, 2000):
        right = rng.random((people, examples)) < 0.97
        bits = np.stack([mcnemar.packed(row) for row in right])
        if people == 300:
            yield "all pairs of 300, mid-p", *timed(partial(pairs, bits))
        for world in WORLDS:
            truth, shared = world.truth(rng, examples)
            ability = np.sort(world.level + world.between * rng.standard_normal(people))[::-1]
            sent = [
                as_sent(world, world.said(rng, truth, ability[k : k + 1], shared)[0])
                for k in range(people)
            ]
            work = partial(everything, world, truth, sent)
            yield f"{world.metric}, {people} people", *timed(work, 1 if people > 300 else 3)


def pairs(bits: mcnemar.Packed) -> Values:
    """The p of all pairs."""
    only_row = mcnemar.all_discordant(bits)
    return mcnemar.mid_ps(only_row, only_row.T)


def everything(world: World, truth: Truth, sent: list[Predictions]) -> None:
    """Influence, resamples, ranges and groups of everybody, nothing known before."""
    judged(world, truth, sent, np.arange(len(sent), 0, -1.0), 1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument(
        "--spread", type=float, default=1.0, help="times the usual difference between models"
    )
    parser.add_argument("--metric", action="append", help="only this one; may be repeated")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--timing", action="store_true", help="how long the rules take instead")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.timing:
        for what, clock, processor in timings(given.examples):
            print(f"{what:48} {clock:8.3f} s  {processor:8.3f} s of processor", flush=True)
        return
    wanted = [
        replace(one, between=one.between * given.spread, within=one.within * given.spread)
        for one in WORLDS
        if not given.metric or one.metric in given.metric
    ]
    if not given.json:
        print(f"{given.people} people, {given.tries} tries, {given.examples} examples, ", end="")
        print(f"spread {given.spread:g}")
        print(f"{'':28} classes  strict  group   size  in range  width")
    with ProcessPoolExecutor(given.processes) as pool:
        for world in wanted:
            row = simulated(
                pool, world, range(given.classes), given.people, given.tries, given.examples
            )
            print(json.dumps(asdict(row)) if given.json else as_text(row), flush=True)


def as_text(row: Row) -> str:
    """A line of the table."""
    return (
        f"{row.metric:28} {row.classes:7}  {row.strict_order:6.1%}  {row.group_holds_best:5.1%}  "
        f"{row.mean_group:5.1f}  {row.true_rank_in_range:8.1%}  {row.mean_range:5.1f}"
    )


if __name__ == "__main__":
    main()
