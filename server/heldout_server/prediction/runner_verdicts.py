"""From a runner's status to the words that a participant reads. Pure."""

from __future__ import annotations

from heldout_runner import protocol
from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.shape_hints import input_hint, output_hint
from heldout_server.prediction.task_words import IMAGE, NUMBERS, SMALL_ENOUGH

SAVE_AGAIN = 'Save the whole model with model.save("model.keras") and submit that.'
WORDS: dict[str, tuple[str, str]] = {
    "load_failed": ("Keras can't load this model.", SAVE_AGAIN),
    "input_shape": (
        f"The model doesn't take one {IMAGE}.",
        input_hint(""),
    ),
    "output_shape": (
        f"The model doesn't give {NUMBERS} for an image.",
        output_hint(""),
    ),
    "non_finite": (
        "The model has NaN or infinite values.",
        "It has diverged: lower the learning rate and train again.",
    ),
    "out_of_memory": (
        "The model needs more memory than a scoring process has.",
        "Make it smaller: fewer units or filters.",
    ),
    "crashed": (
        "The model stopped the process that ran it.",
        "Check that model.predict works on your machine, then save it anew.",
    ),
    "weights_unsafe": ("The weights file holds something else than weights.", SAVE_AGAIN),
    "weights_invalid": ("The weights file is broken.", SAVE_AGAIN),
    "model_too_large": (
        "The model has too many parameters.",
        f"Make it smaller: {SMALL_ENOUGH}.",
    ),
}
# Where what the process said decides about the hint.
HINTS = {"input_shape": input_hint, "output_shape": output_hint}


def rejection_for(header: protocol.Header) -> Rejection:
    """The rejection behind a runner's status; what the process says of itself is quoted, cut."""
    code = protocol.STATUS_CODES.get(header.status, "crashed")
    sentence, hint = WORDS[code]
    said = printable(header.detail)
    if code in HINTS:
        hint = HINTS[code](said)
    if code == "crashed" and said:
        sentence = "Keras can't predict with this model."  # it lived to say so
    return Rejection(code, f"{sentence} ({said})" if said else sentence, hint)


def device_warning(wanted: str, used: str) -> str | None:
    """What the receipt says when a GPU was asked for and the CPU stood in."""
    if wanted.startswith("gpu") and used == "cpu":
        return "No GPU was found: the model was scored on the CPU."
    return None
