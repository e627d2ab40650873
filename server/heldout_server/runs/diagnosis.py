"""What a training curve says, in the words of the lesson. Pure functions over run cards.

Each diagnosis comes with the rule that led to it, the numbers it was applied to, and two
remedies; where no rule applies it says that it can't tell. The thresholds were set by reading
curves that were trained for it (tests/unit/runs/curves and curves_by_kind).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from heldout_server.runs.asked import DIGITS, Asked
from heldout_server.runs.last_layers import mistake
from heldout_server.runs.learning_curve import LOSS, LearningCurve, averages, falling_share
from heldout_server.runs.loss_only_rules import judged
from heldout_server.runs.loss_rules import (
    STILL_FALLING,
    diverging,
    falls_steadily,
    no_validation,
    noisy,
    not_converged,
    overfitting,
    too_short,
)
from heldout_server.runs.remedies import Kind, nothing_learned, remedies
from heldout_server.runs.series import numbers
from heldout_server.runs.verdict import Diagnosis
from heldout_server.tasks import kinds

HIGH_TRAINING_ERROR = 0.05
"""More wrong than this *on the training set*: the model is too simple, or trained too little."""
WIDE_GAP = 0.03
"""Training accuracy this far above validation accuracy: it learned what does not carry over."""
STAYS_HIGH = 0.10
"""More wrong than this on the training set, had it trained on for as long again: too simple. Where
a layer is narrower than the classes are many, more than HIGH_TRAINING_ERROR is enough."""
SETTLED = 0.005
"""Validation accuracy that rises by less than half a point at the end has settled."""


def diagnose(card: Mapping[str, Any], asked: Asked = DIGITS) -> Diagnosis | None:
    """What the card's history shows in a contest that asks this; None when it holds no loss."""
    history = card.get("history")
    if not isinstance(history, Mapping) or not numbers(history.get(LOSS)):
        return None
    curve = LearningCurve(history, card.get("hyperparameters"), asked)
    by_class = asked.kind is kinds.Kind.MULTICLASS or curve.accuracies
    found = _of_classes(curve, asked) if by_class else judged(card, curve, asked)
    advice = remedies(found.kind, asked) if found.learned else nothing_learned(asked)
    wrong = mistake(card, asked.kind)
    return replace(found, advice=(wrong, advice[0]) if wrong else advice)


Rule = Callable[[LearningCurve], Diagnosis | None]


def _of_classes(curve: LearningCurve, asked: Asked) -> Diagnosis:
    rules: tuple[Rule, ...] = (
        diverging, no_validation, too_short, overfitting, _memorised, noisy, _too_simple,
        _settled, _kept_the_best, not_converged, _wide_gap, _nothing_learned, _underfitting,
        _good_fit,
    )  # fmt: skip
    if asked.kind is kinds.Kind.BINARY:
        rules = (*rules[:6], _stuck, *rules[6:])
    found = next((found for rule in rules if (found := rule(curve)) is not None), None)
    return found or Diagnosis(
        Kind.CANNOT_TELL,
        "None of the rules for overfitting, underfitting or convergence applies.",
        f"{curve.epochs} epochs; no training accuracy was recorded.",
    )


def _too_simple(curve: LearningCurve) -> Diagnosis | None:
    """Slowing down so far from right that training on wouldn't mend it: not "train longer"."""
    if curve.accuracy is None or curve.accuracy < curve.near_chance:
        return None
    if (curve.validation_accuracy or 0) > 1 - STAYS_HIGH:
        return None  # dropout makes the training set look harder than the model finds it
    wrong = [1 - share for share in curve.accuracies]
    kept = 1 - max(falling_share(wrong, curve.end), 0)
    later = wrong[-1] * kept ** (len(wrong) / curve.end)
    bound = HIGH_TRAINING_ERROR if curve.is_narrow else STAYS_HIGH
    if later <= bound or falls_steadily(curve):
        return None
    return Diagnosis(
        Kind.UNDERFITTING,
        f"At the pace of its last epochs, more than {bound:.0%} of the training set would be wrong "
        "after as many epochs again"
        + (", and a layer has fewer units than there are classes." if curve.is_narrow else "."),
        f"{wrong[-1]:.1%} of the training set is wrong after {curve.epochs} epochs, and about "
        f"{later:.0%} would be after {2 * curve.epochs}.",
    )


