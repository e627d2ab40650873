"""What a training curve says, in the words of the lesson. Pure functions over run cards.

Each diagnosis comes with the rule that led to it, the numbers it was applied to, and two
remedies; where no rule applies it says that it can't tell. The thresholds below were set by
reading curves that were trained for it (tests/unit/runs/curves).
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.learning_curve import LOSS, LearningCurve, averages, falling_share
from heldout_server.runs.remedies import MEANING, NOTHING_LEARNED, REMEDIES, Kind
from heldout_server.runs.series import numbers

FEWEST_EPOCHS = 3
RISEN = 1.10
"""Validation loss this many times its lowest counts as having risen."""
BLOWN_UP = 1.5
"""A first epoch this many times the last, at chance, was blown up: untrained, the loss is about
ln(classes), and so it is at chance."""
STILL_FALLING = 0.03
"""A fall of this share over the end of the curve: training longer may still help."""
JUMPY = 0.06
"""A typical step of this share of the level, in both directions, is noise."""
HIGH_TRAINING_ERROR = 0.05
"""More wrong than this *on the training set*: the model is too simple, or trained too little."""
WIDE_GAP = 0.03
"""Training accuracy this far above validation accuracy: it learned what does not carry over."""
NEAR_CHANCE = 0.3
STAYS_HIGH = 0.10
"""More wrong than this on the training set, had it trained on for as long again: too simple. Where
a layer is narrower than the classes are many, more than HIGH_TRAINING_ERROR is enough."""
SETTLED = 0.005
"""Validation accuracy that rises by less than half a point at the end has settled."""


@dataclass(frozen=True)
class Diagnosis:
    """`epoch`, counted from 1, is where it begins, for those that begin somewhere.

    `advice`: remedies of this curve's own, rather than those of its kind.
    """

    kind: Kind
    rule: str
    evidence: str
    epoch: int | None = None
    advice: tuple[str, str] | None = None

    @property
    def meaning(self) -> str:
        """What it means, in one sentence."""
        return MEANING[self.kind]

    @property
    def remedies(self) -> tuple[str, str]:
        """Two things to try next."""
        return self.advice or REMEDIES[self.kind]


def diagnose(card: Mapping[str, Any]) -> Diagnosis | None:
    """What the card's history shows; None when it holds no loss at all."""
    history = card.get("history")
    if not isinstance(history, Mapping) or not numbers(history.get(LOSS)):
        return None
    curve = LearningCurve(history, card.get("hyperparameters"))
    for rule in (
        _diverging, _no_validation, _too_short, _overfitting, _memorised, _noisy, _too_simple,
        _settled, _kept_the_best, _not_converged, _wide_gap, _nothing_learned, _underfitting,
        _good_fit,
    ):  # fmt: skip
        found = rule(curve)
        if found is not None:
            return found
    return Diagnosis(
        Kind.CANNOT_TELL,
        "None of the rules for overfitting, underfitting or convergence applies.",
        f"{curve.epochs} epochs; no training accuracy was recorded.",
    )


def _diverging(curve: LearningCurve) -> Diagnosis | None:
    broken = [at for at, value in enumerate(curve.loss) if value is None]
    if broken:
        epoch = broken[0] + 1
        return Diagnosis(
            Kind.DIVERGING,
            "The training loss is not a finite number any more (NaN or infinite).",
            f"Training loss left the numbers in epoch {epoch} of {curve.epochs}.",
            epoch,
        )
    first, final = curve.trained[0], statistics.median(curve.trained[-2:])
    lost = curve.accuracy is not None and curve.accuracy < NEAR_CHANCE
    # The first epoch's average includes the untrained start, so a loss that ends above it was
    # never brought down; one that was blown up and came back to chance has lost its units.
    lost_its_units = lost and first > BLOWN_UP * final
    if len(curve.trained) >= FEWEST_EPOCHS and (final > first or lost_its_units):
        return Diagnosis(
            Kind.DIVERGING,
            "Training loss ends above its first epoch, or was blown up at first and came back to "
            "where accuracy is near chance.",
            f"Training loss went from {first:.4g} to {final:.4g}"
            + (f" with {curve.accuracy:.1%} of the training set right." if lost else "."),
        )
    return None


def _no_validation(curve: LearningCurve) -> Diagnosis | None:
    if curve.known:
        return None
    return Diagnosis(
        Kind.NO_VALIDATION,
        "Only training loss was recorded, and it nearly always falls.",
        f"Training loss fell to {curve.trained[-1]:.4g} in epoch {curve.epochs}; "
        "validation loss was not measured.",
    )


def _too_short(curve: LearningCurve) -> Diagnosis | None:
    if len(curve.known) >= FEWEST_EPOCHS:
        return None
    count = len(curve.known)
    return Diagnosis(
        Kind.CANNOT_TELL,
        f"A verdict needs at least {FEWEST_EPOCHS} epochs with validation loss.",
        f"Validation loss was measured in {count} epoch{'s' if count != 1 else ''}.",
    )


