"""What is said of an ONNX file that isn't run here, each with the line that helps. Pure."""

from __future__ import annotations

from functools import partial

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.onnx_files.operators import OLDEST_OPSET
from heldout_server.prediction.signature import Signature
from heldout_server.prediction.ways_out import TEST_INPUTS

EXPORT = (
    'torch.onnx.export(model.eval(), (x,), "model.onnx", dynamo=True, external_data=False, '
    "dynamic_shapes=({0: torch.export.Dim.AUTO},))"
)
EXPORT_AGAIN = f"Export it again, with x one batch of your inputs: {EXPORT}."
PREDICT = (
    "Or send what it predicts: client.submit(session.run(None, {name: x})[0]), with x made from "
    f"{TEST_INPUTS} as in training."
)
TOO_MUCH = ("model_too_large", "out_of_memory", "timeout")
ONE_FILE = 'Put it all into one file: onnx.save(onnx.load("model.onnx"), "whole.onnx").'


def _broken(code: str, what: str, said: str) -> Rejection:
    return Rejection(code, f"The ONNX {what}: {printable(said)}.", f"{EXPORT_AGAIN} {PREDICT}")


damaged = partial(_broken, "archive_invalid", "file is damaged or incomplete")
"""Bytes that are no ONNX model, or not all of one."""
inconsistent = partial(_broken, "config_invalid", "file's graph can't be computed")
"""A graph that can't be computed, whoever computes it."""
wrong_numbers = partial(_broken, "weights_invalid", "file's weights are broken")
"""An array that isn't what the file says that it is."""


def not_allowed(said: str) -> Rejection:
    """An operator or something else that isn't on our list."""
    sentence = f"The ONNX file has {printable(said)}, which isn't run here."
    hint = "Leave it out of the model, or do it before or after. "
    return Rejection("layer_not_allowed", sentence, hint + PREDICT)


def in_another_file() -> Rejection:
    """Weights that the file only points to."""
    sentence = "The ONNX file keeps its weights in another file."
    return Rejection("weights_unsafe", sentence, f"{ONE_FILE} {PREDICT}")


def other_numbers(said: str) -> Rejection:
    """Numbers of a type that isn't computed with."""
    sentence = f"The ONNX model holds {printable(said)}; float32 is computed here."
    return Rejection("format_not_supported", sentence, f"model.float() first. {EXPORT_AGAIN}")


def other_version(domain: str, version: int, oldest: int, newest: int) -> Rejection:
    """Operators of a release that we haven't read."""
    of = printable(f"{domain or 'opset'} {version}")
    sentence = f"The ONNX file is of {of}; {oldest} to {newest} run."
    newer = OLDEST_OPSET + 5
    again = f"Export it again with opset_version={newer} (of skl2onnx: target_opset={newer})."
    return Rejection("format_not_supported", sentence, f"{again} {PREDICT}")


def too_large(found: str, most: int, of: str = "parameters") -> Rejection:
    """More than can be scored."""
    sentence = f"The ONNX model has {found} {of}."
    return Rejection("model_too_large", sentence, f"At most {most:,} {of}. {PREDICT}")


def giant(largest: int) -> Rejection:
    """A number that no shape has."""
    sentence = f"The ONNX model names a length or place beyond {largest:,}."
    return Rejection("model_too_large", sentence, f"Make it smaller. {PREDICT}")


def wrong_input(said: str, shapes: str) -> Rejection:
    """Not one input of float32."""
    sentence = f"The ONNX model {printable(said)}; it gets one batch of float32."
    hint = f"Give it one input of (batch, …) with examples of {shapes}. {PREDICT}"
    return Rejection("input_shape", sentence, hint)


def wrong_output(said: str) -> Rejection:
    """Not one output of numbers."""
    sentence = f"The ONNX model {printable(said)}; one output of numbers is scored."
    hint = f"Export it with that one output alone, its probabilities or numbers. {PREDICT}"
    return Rejection("output_shape", sentence, hint)


def needs_onnxruntime() -> Rejection:
    """A server without what runs these files."""
    sentence = "This server has no ONNX Runtime, which ONNX files are run by."
    hint = "Ask the organizers to install it (pip install onnxruntime h5py). "
    return Rejection("needs_onnxruntime", sentence, hint + PREDICT)


def in_words_of_onnx(refused: Rejection, signature: Signature) -> Rejection:
    """A refusal whose words are of Keras, in those of this kind of file."""
    hints = {
        "load_failed": f"Check that onnxruntime runs it on your machine. {PREDICT}",
        "crashed": f"Check that onnxruntime runs it on your machine. {PREDICT}",
        "input_shape": f"Export it for examples of {signature.words.input_shapes}. {PREDICT}",
        "output_shape": f"End it with torch.nn.Linear(…, {signature.task.width}). {PREDICT}",
        "non_finite": refused.hint,
        "file_too_large": f"Make the model smaller. {PREDICT}",
        **dict.fromkeys(TOO_MUCH, f"{refused.hint} {PREDICT}"),
    }
    if refused.code not in hints or "session.run" in refused.hint:
        return refused
    detail = refused.detail.replace("Keras can't", "ONNX Runtime can't")
    return type(refused)(refused.code, detail, hints[refused.code])
