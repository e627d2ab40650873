"""Why a model scores so low, in plain words, from how it read practice images. Pure."""

from __future__ import annotations

import math

from heldout_runner.protocol import PREPROCESSING, Header, Judgement

READS_WELL = 0.9
CHANCE_BELOW = 0.2
# Among 200 images less than this may be luck.
LEAST_GAIN = 0.05
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
    """What would help this model, in sentences with the fix; [] when it reads well.

    Everything comes from practice images, whose labels are public. The figures are the model's
    process's own: they decide about words only.
    """
    judgement = header.judgement
    used = _accuracy(judgement, judgement.preprocessing)
    if not judgement.examples or math.isnan(used) or used >= READS_WELL:
        return []
    better = max(PREPROCESSING, key=lambda name: _known(_accuracy(judgement, name)))
    reached = _accuracy(judgement, better)
    shifted = _known(judgement.shifted_accuracy)
    if judgement.label_shift and shifted - used >= LEAST_GAIN and shifted >= _known(reached):
        return [_shift_hint(judgement, used)]
    if better != judgement.preprocessing and reached - used >= LEAST_GAIN:
        return [_preprocessing_hint(judgement, used, better, reached)]
    return [_chance_hint(judgement, used)] if used < CHANCE_BELOW else []


def _preprocessing_hint(judgement: Judgement, used: float, better: str, reached: float) -> str:
    reason = f": {TRAINED[better]}" if reached >= READS_WELL else ""
    layer = FIRST_LAYER.get(better) if judgement.preprocessing == PREPROCESSING[0] else None
    instead = f", or put a {layer} layer first" if layer else ""
    return (
        f"On {judgement.examples} practice images this model reads {_percent(used)} with "
        f"preprocessing {judgement.preprocessing} but {_percent(reached)} with {better}{reason}. "
        f'Submit it with preprocessing="{better}" (or "auto"){instead}.'
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
        f"This looks like chance: {_percent(used)} of {judgement.examples} practice images are "
        "right, and no other preprocessing reads many more. Likely reasons: the model was saved "
        "before training, it was trained on other images (another dataset, turned, or dark on "
        "white), or its loss never fell. Check it with client.check(model)."
    )


def _accuracy(judgement: Judgement, variant: str) -> float:
    return judgement.accuracies[PREPROCESSING.index(variant)]


def _known(share: float) -> float:
    return 0.0 if math.isnan(share) else share


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
