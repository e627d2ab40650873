"""What a curve without accuracies shows: of regression, of several labels. Pure.

Whether a loss is high is judged against what saying the same all the time would reach, where that
is known; else against where the curve began.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.asked import Asked
from heldout_server.runs.fitting import fitted, fitting, is_loss
from heldout_server.runs.learning_curve import LearningCurve, falling_share
from heldout_server.runs.loss_rules import (
    FEWEST_EPOCHS,
    STILL_FALLING,
    diverging,
    no_validation,
    noisy,
    not_converged,
    overfitting,
    too_short,
)
from heldout_server.runs.remedies import Kind
from heldout_server.runs.series import Values, clean_series, last
from heldout_server.runs.verdict import Diagnosis
from heldout_server.tasks import kinds
from heldout_server.tasks.metric import Unit

BLOWN_UP = 100.0
"""A first epoch this many times the last was blown up, whatever the unit."""
MEMORISED = 0.25
"""Training loss below this share of validation loss, however the curve jumps."""
WIDE = 0.6
"""Below this one in the end: what it learned doesn't carry over."""
RISEN_SLOWLY, APART = 1.04, 0.8
"""A rise of this much, and a training loss below this share of the validation loss, for more than
half of the epochs."""
LITTLE = 0.2
"""Less than this of what a constant leaves is explained: hardly better than the mean."""
SAME_UNIT = 0.5
"""A first epoch's error below this share of the constant's is hardly in the board's unit."""


@dataclass(frozen=True)
class Explained:
    """The share of a constant's loss that the training set is spared, and how that is known."""

    share: float
    words: str


def judged(card: Mapping[str, Any], curve: LearningCurve, asked: Asked) -> Diagnosis:
    """The diagnosis by losses alone."""
    known = explained(card, curve, asked)
    return (
        diverging(curve)
        or _blown_up(curve)
        or no_validation(curve)
        or too_short(curve)
        or overfitting(curve)
        or _gap(curve, MEMORISED)
        or _rises_slowly(curve)
        or noisy(curve)
        or _kept_the_best(curve, known)
        or _little(curve, known, still=STILL_FALLING)
        or not_converged(curve)
        or _gap(curve, WIDE)
        or _little(curve, known)
        or _settled(curve, known)
    )


def explained(card: Mapping[str, Any], curve: LearningCurve, asked: Asked) -> Explained | None:
    """From R² in the history, the contest's constant, or guessing between two classes."""
    history, given = card.get("history"), card.get("hyperparameters")
    series = clean_series(history if isinstance(history, Mapping) else {})
    if asked.kind is kinds.Kind.REGRESSION:
        return _by_r2(series, curve) or _by_constant(card, series, asked)
    loss = str(given.get("loss") or "") if isinstance(given, Mapping) else ""
    trained = _trained(curve)
    if asked.kind is not kinds.Kind.BINARY or not is_loss(loss, "binary_crossentropy"):
        return None
    if trained is None:
        return None
    return Explained(1 - trained / math.log(2), "against guessing between the two classes")


def _by_r2(series: Mapping[str, Values], curve: LearningCurve) -> Explained | None:
    found = fitting(series, "r2", kinds.Kind.REGRESSION)
    value = last(series[found.name][: curve.kept]) if found is not None else None
    return Explained(value, "R² on the training set") if value is not None else None


def _by_constant(
    card: Mapping[str, Any], series: Mapping[str, Values], asked: Asked
) -> Explained | None:
    """Errors are squared, so that the share is about R² whichever error is measured."""
    measured = fitted(card, asked.metric, asked.kind)
    if measured is None or measured.training is None or not asked.constant:
        return None
    if measured.fitting.metric.unit is not Unit.TARGET:
        return None
    name = measured.fitting.name
    begins = measured.fitting.figures(series.get(f"val_{name}", ()) or series[name])[:1]
    if not begins or begins[0] < SAME_UNIT * asked.constant:
        return None  # of a scaled target, or learned within the first epoch
    share = 1 - (measured.training / asked.constant) ** 2
    return Explained(share, "against the mean that a ghost row always says")


def _trained(curve: LearningCurve) -> float | None:
    """Training loss of what was submitted: of the epoch that was kept, if any."""
    at = (curve.kept or curve.epochs) - 1
    return curve.trained[min(at, len(curve.trained) - 1)] if curve.trained else None


