"""What curves can show, what it means in the words of the lesson, and what to try next. Pure."""

from __future__ import annotations

from enum import StrEnum

from heldout_server.runs.asked import Asked
from heldout_server.runs.last_layers import WATCHED
from heldout_server.tasks import kinds


class Kind(StrEnum):
    """What a curve shows."""

    UNDERFITTING = "underfitting"
    GOOD_FIT = "good fit"
    OVERFITTING = "overfitting"
    DIVERGING = "diverging"
    NOISY = "noisy"
    NOT_CONVERGED = "not converged"
    NO_VALIDATION = "no validation split"
    CANNOT_TELL = "can't tell"


MEANING = {
    Kind.UNDERFITTING: "High bias: the error is high on the training set itself.",
    Kind.GOOD_FIT: "Training and validation agree, and neither would gain much from more epochs.",
    Kind.OVERFITTING: "High variance: the model fits noise of the training set.",
    Kind.DIVERGING: "The learning rate is too high: steps overshoot and the loss does not fall.",
    Kind.NOISY: "Validation loss jumps up and down more than it moves.",
    Kind.NOT_CONVERGED: "Still learning when training ended.",
    Kind.NO_VALIDATION: "Nothing was kept back to see whether the model overfits.",
    Kind.CANNOT_TELL: "The curve is too short or too mixed for a verdict.",
}
REMEDIES = {
    Kind.UNDERFITTING: (
        "More complexity: add a layer, units or filters.",
        "Better features, or less regularization and dropout.",
    ),
    Kind.GOOD_FIT: (
        "A simpler model that scores about the same is the better one: try fewer parameters.",
        "More data or augmentation is what may still raise the score.",
    ),
    Kind.OVERFITTING: (
        "Stop earlier: EarlyStopping(restore_best_weights=True) keeps the best epoch.",
        "Dropout, an L2 penalty, a smaller model or more data.",
    ),
    Kind.DIVERGING: (
        "Divide the learning rate by ten.",
        "Scale the inputs to 0…1, or clip the gradients (clipnorm=1).",
    ),
    Kind.NOISY: (
        "A lower learning rate, or a schedule that lowers it towards the end.",
        "Larger batches, and more validation examples for a steadier measure.",
    ),
    Kind.NOT_CONVERGED: (
        "Train longer: more epochs, with early stopping to end them.",
        "A higher learning rate, or Adam instead of plain SGD or Adadelta.",
    ),
    Kind.NO_VALIDATION: (
        "Pass validation_data=(x_practice, y_practice) to fit.",
        "Or keep a part of the training examples back: validation_split=0.1.",
    ),
    Kind.CANNOT_TELL: (
        "Train for at least three epochs with validation data.",
        "Pass metrics=['accuracy'] to compile, so that errors can be compared.",
    ),
}


MORE_DATA = "More data, or better features, is what may still raise the score."
"""Rows of a table can't be moved by a pixel."""
SCALE = "Standardize inputs and target (mean 0, deviation 1), or clip the gradients (clipnorm=1)."
NO_BETTER = (
    "More complexity: add a layer or units; a network without a hidden layer draws a line.",
    "Better features, or less regularization and dropout; what the columns don't tell stays noise.",
)


def remedies(kind: Kind, asked: Asked) -> tuple[str, str]:
    """Two things to try next, in words that fit what is asked."""
    first, second = REMEDIES[kind]
    is_number = asked.kind is kinds.Kind.REGRESSION
    if kind is Kind.GOOD_FIT and not asked.is_images:
        return first, MORE_DATA
    if kind is Kind.DIVERGING and is_number:
        return first, SCALE
    if kind is Kind.UNDERFITTING and not asked.is_images:
        return NO_BETTER
    if kind is Kind.CANNOT_TELL:
        return first, f"Pass {WATCHED[asked.kind]} to compile, so that errors can be compared."
    return first, second


def nothing_learned(asked: Asked) -> tuple[str, str]:
    """What to try where no layer got a gradient that moved it."""
    scaled = "scaled to 0…1" if asked.is_images else "standardized"
    noun = "images" if asked.is_images else "rows"
    second = (
        f"Inputs {scaled}, labels in the order of their {noun}, ReLU rather than sigmoid layers."
    )
    return RATES, second


RATES = (
    "A learning rate ten times higher, and one ten times lower: one of them should move the loss."
)