def _settled(curve: LearningCurve) -> Diagnosis | None:
    """Both nearly all right: what a loss that still falls would add is small."""
    if curve.accuracy is None or curve.validation_accuracy is None:
        return None
    if 1 - min(curve.accuracy, curve.validation_accuracy) > HIGH_TRAINING_ERROR:
        return None
    before, after = averages(curve.validation_accuracies, curve.end)
    if after - before >= SETTLED:
        return None
    return Diagnosis(
        Kind.GOOD_FIT,
        f"At most {HIGH_TRAINING_ERROR:.0%} of either set is wrong, and validation accuracy rises "
        f"by less than {SETTLED * 100:.1f} points over its last epochs.",
        f"{curve.accuracy:.1%} of the training set and {curve.validation_accuracy:.1%} of the "
        f"validation set are right; validation loss ends at {curve.known[-1]:.4g}, lowest "
        f"{min(curve.known):.4g}.",
    )


def _kept_the_best(curve: LearningCurve) -> Diagnosis | None:
    """Early stopping gave back the weights of its best epoch: they are what was submitted."""
    if curve.kept is None or curve.accuracy is None:
        return None
    if 1 - curve.accuracy > HIGH_TRAINING_ERROR or _gap(curve) >= WIDE_GAP:
        return None
    return Diagnosis(
        Kind.GOOD_FIT,
        "Early stopping kept the epoch with the lowest validation loss; the training error was low "
        "by then, and the validation error near it.",
        f"Epoch {curve.kept} of {curve.epochs} was kept: {curve.accuracy:.1%} of the training set "
        f"right, and {curve.validation_accuracy or 0:.1%} of the validation set.",
    )


def _memorised(curve: LearningCurve) -> Diagnosis | None:
    """A wide gap with a training set that is nearly all right, however the curve jumps."""
    if curve.accuracy is None or 1 - curve.accuracy > HIGH_TRAINING_ERROR:
        return None
    return _wide_gap(curve)


def _wide_gap(curve: LearningCurve) -> Diagnosis | None:
    if curve.accuracy is None or curve.validation_accuracy is None:
        return None
    if curve.accuracy < curve.near_chance:
        return None  # nothing was learned that could carry over
    if _gap(curve) < WIDE_GAP:
        return None
    return Diagnosis(
        Kind.OVERFITTING,
        f"Training accuracy is more than {WIDE_GAP * 100:.0f} points above validation accuracy.",
        f"{curve.accuracy:.1%} of the training set is right, but {curve.validation_accuracy:.1%} "
        "of the validation set.",
    )


def _gap(curve: LearningCurve) -> float:
    """By how much more of the training set is right."""
    return (curve.accuracy or 0) - (curve.validation_accuracy or 0)


def _nothing_learned(curve: LearningCurve) -> Diagnosis | None:
    """At chance from the first epoch to the last: no layer got a gradient that moved it."""
    first, lowest = curve.trained[0], min(curve.trained)
    if curve.accuracy is None or curve.accuracy >= curve.near_chance:
        return None
    if lowest <= first * (1 - STILL_FALLING):
        return None
    return Diagnosis(
        Kind.UNDERFITTING,
        f"Accuracy stays near chance and training loss never falls by {STILL_FALLING:.0%}: nothing "
        "was learned.",
        f"Training loss went from {first:.4g} to {curve.trained[-1]:.4g} with {curve.accuracy:.1%} "
        "of the training set right.",
        learned=False,
    )


def _stuck(curve: LearningCurve) -> Diagnosis | None:
    """Of two classes the loss may fall while the same one is said all the time."""
    if curve.accuracy is None or curve.accuracy >= curve.near_chance:
        return None
    if max(curve.accuracies) - min(curve.accuracies) >= SETTLED:
        return None
    return Diagnosis(
        Kind.UNDERFITTING,
        "Training accuracy stays where always saying one class would be: nothing was learned.",
        f"{curve.accuracy:.1%} of the training set is right in every epoch.",
        learned=False,
    )


def _underfitting(curve: LearningCurve) -> Diagnosis | None:
    if curve.accuracy is None or 1 - curve.accuracy <= HIGH_TRAINING_ERROR:
        return None
    return Diagnosis(
        Kind.UNDERFITTING,
        f"More than {HIGH_TRAINING_ERROR:.0%} of the training set is wrong, though the curves "
        "are flat.",
        f"{1 - curve.accuracy:.1%} of the training set is wrong after {curve.epochs} epochs.",
    )


def _good_fit(curve: LearningCurve) -> Diagnosis | None:
    if curve.accuracy is None:
        return None
    shown = curve.validation_accuracy
    both = f" and {shown:.1%} of the validation set" if shown is not None else ""
    return Diagnosis(
        Kind.GOOD_FIT,
        "Validation loss has settled near its lowest, the training error is low, and both agree.",
        f"{curve.accuracy:.1%} of the training set{both} are right; validation loss ends at "
        f"{curve.known[-1]:.4g}, lowest {min(curve.known):.4g}.",
    )