def _overfitting(curve: LearningCurve) -> Diagnosis | None:
    if curve.kept is not None:
        return None  # what was submitted is the epoch before it rose
    best = min(range(len(curve.smooth)), key=curve.smooth.__getitem__)
    lowest = curve.smooth[best]
    final = statistics.fmean(curve.known[-curve.end :])
    trained = statistics.fmean(curve.trained[-curve.end :])
    fell = trained < curve.trained[min(curve.measured[best], len(curve.trained) - 1)]
    if best >= len(curve.smooth) - 1 or final <= lowest * RISEN or not fell:
        return None
    # The smoothed curve says that it rose; the measured one, from which epoch.
    turn = min(range(len(curve.known)), key=curve.known.__getitem__)
    lowest_at, after = (curve.measured[min(at, len(curve.known) - 1)] for at in (turn, turn + 1))
    return Diagnosis(
        Kind.OVERFITTING,
        f"Validation loss ends more than {RISEN - 1:.0%} above its lowest while training loss "
        "keeps falling.",
        f"Validation loss was lowest in epoch {lowest_at + 1} ({curve.known[turn]:.4g}) and ends "
        f"around {final:.4g}; training loss fell on to {trained:.4g}.",
        after + 1,
    )


def _noisy(curve: LearningCurve) -> Diagnosis | None:
    later = curve.known[len(curve.known) // 3 :]
    steps = [b - a for a, b in itertools.pairwise(later)]
    if len(steps) < FEWEST_EPOCHS + 1:
        return None
    turns = sum(a * b < 0 for a, b in itertools.pairwise(steps)) / (len(steps) - 1)
    jump = statistics.median(map(abs, steps)) / max(statistics.median(later), 1e-12)
    if turns < 0.4 or jump < JUMPY:
        return None
    return Diagnosis(
        Kind.NOISY,
        f"The typical step of validation loss is more than {JUMPY:.0%} of its level, and steps "
        "change direction all the time.",
        f"A typical step is {jump:.0%} of the level, and {turns:.0%} of the steps turn around.",
    )


def _too_simple(curve: LearningCurve) -> Diagnosis | None:
    """Slowing down so far from right that training on wouldn't mend it: not "train longer"."""
    if curve.accuracy is None or curve.accuracy < NEAR_CHANCE:
        return None
    if (curve.validation_accuracy or 0) > 1 - STAYS_HIGH:
        return None  # dropout makes the training set look harder than the model finds it
    wrong = [1 - share for share in curve.accuracies]
    kept = 1 - max(falling_share(wrong, curve.end), 0)
    later = wrong[-1] * kept ** (len(wrong) / curve.end)
    bound = HIGH_TRAINING_ERROR if curve.is_narrow else STAYS_HIGH
    if later <= bound or _falls_steadily(curve):
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


def _not_converged(curve: LearningCurve) -> Diagnosis | None:
    fall = falling_share(curve.known, curve.end)
    if fall < STILL_FALLING and not _falls_steadily(curve):
        return None
    return Diagnosis(
        Kind.NOT_CONVERGED,
        f"Validation loss still falls by more than {STILL_FALLING:.0%} over its last epochs, or "
        "as fast at the end as in the beginning.",
        f"It fell by {fall:.1%} over the last {curve.end} of {len(curve.known)} epochs, to "
        f"{curve.known[-1]:.4g}.",
    )


def _falls_steadily(curve: LearningCurve) -> bool:
    """A straight line downwards, however slow: the learning rate is too low for these epochs."""
    steps = len(curve.known) - 1
    whole = (curve.known[0] - curve.known[-1]) / steps
    final = (curve.known[-curve.end] - curve.known[-1]) / (curve.end - 1)
    return whole > 0.001 * curve.known[0] and final > whole / 2


def _memorised(curve: LearningCurve) -> Diagnosis | None:
    """A wide gap with a training set that is nearly all right, however the curve jumps."""
    if curve.accuracy is None or 1 - curve.accuracy > HIGH_TRAINING_ERROR:
        return None
    return _wide_gap(curve)


def _wide_gap(curve: LearningCurve) -> Diagnosis | None:
    if curve.accuracy is None or curve.validation_accuracy is None:
        return None
    if curve.accuracy < NEAR_CHANCE:
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
    if curve.accuracy is None or curve.accuracy >= NEAR_CHANCE:
        return None
    if lowest <= first * (1 - STILL_FALLING):
        return None
    return Diagnosis(
        Kind.UNDERFITTING,
        f"Accuracy stays near chance and training loss never falls by {STILL_FALLING:.0%}: nothing "
        "was learned.",
        f"Training loss went from {first:.4g} to {curve.trained[-1]:.4g} with {curve.accuracy:.1%} "
        "of the training set right.",
        advice=NOTHING_LEARNED,
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
