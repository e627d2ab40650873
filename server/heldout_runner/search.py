"""Find the preprocessing that a model was trained with, on practice examples.

Most models take the default, pixels from 0 to 1 or numbers as they are, so that is believed until
another variant is shown to be better; whatever luck may explain stays with the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from heldout_runner.answers import REGRESSION, Losses, Outputs, classes_of, middle, share
from heldout_runner.explanations import explain
from heldout_runner.judgement import READS_WELL, Judgement, is_most, is_relation
from heldout_runner.practice import (
    SEARCHED_EXAMPLES,
    Practice,
    Predict,
    judgement,
    outputs_by_variant,
)
from heldout_runner.significance import sign_p

# How many practice examples have been compared after each round.
ROUNDS = (500, 800, SEARCHED_EXAMPLES)
MOST_MISREAD, LEAST_SURE = 64, 24
# Less than half a point of what was looked at isn't worth a full comparison, or may be luck.
FEWEST_GAINED, LEAST_GAIN = 2, 0.005
# How many show which variants lose less, where an example is more than right or wrong.
GLANCED_AT = 100
MOST_CANDIDATES = 3
# For one comparison. At most three rounds of three candidates: a variant that is no better than
# the default replaces it for fewer than one model in twenty, and that one loses nothing by it.
SIGNIFICANT = 0.005


def best(practice: Practice, predict: Predict) -> Judgement:
    """The default, or the variant that clearly loses less; with both shares."""
    default = practice.inputs.variants[0]
    output = _first_look(practice, predict)
    known = practice.picked(slice(len(output)))
    readings = _Readings(practice, predict, {default: output})
    look = _doubted if known.answers.are_classes else _glanced_at
    rivals = [default, *look(output, known, predict)]
    rounds = [count for count in ROUNDS if count >= len(known)]
    chosen = _winner(rivals, readings, rounds)
    return readings.judgement(_with_a_reason(readings, chosen, known))


def _first_look(practice: Practice, predict: Predict) -> Outputs:
    """The output (n, width) of the default, for more examples where it reads well.

    What another variant could gain there is small, and smaller gains take more examples to see.
    """
    default = practice.inputs.variants[0]
    first = practice.picked(slice(ROUNDS[0]))
    output = outputs_by_variant([default], first.inputs, predict)[default]
    if first.share(output) < READS_WELL or len(practice) == len(first):
        return output
    second = practice.inputs.picked(slice(ROUNDS[0], ROUNDS[1]))
    more = outputs_by_variant([default], second, predict)[default]
    return np.concatenate([output, more])


@dataclass
class _Readings:
    """What the model gives with each variant: the outputs for the first practice examples."""

    practice: Practice
    predict: Predict
    outputs: dict[str, Outputs] = field(default_factory=dict)

    @property
    def default(self) -> str:
        return self.practice.inputs.variants[0]

    def losses(self, variant: str, count: int) -> Losses:
        """What each of the first `count` examples loses, predicted where that is needed."""
        read = self.outputs.get(variant)
        done = 0 if read is None else len(read)
        if done < min(count, len(self.practice)):
            rest = self.practice.inputs.picked(slice(done, count))
            more = outputs_by_variant([variant], rest, self.predict)[variant]
            self.outputs[variant] = more if read is None else _joined(read, more)
        output = self.outputs[variant][:count]
        return self.practice.answers.picked(slice(len(output))).losses(output)

    def judgement(self, chosen: str) -> Judgement:
        """On the examples that were read both ways."""
        count = min(len(self.outputs[name]) for name in {self.default, chosen})
        complete = [name for name, output in self.outputs.items() if len(output) >= count]
        shares = {name: share(self.losses(name, count)) for name in complete}
        answers = self.practice.answers.picked(slice(count))
        return judgement(chosen, self.outputs[chosen][:count], answers, shares)


def _joined(first: Outputs, more: Outputs) -> Outputs:
    """One after the other; what failed has one column of NaN, whatever the model's width."""
    if first.shape[1] != more.shape[1]:
        width = max(first.shape[1], more.shape[1])
        first, more = (
            part if part.shape[1] == width else np.full((len(part), width), np.nan, np.float32)
            for part in (first, more)
        )
    return np.concatenate([first, more])


