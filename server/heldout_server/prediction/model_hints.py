"""Why a model scores so low, in plain words, from how it read practice images. Pure.

One function orders the reasons, and only the first is told: two hints could contradict.
"""

from __future__ import annotations

import math

from heldout_runner.protocol import AUTO, PREPROCESSING, Header, Judgement
from heldout_runner.significance import sign_p

READS_WELL = 0.9
# Below this nothing is read: what is a little better than it is no better explanation.
CHANCE_BELOW = 0.3
# What makes most images right explains the others; a few more prove only that something differs.
EXPLAINED_FROM = 0.6
# Seven readings are compared with the one that was used: five variants and two shifts.
SIGNIFICANT = 0.05 / 7
TRAINED = {
    "0-1": "it was trained on pixels divided by 255",
    "0-255": "it was trained without dividing by 255",
    "-0.5-0.5": "it was trained on pixels divided by 255, less 0.5",
    "-1-1": "it was trained on pixels from -1 to 1",
    "standardize": "it was trained on pixels less their mean, divided by their deviation",
    "l2-rows": "it was trained after keras.utils.normalize(axis=1)",
}
# Where one layer in front of the model does the same; images come as 0 to 1 by default.
FIRST_LAYER = {
    "0-255": "Rescaling(255)",
    "-0.5-0.5": "Rescaling(1, offset=-0.5)",
    "-1-1": "Rescaling(2, offset=-1)",
    "standardize": "Rescaling(1 / 0.3081, offset=-0.1307 / 0.3081)",
}


def model_hints(header: Header) -> list[str]:
    """What would help this model, in a sentence with the fix; [] when it reads well.

    Everything comes from practice images, whose labels are public. The figures are the model's
    process's own: they decide about words only.
    """
    judgement = header.judgement
    used = _accuracy(judgement, judgement.preprocessing)
    if not judgement.examples or math.isnan(used) or used >= READS_WELL:
        return []
    better = max(PREPROCESSING, key=lambda name: _known(_accuracy(judgement, name)))
    reached = _known(_accuracy(judgement, better))
    shifted = _known(judgement.shifted_accuracy)
    if judgement.label_shift and shifted >= reached and _explains(judgement, shifted, used):
        return [_shift_hint(judgement, used)]
    if better != judgement.preprocessing and _explains(judgement, reached, used):
        return [_preprocessing_hint(judgement, used, better, reached)]
    return [_chance_hint(judgement, used)] if used < CHANCE_BELOW else []


def preprocessing_reason(header: Header, asked: str) -> str | None:
    """Why another preprocessing than the default was chosen; None where it wasn't."""
    judgement = header.judgement
    chosen = judgement.preprocessing
    used, default = _accuracy(judgement, chosen), _accuracy(judgement, PREPROCESSING[0])
    if asked != AUTO or chosen == PREPROCESSING[0] or math.isnan(used + default):
        return None
    return (
        f"Scored with pixels as {chosen}: so the model reads {100 * used:.1f} % of "
        f"{judgement.examples} practice images, and {100 * default:.1f} % with {PREPROCESSING[0]}."
    )


def _explains(judgement: Judgement, share: float, used: float) -> bool:
    return share >= EXPLAINED_FROM and _is_better(judgement, share, used)


def _is_better(judgement: Judgement, share: float, used: float) -> bool:
    """Whether so many more images are read than luck explains.

    Which images differ isn't known, so as many as possible are taken to: all that the better
    reading misses.
    """
    count = judgement.examples
    gained = round((share - used) * count)
    broken = min(round((1 - share) * count), round(used * count))
    return gained > 0 and sign_p(gained + broken, broken) < SIGNIFICANT


def _preprocessing_hint(judgement: Judgement, used: float, better: str, reached: float) -> str:
    reason = f": {TRAINED[better]}" if reached >= READS_WELL else ""
    layer = FIRST_LAYER.get(better) if judgement.preprocessing == PREPROCESSING[0] else None
    instead = f", or put a {layer} layer first" if layer else ""
    return (
        f"On {judgement.examples} practice images this model reads {_percent(used)} with "
        f"preprocessing {judgement.preprocessing} but {_percent(reached)} with {better}{reason}. "
        f'Submit it without preprocessing=, or with preprocessing="{better}"{instead}.'
    )


def _shift_hint(judgement: Judgement, used: float) -> str:
    side = "low" if judgement.label_shift > 0 else "high"
    return (
        f"On {judgement.examples} practice images this model reads {_percent(used)}, but "
        f"{_percent(judgement.shifted_accuracy)} when each label counts as one too {side}: its "
        "classes are shifted. Train with the labels as they come, output k for the digit k."
    )


def _chance_hint(judgement: Judgement, used: float) -> str:
    return (
        f"This is chance: {_percent(used)} of {judgement.examples} practice images are read, and "
        "no other preprocessing reads most of them. Likely reasons: the model was saved untrained "
        "or its loss never fell, or it learned other images (Fashion-MNIST, turned, or dark on "
        "white). Ask it where you trained it, with images prepared as there: "
        "model.evaluate(x_practice, y_practice)."
    )


def _accuracy(judgement: Judgement, variant: str) -> float:
    return judgement.accuracies[PREPROCESSING.index(variant)]


def _known(share: float) -> float:
    return 0.0 if math.isnan(share) else share


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
