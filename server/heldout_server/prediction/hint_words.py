"""The sentences of the hints that practice examples give. Pure."""

from __future__ import annotations

import math

from heldout_runner.judgement import (
    LOGARITHM,
    LOGARITHM_PLUS_ONE,
    ONE_LOW,
    OTHER_CLASS,
    SCALED,
    Judgement,
    reads_well,
)
from heldout_server.prediction.signature import Signature
from heldout_server.prediction.task_words import LONGEST_NAME
from heldout_server.tasks.kinds import Kind

TRAINED_ON_PIXELS = {
    "0-1": "it was trained on pixels divided by 255",
    "0-255": "it was trained without dividing by 255",
    "-0.5-0.5": "it was trained on pixels divided by 255, less 0.5",
    "-1-1": "it was trained on pixels from -1 to 1",
    "standardize": "it was trained on pixels less their mean, divided by their deviation",
    "l2-rows": "it was trained after keras.utils.normalize(axis=1)",
}
TRAINED_ON_NUMBERS = {
    "none": "it was trained on the values as they are",
    "standardize": "it was trained on values less their mean, divided by their deviation",
    "l2-rows": "it was trained after keras.utils.normalize(axis=1)",
}
# Where one layer in front of the model does the same; images come as 0 to 1 by default.
FIRST_LAYER = {
    "0-255": "Rescaling(255)",
    "-0.5-0.5": "Rescaling(1, offset=-0.5)",
    "-1-1": "Rescaling(2, offset=-1)",
}
MNIST_FIRST_LAYER = {"standardize": "Rescaling(1 / 0.3081, offset=-0.1307 / 0.3081)"}
EXPONENTIAL = 'keras.layers.Activation("exponential")'
LESS_ONE = "keras.layers.Rescaling(1, offset=-1)"
ASK_IT = "Ask it where you trained it: model.evaluate(x_practice, y_practice)."


def chosen(judgement: Judgement, signature: Signature, default: str) -> str:
    """Which preprocessing was chosen, and what it brought."""
    way, before = judgement.preprocessing, judgement.share(default)
    now, examples = judgement.share(way), signature.words.examples
    if now <= before:  # chosen for a reason that makes its answers right: the hint has it
        return (
            f"Scored with preprocessing {way}: so the answers on {judgement.examples} practice "
            f"{examples} are wrong for one reason, with {default} for none that can be told."
        )
    if signature.task.kind is Kind.REGRESSION:
        return (
            f"Scored with preprocessing {way}: R² on {judgement.examples} practice {examples} is "
            f"{now:.3f} so, and {before:.3f} with {default}."
        )
    prepared = f"pixels as {way}" if signature.is_images else f"preprocessing {way}"
    reads, of_what = ("reads", "") if signature.is_images else ("gets", " right")
    if signature.task.kind is Kind.MULTILABEL:
        reads, of_what = "gets", " right, label by label"
    return (
        f"Scored with {prepared}: so the model {reads} {100 * now:.1f} % of "
        f"{judgement.examples} practice {examples}{of_what}, and {100 * before:.1f} % with "
        f"{default}."
    )


def preprocessing(judgement: Judgement, signature: Signature, better: str) -> str:
    """That another preprocessing suits the model."""
    reached = judgement.share(better)
    pixels = signature.variants[0] in TRAINED_ON_PIXELS
    trained = (TRAINED_ON_PIXELS if pixels else TRAINED_ON_NUMBERS)[better]
    reason = f": {trained}" if reads_well(reached, judgement.constant) else ""
    layers = FIRST_LAYER if signature.own_scaling else FIRST_LAYER | MNIST_FIRST_LAYER
    layer = layers.get(better) if judgement.preprocessing == signature.variants[0] else None
    instead = f", or put a {layer} layer first" if layer else ""
    used = judgement.share(judgement.preprocessing)
    return (
        f"{_on(judgement, signature)} {_reaches(used, signature)} with preprocessing "
        f"{judgement.preprocessing} but {_amount(reached, signature)} with {better}{reason}. "
        f'Submit it with preprocessing="{better}"{instead}.'
    )


