"""Judge a model on practice examples, whose answers everyone has: never on hidden ones.

It costs about a percent of the work for a model that reads its inputs well; only another one is
looked at more closely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heldout_runner.answers import Answers, Outputs, share
from heldout_runner.explanations import explain
from heldout_runner.judgement import Judgement, reads_well
from heldout_runner.preprocessing import Inputs, Scaling
from heldout_runner.protocol import Job
from heldout_runner.variants import AUTO, PREPROCESSING

JUDGED_EXAMPLES = 100
SEARCHED_EXAMPLES = 2000

Predict = Callable[[Inputs, Sequence[str]], Outputs]
"""Inputs (n, …) and variants of preprocessing → the model's output (variants, n, width)."""


@dataclass(frozen=True)
class Practice:
    """The first practice inputs (n, …), and their answers."""

    inputs: Inputs
    answers: Answers

    @classmethod
    def of(cls, job: Job) -> Practice | None:
        """What the job gives to judge by, if anything."""
        if not job.practice_inputs_path or not job.practice_answers_path:
            return None
        count = SEARCHED_EXAMPLES if job.preprocessing == AUTO else JUDGED_EXAMPLES
        inputs = np.load(job.practice_inputs_path, mmap_mode="r")[:count]
        answers = np.load(job.practice_answers_path, mmap_mode="r")[:count]
        if not len(inputs):
            return None
        scaling = Scaling.read(job.scaling_path)
        return cls(Inputs(inputs, scaling=scaling), Answers.of(job.kind, answers))

    def __len__(self) -> int:
        return len(self.answers)

    def picked(self, which: slice | NDArray[np.intp]) -> Practice:
        """Some of them."""
        return Practice(self.inputs.picked(which), self.answers.picked(which))

    def share(self, outputs: Outputs) -> float:
        """How much of these is right: see `judgement.Judgement`."""
        return share(self.answers.losses(outputs))


def judged(variant: str, practice: Practice, predict: Predict) -> Judgement:
    """How well the model reads with `variant`; with others only when that isn't well."""
    first = predict(practice.inputs, [variant])[0]
    shares = {variant: practice.share(first)}
    if not reads_well(shares[variant], practice.answers.constant()):
        others = [name for name in practice.inputs.variants if name != variant]
        outputs = outputs_by_variant(others, practice.inputs, predict)
        shares |= {name: practice.share(output) for name, output in outputs.items()}
    return judgement(variant, first, practice.answers, shares)


def judgement(
    variant: str, outputs: Outputs, answers: Answers, shares: Mapping[str, float]
) -> Judgement:
    """What was found with `variant`, with which the model gives `outputs` (n, width)."""
    found = explain(outputs, answers)
    return Judgement(
        preprocessing=variant,
        examples=len(answers),
        shares=tuple(shares.get(name, float("nan")) for name in PREPROCESSING),
        constant=answers.constant(),
        explanation=found.name,
        explained=found.share,
        slope=found.slope,
        offset=found.offset,
    )


def outputs_by_variant(
    variants: Sequence[str], inputs: Inputs, predict: Predict
) -> dict[str, Outputs]:
    """The outputs (n, width) for each variant, all by one call: calls are what costs.

    A variant that nobody asked for may not suit the model: an Embedding of pixels, for one, can't
    take what lies outside its table. Then its outputs are NaN. MemoryError passes.
    """
    try:
        outputs = predict(inputs, variants)
    except MemoryError:
        raise
    except Exception:
        if len(variants) == 1:
            return {variants[0]: np.full((len(inputs), 1), np.nan, np.float32)}
        alone = [outputs_by_variant([variant], inputs, predict) for variant in variants]
        return {name: output for found in alone for name, output in found.items()}
    return dict(zip(variants, outputs, strict=True))


def unjudged(variant: str) -> Judgement:
    """Nothing but the variant that was used."""
    return replace(Judgement(), preprocessing=variant)