def _ends(curve: LearningCurve) -> tuple[float, float]:
    """The same with the validation loss, where there is one (`no_validation`)."""
    at = (curve.kept or curve.epochs) - 1
    measured = [
        value for when, value in zip(curve.measured, curve.known, strict=True) if when <= at
    ]
    trained = _trained(curve)
    assert trained is not None
    return trained, (measured or curve.known)[-1]


def _numbers(curve: LearningCurve, known: Explained | None) -> str:
    trained, validated = _ends(curve)
    share = f" {known.share:.0%} is explained, {known.words}." if known is not None else ""
    return f"Training loss is {trained:.4g} and validation loss {validated:.4g}.{share}"


def _blown_up(curve: LearningCurve) -> Diagnosis | None:
    """The first epoch hides that the others go up."""
    first, *others = curve.trained
    if len(others) < FEWEST_EPOCHS - 1 or first < BLOWN_UP * others[-1] or others[-1] <= others[0]:
        return None
    return Diagnosis(
        Kind.DIVERGING,
        f"The first epoch's training loss is more than {BLOWN_UP:g} times the last one's, and it "
        "rises from the second epoch on.",
        f"Training loss went from {first:.4g} over {others[0]:.4g} to {others[-1]:.4g}.",
    )


def _gap(curve: LearningCurve, bound: float) -> Diagnosis | None:
    trained, validated = _ends(curve)
    if validated <= 0 or trained >= bound * validated:
        return None
    return Diagnosis(
        Kind.OVERFITTING,
        f"Training loss is less than {bound:.0%} of validation loss.",
        _numbers(curve, None),
    )


def _rises_slowly(curve: LearningCurve) -> Diagnosis | None:
    """Too little for `overfitting`, which an accuracy's gap would tell; but for long, and apart."""
    best = min(range(len(curve.smooth)), key=curve.smooth.__getitem__)
    lowest, final = curve.smooth[best], curve.smooth[-1]
    is_long = best < len(curve.smooth) / 2
    if curve.kept is not None or not is_long or final < lowest * RISEN_SLOWLY:
        return None
    if _gap(curve, APART) is None:
        return None
    return Diagnosis(
        Kind.OVERFITTING,
        f"Validation loss has risen by more than {RISEN_SLOWLY - 1:.0%} over more than half of the "
        f"epochs, and training loss is less than {APART:.0%} of it.",
        f"Validation loss was lowest in epoch {curve.measured[best] + 1} ({lowest:.4g}). "
        f"{_numbers(curve, None)}",
        curve.measured[best] + 2,
    )


def _kept_the_best(curve: LearningCurve, known: Explained | None) -> Diagnosis | None:
    if curve.kept is None or _gap(curve, WIDE) is not None or _is_little(curve, known):
        return None
    return Diagnosis(
        Kind.GOOD_FIT,
        "Early stopping kept the epoch with the lowest validation loss, and training loss was near "
        "it by then.",
        f"Epoch {curve.kept} of {curve.epochs} was kept. {_numbers(curve, known)}",
    )


def _is_little(curve: LearningCurve, known: Explained | None) -> bool:
    if known is not None:
        return known.share < LITTLE
    return curve.known[0] > 0 and _ends(curve)[1] > (1 - LITTLE) * curve.known[0]


def _little(
    curve: LearningCurve, known: Explained | None, *, still: float = math.inf
) -> Diagnosis | None:
    """Hardly better than a constant; with `still`, unless it falls by more than that at the end."""
    if not _is_little(curve, known) or falling_share(curve.known, curve.end) >= still:
        return None
    against = "what a constant leaves" if known is not None else "the loss of the first epoch"
    return Diagnosis(
        Kind.UNDERFITTING,
        f"Less than {LITTLE:.0%} of {against} was learned away.",
        _numbers(curve, known),
    )


def _settled(curve: LearningCurve, known: Explained | None) -> Diagnosis:
    return Diagnosis(
        Kind.GOOD_FIT,
        f"Validation loss has settled, training loss is at least {WIDE:.0%} of it, and both are "
        "well below where a constant or the first epoch is.",
        _numbers(curve, known),
    )
