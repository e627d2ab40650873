"""Everyone's way to where they stand: the steps up, and the latest tries. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from heldout_server.leaderboard.attempts import Attempt
from heldout_server.leaderboard.order import ORDER

LATEST_TRIES = 24


@dataclass(frozen=True, slots=True)
class Progress:
    """One participant's or team's way.

    `steps` are the tries that beat all before them, `numbers` how many tries it had taken until
    each, from 1; `latest` are the last `LATEST_TRIES` of all `tries`. All earliest first, none
    empty. `first` is the try that nothing came before, `best` the one that is on the board.
    """

    steps: Sequence[Attempt]
    numbers: Sequence[int]
    latest: Sequence[Attempt]
    tries: int
    first: Attempt
    best: Attempt

    def gain_from(self, mark: float) -> float:
        """How far the best is above the first try of at least `mark`; 0 where none is."""
        start = self.reached(mark)
        return self.best.score - start[1].score if start else 0.0

    def reached(self, mark: float) -> tuple[int, Attempt] | None:
        """The first try of at least `mark`, and which one it was; None: never."""
        at = bisect_left(self.steps, mark, key=lambda step: step.score)
        return (self.numbers[at], self.steps[at]) if at < len(self.steps) else None


@dataclass(slots=True)
class _Walk:
    """A way while its tries come in; only what `Way` tells is kept of a million of them."""

    tries: int = 0
    steps: list[Attempt] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    latest: deque[Attempt] = field(default_factory=lambda: deque(maxlen=LATEST_TRIES))

    @classmethod
    def on(cls, way: Progress) -> _Walk:
        latest = deque(way.latest, maxlen=LATEST_TRIES)
        return cls(way.tries, list(way.steps), list(way.numbers), latest)

    def way(self) -> Progress:
        steps, numbers, latest = tuple(self.steps), tuple(self.numbers), tuple(self.latest)
        return Progress(steps, numbers, latest, self.tries, first=steps[0], best=steps[-1])

    def add(self, one: Attempt) -> None:
        self.tries += 1
        self.latest.append(one)
        if not self.steps or ORDER.is_better(one.score, than=self.steps[-1].score):
            self.steps.append(one)
            self.numbers.append(self.tries)


def by_unit(found: Iterable[Attempt]) -> dict[str, Progress]:
    """The way of each who is ranked, by their id; `found` earliest first."""
    return grown({}, found)


def grown(known: Mapping[str, Progress], later: Iterable[Attempt]) -> dict[str, Progress]:
    """The known ways with what came `later`, earliest first, than all tries of the same unit."""
    walks: dict[str, _Walk] = {}
    for one in later:
        unit = one.participant_id
        if unit not in walks:
            walks[unit] = _Walk.on(known[unit]) if unit in known else _Walk()
        walks[unit].add(one)
    return {**known, **{unit: walk.way() for unit, walk in walks.items()}}


def named(way: Progress, name: str) -> Progress:
    """The same way under another name."""
    if way.best.participant_name == name:
        return way
    steps, latest = (
        tuple(replace(one, participant_name=name) for one in some)
        for some in (way.steps, way.latest)
    )
    return replace(way, steps=steps, latest=latest, first=steps[0], best=steps[-1])


def ranked(ways: Iterable[Progress]) -> list[Progress]:
    """In the order of the board."""
    return sorted(ways, key=lambda way: ORDER.key(way.best.ranked_by))