def explanation(judgement: Judgement, signature: Signature, used: float) -> str:
    """What makes the answers right that are wrong as they are."""
    now = f"{_on(judgement, signature)} {_reaches(used, signature)}"
    then = _amount(judgement.explained, signature)
    name = judgement.explanation
    if name == OTHER_CLASS:
        return f"{now}, but {then} when its two classes change places: {_other_class(signature)}"
    if name == SCALED:
        return f"{now}, but {then} in another scale: {_scaled(judgement)}"
    if name in (LOGARITHM, LOGARITHM_PLUS_ONE):
        return f"{now}, but {then} as a logarithm: {_logarithm(name)}"
    side = "low" if name == ONE_LOW else "high"
    return (
        f"{now}, but {then} when each label counts as one too {side}: its classes are shifted. "
        f"Train with the labels as they come, {_numbered(signature)}."
    )


def chance(judgement: Judgement, signature: Signature, used: float) -> str:
    """That it answers no better than somebody who hasn't looked."""
    if signature.task.kind is Kind.REGRESSION:
        return (
            f"{_on(judgement, signature)} is no better than their mean, given for each of them. "
            "Likely reasons: the model was saved untrained or its loss never fell, or its inputs "
            f"or targets were prepared in another way. {ASK_IT}"
        )
    if not signature.is_images:
        return (
            f"{_on(judgement, signature)} {_reaches(used, signature)}, and one answer for all of "
            "them does as well. Likely reasons: the model was saved untrained or its loss never "
            f"fell, or its inputs were prepared in another way. {ASK_IT}"
        )
    other = "turned, or dark on white"
    if signature.words.one_class == "digit":
        other = f"Fashion-MNIST, {other}"
    return (
        f"This is chance: {_percent(used)} of {judgement.examples} practice images are read, and "
        "no other preprocessing reads most of them. Likely reasons: the model was saved untrained "
        f"or its loss never fell, or it learned other images ({other}). "
        "Ask it where you trained it, with images prepared as there: "
        "model.evaluate(x_practice, y_practice)."
    )


def _on(judgement: Judgement, signature: Signature) -> str:
    return f"On {judgement.examples} practice {signature.words.examples} this model"


def _reaches(share: float, signature: Signature) -> str:
    if signature.task.kind is Kind.REGRESSION:
        return f"reaches {_amount(share, signature)}"
    reads = signature.is_images and signature.task.has_classes
    return f"{'reads' if reads else 'gets'} {_amount(share, signature)}"


def _amount(share: float, signature: Signature) -> str:
    if signature.task.kind is Kind.REGRESSION:
        return f"R² {share:.2f}"
    if signature.task.kind is Kind.MULTILABEL:
        return f"{_percent(share)} of the labels right"
    return _percent(share) if signature.is_images else f"{_percent(share)} right"


def _other_class(signature: Signature) -> str:
    return f"train it with y as it comes, where 1 is {signature.task.classes[1]}."


def _scaled(judgement: Judgement) -> str:
    slope, offset = judgement.slope, judgement.offset
    if math.isnan(slope + offset):
        return (
            "the targets were scaled for training. Scale its answers back: end it with one more "
            "layer, keras.layers.Rescaling(deviations, offset=means)."
        )
    layer = f"keras.layers.Rescaling({slope:.4g}, offset={offset:.4g})"
    return (
        "the targets were scaled for training. End it with one more layer: "
        f"model = keras.Sequential([old, {layer}]). No new training needed."
    )


def _logarithm(name: str) -> str:
    layers = EXPONENTIAL if name == LOGARITHM else f"{EXPONENTIAL}, {LESS_ONE}"
    many = "one more layer" if name == LOGARITHM else "two more layers"
    return (
        f"it learned the logarithm of the targets. End it with {many}: "
        f"model = keras.Sequential([old, {layers}]). No new training needed."
    )


def _numbered(signature: Signature) -> str:
    names = signature.task.classes[:2]
    if signature.words.one_class == "digit":
        return "output k for the digit k"
    if any(len(name) > LONGEST_NAME for name in names):
        return "output 0 for the first class"
    return f"output 0 for {names[0]}, output 1 for {names[1]}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
