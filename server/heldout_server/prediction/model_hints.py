"""Why a model scores so low, in plain words, from how it answered practice examples. Pure.

One function orders the reasons, and only the first is told: two hints could contradict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.judgement import Judgement, is_most, is_relation, reads_well
from heldout_runner.protocol import Header
from heldout_runner.significance import sign_p
from heldout_runner.variants import AUTO
from heldout_server.prediction import hint_words
from heldout_server.prediction.head_hints import head_hint
from heldout_server.prediction.signature import Signature
from heldout_server.tasks.kinds import Kind

# Below this nothing is read of ten classes: what is a little better than it explains nothing.
CHANCE_BELOW = 0.3
# Above this one answer for all reads too much for that: then it is the measure.
FEW_CLASSES = 0.2
# Seven readings are compared with the one that was used: five variants and two shifts.
SIGNIFICANT = 0.05 / 7
# The same for a normal variable.
DEVIATIONS = 2.7


@dataclass(frozen=True)
class Findings:
    """What is known of a model that was run: its header, what was signature of it, the
    preprocessing that was asked for, and the values (n, width) that it gave.
    """

    header: Header
    signature: Signature
    asked: str
    values: NDArray[np.floating[Any]] | None = None

    @property
    def judgement(self) -> Judgement:
        """How it answered practice examples."""
        return self.header.judgement

    @property
    def used(self) -> float:
        """The share that it reached as it was run; NaN where it wasn't judged."""
        return self.judgement.share(self.judgement.preprocessing)


def model_hints(findings: Findings) -> list[str]:
    """What would help this model, in a sentence with the fix; [] when it answers well.

    Everything comes from practice examples, whose answers are public, and from the form of what
    it gave. The figures are the model's process's own: they decide about words only.
    """
    hint = _from_practice(findings)
    return [hint] if hint else []


def preprocessing_reason(findings: Findings) -> str | None:
    """Why another preprocessing than the default was chosen; None where it wasn't."""
    judgement, default = findings.judgement, findings.signature.variants[0]
    before = judgement.share(default)
    chosen = judgement.preprocessing
    if findings.asked != AUTO or chosen == default or math.isnan(findings.used + before):
        return None
    return hint_words.chosen(judgement, findings.signature, default)


def _from_practice(findings: Findings) -> str | None:
    judgement, signature, used = findings.judgement, findings.signature, findings.used
    if not judgement.examples or math.isnan(used) or reads_well(used, judgement.constant):
        return None
    better = max(signature.variants, key=lambda name: _known(judgement.share(name)))
    reached, explained = _known(judgement.share(better)), _known(judgement.explained)
    if judgement.explanation and explained >= reached and _explains(findings, explained):
        return hint_words.explanation(judgement, signature, used)
    if better != judgement.preprocessing and _helps(findings, reached):
        return hint_words.preprocessing(judgement, signature, better)
    form = head_hint(findings.values, signature)
    chance = hint_words.chance(judgement, signature, used) if _is_chance(findings) else None
    # A sigmoid in the place of a softmax reads worse, and never so little.
    return chance or form if signature.task.kind is Kind.MULTICLASS else form or chance


def _explains(findings: Findings, share: float) -> bool:
    if findings.signature.task.kind is Kind.REGRESSION:
        return is_relation(share, findings.judgement.examples) and findings.used <= share / 2
    return is_most(share, findings.judgement.constant) and _is_better(findings, share)


def _helps(findings: Findings, share: float) -> bool:
    if findings.signature.task.kind is Kind.REGRESSION:
        known = is_relation(share, findings.judgement.examples)
        return known and _has_smaller_errors(findings, share)
    return is_most(share, findings.judgement.constant) and _is_better(findings, share)


def _is_better(findings: Findings, share: float) -> bool:
    """Whether so many more examples are right than luck explains.

    Which examples differ isn't known, so as many as possible are taken to: all that the better
    reading misses.
    """
    count, used = findings.judgement.examples, findings.used
    gained = round((share - used) * count)
    broken = min(round((1 - share) * count), round(used * count))
    return gained > 0 and sign_p(gained + broken, broken) < SIGNIFICANT


def _has_smaller_errors(findings: Findings, share: float) -> bool:
    """Whether the squared errors are smaller by more than luck explains.

    The logarithm of their ratio has a deviation of about 2 / √n, were they independent, and less
    as errors on the same examples.
    """
    smaller, larger = max(1 - share, 1e-12), max(1 - findings.used, 1e-12)
    return math.log(larger / smaller) * math.sqrt(findings.judgement.examples) / 2 > DEVIATIONS


def _is_chance(findings: Findings) -> bool:
    constant = _known(findings.judgement.constant)
    if findings.signature.task.kind is Kind.MULTICLASS and constant < FEW_CLASSES:
        return findings.used < CHANCE_BELOW
    return findings.used <= constant


def _known(share: float) -> float:
    return 0.0 if math.isnan(share) else share
