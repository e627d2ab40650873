"""What the losses of a curve show, whatever the task: diverging, overfitting, noise. Pure.

Each rule answers a diagnosis, or None where it doesn't apply.
"""

from __future__ import annotations

import itertools
import statistics

from heldout_server.runs.learning_curve import LearningCurve, falling_share
from heldout_server.runs.remedies import Kind
from heldout_server.runs.verdict import Diagnosis

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


def diverging(curve: LearningCurve) -> Diagnosis | None:
    """No number any more, above where it began, or back at chance after it was blown up."""
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
    lost = curve.accuracy is not None and curve.accuracy < curve.near_chance
    # The first epoch's average includes the untrained start, so a loss that ends above it was
    # never brought down; one that was blown up and came back to chance has lost its units.
    lost_its_units = lost and first > BLOWN_UP * final >= BLOWN_UP * curve.lowest_at_chance
    if len(curve.trained) >= FEWEST_EPOCHS and (final > first or lost_its_units):
        return Diagnosis(
            Kind.DIVERGING,
            "Training loss ends above its first epoch, or was blown up at first and came back to "
            "where accuracy is near chance.",
            f"Training loss went from {first:.4g} to {final:.4g}"
            + (f" with {curve.accuracy:.1%} of the training set right." if lost else "."),
        )
    return None


def no_validation(curve: LearningCurve) -> Diagnosis | None:
    """Nothing was kept back."""
    if curve.known:
        return None
    return Diagnosis(
        Kind.NO_VALIDATION,
        "Only training loss was recorded, and it nearly always falls.",
        f"Training loss fell to {curve.trained[-1]:.4g} in epoch {curve.epochs}; "
        "validation loss was not measured.",
    )


def too_short(curve: LearningCurve) -> Diagnosis | None:
    """Too few epochs with a validation loss."""
    if len(curve.known) >= FEWEST_EPOCHS:
        return None
    count = len(curve.known)
    return Diagnosis(
        Kind.CANNOT_TELL,
        f"A verdict needs at least {FEWEST_EPOCHS} epochs with validation loss.",
        f"Validation loss was measured in {count} epoch{'s' if count != 1 else ''}.",
    )


def overfitting(curve: LearningCurve) -> Diagnosis | None:
    """Validation loss rose while training loss fell."""
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


def noisy(curve: LearningCurve) -> Diagnosis | None:
    """Steps back and forth hide where it goes."""
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


def not_converged(curve: LearningCurve) -> Diagnosis | None:
    """Still falling when it ended."""
    fall = falling_share(curve.known, curve.end)
    if fall < STILL_FALLING and not falls_steadily(curve):
        return None
    return Diagnosis(
        Kind.NOT_CONVERGED,
        f"Validation loss still falls by more than {STILL_FALLING:.0%} over its last epochs, or "
        "as fast at the end as in the beginning.",
        f"It fell by {fall:.1%} over the last {curve.end} of {len(curve.known)} epochs, to "
        f"{curve.known[-1]:.4g}.",
    )


def falls_steadily(curve: LearningCurve) -> bool:
    """A straight line downwards, however slow: the learning rate is too low for these epochs."""
    steps = len(curve.known) - 1
    whole = (curve.known[0] - curve.known[-1]) / steps
    final = (curve.known[-curve.end] - curve.known[-1]) / (curve.end - 1)
    return whole > 0.001 * curve.known[0] and final > whole / 2
