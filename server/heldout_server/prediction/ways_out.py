"""The way that is left for a model that works at home and can't be scored here."""

from __future__ import annotations

from typing import TypeVar

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.known_formats import UNPACK
from heldout_server.prediction.task_words import Words

# What may be true of a model whose author sees it predict.
WORKS_AT_HOME = frozenset(
    {
        "format_not_supported", "file_too_large", "layer_not_allowed", "model_too_large",
        "load_failed", "input_shape", "output_shape", "timeout", "out_of_memory", "crashed",
        "needs_tensorflow",
    }
)  # fmt: skip
Refused = TypeVar("Refused", bound=Rejection)
# As hints have it that are the same in every contest: MNIST's.
TEST_INPUTS = "client.test_images()"
SEND_PREDICTIONS = (
    "Or send what it predicts: client.submit(model.predict(x)), with x made from "
    f"{TEST_INPUTS} as in training."
)


def with_way_out(refused: Refused) -> Refused:
    """The refusal, its hint ending with the line that sends the model's predictions.

    It stays as it is where no model has been seen yet, or the hint has such a line of its own.
    """
    hint = refused.hint
    if refused.code not in WORKS_AT_HOME or "client.submit(" in hint or hint == UNPACK:
        return refused
    return type(refused)(refused.code, refused.detail, f"{hint} {SEND_PREDICTIONS}")


def in_words_of(refused: Refused, words: Words) -> Refused:
    """The refusal, its lines to paste with the call that gives this contest's inputs."""
    if words.test_inputs == TEST_INPUTS or TEST_INPUTS not in refused.hint:
        return refused
    hint = refused.hint.replace(TEST_INPUTS, words.test_inputs)
    return type(refused)(refused.code, refused.detail, hint)
