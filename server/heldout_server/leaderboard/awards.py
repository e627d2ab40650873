"""Awards that more than one person can hope for, computed from the tries. Pure.

An absolute ranking tells most of a room only that they are not first; these tell who came far, who
began well, who needed little. Each goes to one participant, ties to who got there first.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from heldout_server.leaderboard.attempts import Attempt, Measures
from heldout_server.leaderboard.confidence_interval import wilson
from heldout_server.leaderboard.margins import ACCURACY
from heldout_server.leaderboard.order import ORDER
from heldout_server.leaderboard.progress import Progress
from heldout_server.tasks import scores

SHARE_MARKS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.997)
FEWEST_WHO_REACHED = 3
LEARNED = 0.5
"""A try of less than this share of the leader's score has learned nothing yet, so the way up begins
after it: or else whoever sends an untrained network first would be the most improved. A figure that
is no share of right answers has no such half: there the way begins with the first try that is no
worse than the middle one of all first tries."""
MARKS_ON_THE_WAY = 8
"""About so many round figures lie between the middle first try and the best."""
NOTHING_KNOWN = Measures()


class AwardKind(StrEnum):
    """What an award is for."""

    LEADER = "leader"
    MOST_IMPROVED = "most_improved"
    BEST_FIRST_TRY = "best_first_try"
    FEWEST_TRIES = "fewest_tries"
    SMALLEST_MODEL = "smallest_model"
    SMALLEST_GAP = "smallest_gap"


@dataclass(frozen=True, slots=True)
class Award:
    """Who holds it, by which submission, and the figure behind it.

    `figure`: a score (leader, best first try), a gain or a gap in shares, a number of tries or of
    parameters. `mark` is the score to reach for `FEWEST_TRIES`.
    """

    kind: AwardKind
    participant_id: str
    participant_name: str
    submission_id: str
    figure: float
    mark: float | None = None


def awards(people: Sequence[Progress], known: Mapping[str, Measures], metric: str) -> list[Award]:
    """The awards that somebody holds, in the order of `AwardKind`.

    `people` best first; `known` by the public id of a submission; `metric` is what ranks. Who is as
    good as the leader, and how far a score is from the training's accuracy, is known of accuracy
    alone: under other metrics nobody has the smallest model or the smallest gap.
    """
    if not people:
        return []
    found = (
        _leader(people),
        _most_improved(people, metric),
        _best_first_try(people),
        _fewest_tries(people, metric),
        _smallest_model(people, known) if metric == ACCURACY else None,
        _smallest_gap(people, known) if metric == ACCURACY else None,
    )
    return [award for award in found if award is not None]


def mark_for(people: Sequence[Progress], metric: str) -> float | None:
    """The best round score that at least three people and a quarter of them have reached;
    `people` best first.
    """
    enough = max(FEWEST_WHO_REACHED, len(people) / 4)
    falling = [-way.best.score for way in people]  # ascending, as `bisect` needs it
    reached = [mark for mark in _marks(people, metric) if bisect_right(falling, -mark) >= enough]
    return reached[-1] if reached else None


def _middle_first_try(people: Sequence[Progress]) -> float:
    return statistics.median(way.first.score for way in people)


def _marks(people: Sequence[Progress], metric: str) -> Sequence[float]:
    """Worst first. Of shares always the same; other figures have no marks that every contest knows,
    so theirs are round ones between the middle first try and the best.
    """
    if scores.is_share(metric):
        return SHARE_MARKS
    low, high = _middle_first_try(people), people[0].best.score
    if not 0 < high - low < math.inf:
        return ()
    rough = (high - low) / MARKS_ON_THE_WAY
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    numbers = range(math.ceil(low / step), math.floor(high / step) + 1)
    # To as many digits as the step has: 3 · 0.1 is no round number.
    return [float(f"{number * step:.12g}") for number in numbers]


def _leader(people: Sequence[Progress]) -> Award:
    best = people[0].best
    return _award(AwardKind.LEADER, best, best.score)


def _most_improved(people: Sequence[Progress], metric: str) -> Award | None:
    begun = people[0].best.score * LEARNED
    if not scores.is_share(metric):
        begun = _middle_first_try(people)
    way = min(people, key=lambda way: (-way.gain_from(begun), way.best.at))
    gain = way.gain_from(begun)
    return _award(AwardKind.MOST_IMPROVED, way.best, gain) if gain > 0 else None


def _best_first_try(people: Sequence[Progress]) -> Award:
    way = min(people, key=lambda way: ORDER.key(way.first.ranked_by))
    return _award(AwardKind.BEST_FIRST_TRY, way.first, way.first.score)


def _fewest_tries(people: Sequence[Progress], metric: str) -> Award | None:
    mark = mark_for(people, metric)
    if mark is None:
        return None
    there = takewhile(lambda way: way.best.score >= mark, people)
    taken = [found for way in there if (found := way.reached(mark)) is not None]
    number, step = min(taken, key=lambda one: (one[0], one[1].at))
    return _award(AwardKind.FEWEST_TRIES, step, number, mark)


def _smallest_model(people: Sequence[Progress], known: Mapping[str, Measures]) -> Award | None:
    """Among those whose score lies within the leader's interval."""
    top = people[0].best
    if top.error_count is None:
        return None
    margin = wilson(top.examples - top.error_count, top.examples).low
    sizes = {
        id(way): size
        for way in takewhile(lambda way: way.best.score >= margin, people)
        if (size := known.get(way.best.submission_id, NOTHING_KNOWN).parameters) is not None
    }
    near = [way for way in people if id(way) in sizes]
    if not near:
        return None
    way = min(near, key=lambda way: (sizes[id(way)], way.best.at))
    return _award(AwardKind.SMALLEST_MODEL, way.best, sizes[id(way)])


def _smallest_gap(people: Sequence[Progress], known: Mapping[str, Measures]) -> Award | None:
    """Among the better half: a network that learned nothing has no gap either."""
    middle = statistics.median(way.best.score for way in people)
    gaps = {
        id(way): abs(training - way.best.score)
        for way in takewhile(lambda way: way.best.score >= middle, people)
        if (training := known.get(way.best.submission_id, NOTHING_KNOWN).training_accuracy)
        is not None
    }
    near = [way for way in people if id(way) in gaps]
    if not near:
        return None
    way = min(near, key=lambda way: (gaps[id(way)], way.best.at))
    return _award(AwardKind.SMALLEST_GAP, way.best, gaps[id(way)])


def _award(kind: AwardKind, one: Attempt, figure: float, mark: float | None = None) -> Award:
    return Award(
        kind, one.participant_id, one.participant_name, one.submission_id, float(figure), mark
    )