def _doubted(output: Outputs, known: Practice, predict: Predict) -> list[str]:
    """The variants that read more of the doubtful examples than the default does.

    A variant can only gain where the default misreads, and loses first where the default is least
    sure: these few tell which variants deserve a full comparison, so that a model that reads well
    costs little more than one look.
    """
    doubtful, read_already = _doubtful(output, known)
    fewest = max(FEWEST_GAINED, round(LEAST_GAIN * len(known)))
    if len(doubtful) - read_already < fewest:
        return []
    few, others = known.picked(doubtful), list(known.inputs.variants[1:])
    outputs = outputs_by_variant(others, few.inputs, predict)
    gained = {
        name: int((few.answers.losses(outputs[name]) == 0).sum()) - read_already for name in others
    }
    return _promising(others, gained, fewest)


def _glanced_at(output: Outputs, known: Practice, predict: Predict) -> list[str]:
    """The variants that lose less than the default does, on a few examples."""
    few, others = known.picked(slice(GLANCED_AT)), list(known.inputs.variants[1:])
    outputs = outputs_by_variant(others, few.inputs, predict)
    default = float(few.answers.losses(output[:GLANCED_AT]).mean())
    gained = {name: default - float(few.answers.losses(outputs[name]).mean()) for name in others}
    return _promising(others, {n: g for n, g in gained.items() if g > 0}, 0)


def _promising(others: list[str], gained: Mapping[str, float], fewest: float) -> list[str]:
    most = sorted(gained, key=lambda name: -gained[name])[:MOST_CANDIDATES]
    return [name for name in others if name in most and gained[name] >= fewest]


def _doubtful(output: Outputs, known: Practice) -> tuple[NDArray[np.intp], int]:
    """Examples that the default misreads, and right ones of which it is least sure; how many."""
    right = classes_of(output) == known.answers.values
    misread, read = np.flatnonzero(~right), np.flatnonzero(right)
    unsure = read[np.argsort(_margins(output)[read], kind="stable")[:LEAST_SURE]]
    return np.concatenate([misread[:MOST_MISREAD], unsure]), len(unsure)


def _margins(output: Outputs) -> NDArray[np.float32]:
    """How far the highest value of each row lies above the next; the only one, from the middle."""
    margins: NDArray[np.float32]
    if output.shape[1] == 1:
        margins = np.abs(output[:, 0] - np.float32(middle(output)))
    else:
        highest = np.sort(output, axis=1)
        margins = highest[:, -1] - highest[:, -2]
    return margins


def _winner(rivals: list[str], readings: _Readings, rounds: list[int]) -> str:
    """The rival that beats the default, compared on more and more examples until it is clear.

    A rival that doesn't lead the default has lost at once: the others decide.
    """
    default = leader = readings.default
    for count in rounds:
        if len(rivals) == 1 and rivals[0] == leader:
            break
        losses = {name: readings.losses(name, count) for name in rivals}
        leader = min(rivals, key=lambda name: float(losses[name].sum()))
        rivals = [n for n in rivals if n == leader or not _beats(losses[leader], losses[n])]
        rivals = _leading(rivals, losses, default)
    return default if default in rivals else leader


def _leading(rivals: list[str], losses: Mapping[str, Losses], default: str) -> list[str]:
    if default not in rivals:
        return rivals
    most = losses[default].sum()
    return [name for name in rivals if name == default or losses[name].sum() < most]


def _with_a_reason(readings: _Readings, chosen: str, known: Practice) -> str:
    """The variant whose wrong answers have one reason, where none gives right ones.

    A model that counts its classes from 1 reads nothing as it should, and by luck a tenth in some
    other way: chosen for that, nobody would hear of the reason.
    """
    count, numbers = len(known), known.answers.kind == REGRESSION
    right = share(readings.losses(chosen, count))
    if right >= READS_WELL:
        return chosen
    # Of numbers each is looked at: there are three, and errors alone tell nothing apart.
    names = known.inputs.variants if numbers else list(readings.outputs)
    best, reached, constant = chosen, right, known.answers.constant()
    for name in names:
        readings.losses(name, count)
        found = explain(readings.outputs[name][:count], known.answers)
        clear = is_relation(found.share, count) if numbers else is_most(found.share, constant)
        # Without a reason it is only another variant that reads a little more, maybe by luck.
        if found.name and clear and found.share > reached:
            best, reached = name, found.share
    return best if right <= reached / 2 or not numbers else chosen


def _beats(losses: Losses, other: Losses) -> bool:
    """Whether it loses less on so many more examples than luck explains."""
    fixed, broken = int((losses < other).sum()), int((other < losses).sum())
    return fixed > broken and sign_p(fixed, broken) < SIGNIFICANT
