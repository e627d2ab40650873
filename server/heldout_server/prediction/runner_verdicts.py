"""From a runner's status to the words that a participant reads. Pure."""

from __future__ import annotations

from heldout_runner import protocol
from heldout_runner.protocol import ONNXRUNTIME
from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.shape_hints import input_hint, output_hint
from heldout_server.prediction.signature import Signature

SAVE_AGAIN = 'Save the whole model with model.save("model.keras") and submit that.'
WORDS: dict[str, tuple[str, str]] = {
    "load_failed": ("Keras can't load this model.", SAVE_AGAIN),
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
}


def rejection(code: str, said: str = "") -> Rejection:
    """The rejection for one of the codes that mean the same in every contest."""
    sentence, hint = WORDS[code]
    if code == "crashed" and said:
        sentence = "Keras can't predict with this model."  # it lived to say so
    return Rejection(code, _quoting(sentence, said), hint)


def rejection_for(header: protocol.Header, signature: Signature) -> Rejection:
    """The rejection behind a runner's status; what the process says of itself is quoted, cut."""
    code = protocol.STATUS_CODES.get(header.status, "crashed")
    said, words = printable(header.detail), signature.words
    if code == "input_shape":
        sentence = f"The model doesn't take one {words.input}."
        return Rejection(code, _quoting(sentence, said), input_hint(said, signature))
    if code == "output_shape":
        sentence = f"The model doesn't give {words.outputs} for {_one(words.example)}."
        return Rejection(code, _quoting(sentence, said), output_hint(said, signature))
    if code == "model_too_large":
        sentence, hint = (
            "The model has too many parameters.",
            f"Make it smaller: {words.small_enough}.",
        )
        return Rejection(code, _quoting(sentence, said), hint)
    return rejection(code, said)


def _one(example: str) -> str:
    return f"an {example}" if example[0] in "aeiou" else f"a {example}"


def _quoting(sentence: str, said: str) -> str:
    return f"{sentence} ({said})" if said else sentence


def device_warning(wanted: str, used: str, engine: str) -> str | None:
    """What the receipt says when a GPU was asked for and the CPU stood in."""
    if not wanted.startswith("gpu") or used != "cpu":
        return None
    if engine == ONNXRUNTIME:
        return "The model was scored on the CPU: ONNX Runtime uses no GPU here."
    return "No GPU was found: the model was scored on the CPU."
