"""Files that only look like honest ones, each with the code that it must be refused with."""

from __future__ import annotations

import numpy as np

from heldout_runner.lane.graph import attribute
from heldout_runner.lane.wire import Message
from onnx_files import (
    HALF,
    INT64,
    STRING,
    UINT8,
    dense,
    graph,
    honest,
    model,
    node,
    opset,
    port,
    tensor,
    weights,
)

BATCH = [None, 28, 28]
ENTRY, END = port("x", BATCH), port("y", [None, 10])
HONEST = honest()
ML = "ai.onnx.ml"


def with_nodes(*nodes: Message) -> bytes:
    """Other nodes before the honest ones, which read what the last of them makes of `x`."""
    return honest(nodes=[*nodes, *dense("z")])


def through(operator: str, domain: str = "", **settings: object) -> bytes:
    return with_nodes(node(operator, ["x"], ["z"], domain, **settings))


def with_tensor(bad: Message) -> bytes:
    return honest(nodes=[node("Add", ["x", "t"], ["z"]), *dense("z")], tensors=[*weights(), bad])


def reshaped(to: object) -> bytes:
    return honest(
        nodes=[node("Reshape", ["x", "t"], ["z"]), *dense("z")],
        tensors=[*weights(), tensor("t", to)],
    )


def raw_node(settings: Message) -> bytes:
    return with_nodes(Message().text(1, "x").text(2, "z").text(4, "Relu").message(5, settings))


def external(**fields: str) -> Message:
    told = tensor("t", np.zeros(1, np.float32)).integer(14, 1)
    for key, value in fields.items():
        told.message(13, Message().text(1, key).text(2, value))
    return told


ONE = np.ones(1, np.float32)
BRANCH = graph([node("Identity", ["x"], ["inner"])], outputs=[port("inner", BATCH)])
WITH_GRAPH = Message().text(1, "body").message(6, BRANCH).integer(20, 5)
SIGNED = Message().text(1, "axis").integer(3, 1).integer(20, 2)
NESTED = Message()
for _ in range(5_000):
    NESTED = Message().message(6, NESTED)

BYTES = {
    "only its version": (b"\x08\x09\x12\x00", "archive_invalid"),
    "cut off in the middle": (HONEST[: len(HONEST) // 2], "archive_invalid"),
    "cut off by one byte": (HONEST[:-1], "archive_invalid"),
    "half a varint behind": (HONEST + b"\x80", "archive_invalid"),
    "a varint of eleven bytes": (HONEST + b"\x08" + b"\xff" * 10 + b"\x01", "archive_invalid"),
    "a varint beyond 64 bits": (HONEST + b"\x30" + b"\xff" * 9 + b"\x7f", "archive_invalid"),
    "a length beyond the end": (HONEST + b"\x3a\xff\xff\xff\xff\x0f", "archive_invalid"),
    "a length of 2**63": (HONEST + b"\x12" + b"\xff" * 8 + b"\x7f", "archive_invalid"),
    "the graph twice": (HONEST + Message().message(7, graph([])).encoded(), "archive_invalid"),
    "its version twice": (HONEST + b"\x08\x09", "archive_invalid"),
    "a graph that is a number": (b"\x08\x09\x12\x00\x38\x01", "archive_invalid"),
    "a version that is text": (b"\x08\x09\x12\x00\x42\x03\x12\x01a", "archive_invalid"),
    "a field nobody knows": (HONEST + b"\xf8\x07\x01", "archive_invalid"),
    "field number 0": (HONEST + b"\x00\x01", "archive_invalid"),
    "a group": (HONEST + b"\x13\x14", "archive_invalid"),
    "wire type 7": (HONEST + b"\x17", "archive_invalid"),
    "a million tiny fields": (HONEST + b"\x30\x00" * 500_000, "model_too_large"),
    "ten million reals in a setting": (
        raw_node(Message().text(1, "axis").raw(7, bytes(40_000_000)).integer(20, 6)),
        "model_too_large",
    ),
    "no bytes of a graph": (model(Message()), "output_shape"),
    "names that are no text": (
        with_nodes(Message().text(1, "x").raw(2, b"\xff\xfe").text(4, "Relu")),
        "archive_invalid",
    ),
    "a name of a megabyte": (with_nodes(node("Relu", ["x"], ["z" * 1_000_000])), "archive_invalid"),
    "many long names": (
        with_nodes(node("Sum", ["x"], ["n" * 1_000] * 14_000)),
        "model_too_large",
    ),
    "a setting twice": (
        with_nodes(node("Softmax", ["x"], ["z"], axis=1).message(5, SIGNED)),
        "archive_invalid",
    ),
    "a setting of two types": (raw_node(attribute("axis", 1).single(2, 1.0)), "archive_invalid"),
    "a setting of no type": (raw_node(Message().text(1, "axis")), "archive_invalid"),
    "two names of an operator": (
        with_nodes(node("Relu", ["x"], ["z"]).text(4, "Loop")),
        "archive_invalid",
    ),
    "reals that are cut off": (
        raw_node(Message().text(1, "axis").raw(7, b"\0\0\0").integer(20, 6)),
        "archive_invalid",
    ),
    "an input of two types": (
        honest(
            inputs=[Message().text(1, "x").message(2, Message().message(1, Message()).text(4, ""))]
        ),
        "archive_invalid",
    ),
    "two versions of its operators": (
        model(graph(dense(), weights()), [opset(18), opset(21)]),
        "archive_invalid",
    ),
    "a tensor of nine dimensions": (
        with_tensor(tensor("t", ONE, shape=[1] * 9)),
        "archive_invalid",
    ),
}

PROGRAMS = {
    "a loop": (
        with_nodes(node("Loop", ["", "", "x"], ["z"]).message(5, WITH_GRAPH)),
        "layer_not_allowed",
    ),
    "a branch": (with_nodes(node("If", ["x"], ["z"]).message(5, WITH_GRAPH)), "layer_not_allowed"),
    "a scan": (through("Scan", num_scan_inputs=1), "layer_not_allowed"),
    "a graph in a harmless operator": (raw_node(WITH_GRAPH), "layer_not_allowed"),
    "graphs within graphs": (
        raw_node(Message().text(1, "body").message(6, NESTED).integer(20, 5)),
        "layer_not_allowed",
    ),
    "functions": (
        HONEST + Message().message(25, Message().text(1, "f")).encoded(),
        "layer_not_allowed",
    ),
    "an overload": (with_nodes(node("Relu", ["x"], ["z"]).text(8, "mine")), "layer_not_allowed"),
    "training steps": (HONEST + Message().message(20, Message()).encoded(), "layer_not_allowed"),
    "a setting of a function": (
        raw_node(Message().text(1, "axis").text(21, "alpha").integer(20, 2)),
        "layer_not_allowed",
    ),
    "an unknown operator": (through("Frobnicate"), "layer_not_allowed"),
    "no operator": (through(""), "layer_not_allowed"),
    "an operator of another domain": (through("Relu", "com.example"), "layer_not_allowed"),
    "Microsoft's operators": (through("FusedMatMul", "com.microsoft"), "layer_not_allowed"),
    "a Python operator": (through("PythonOp", "com.microsoft"), "layer_not_allowed"),
    "random numbers": (through("RandomNormalLike"), "layer_not_allowed"),
    "as many numbers as it likes": (through("NonZero"), "layer_not_allowed"),
    "an image decoder": (through("ImageDecoder"), "layer_not_allowed"),
    "text": (through("StringNormalizer"), "layer_not_allowed"),
    "trees": (through("TreeEnsembleClassifier", ML), "layer_not_allowed"),
    "a setting that it hasn't": (through("Relu", axis=1), "layer_not_allowed"),
    "a setting of before opset 13": (through("Squeeze", axes=[1]), "layer_not_allowed"),
    "a path for a setting": (through("Pad", mode="/etc/passwd"), "layer_not_allowed"),
    "a text of controls": (through("Pad", mode="edge\x1b[2J"), "layer_not_allowed"),
    "a normalization in training": (
        with_nodes(node("BatchNormalization", ["x"] * 5, ["z"], training_mode=1)),
        "layer_not_allowed",
    ),
    "a choice of Dropout": (
        with_nodes(node("Dropout", ["x"], ["kept", "mask"]), node("Cast", ["mask"], ["z"], to=1)),
        "layer_not_allowed",
    ),
    "sparse tensors": (
        model(graph(dense(), weights()).message(15, Message())),
        "layer_not_allowed",
    ),
    "quantized numbers": (
        model(graph(dense(), weights()).message(14, Message())),
        "layer_not_allowed",
    ),
    "opset 12": (model(graph(dense(), weights()), [opset(12)]), "format_not_supported"),
    "opset 99": (model(graph(dense(), weights()), [opset(99)]), "format_not_supported"),
    "opset -1": (model(graph(dense(), weights()), [opset(-1)]), "format_not_supported"),
    "no version of ML": (through("Normalizer", ML, norm="L1"), "format_not_supported"),
    "no opset": (model(graph(dense(), weights()), [opset(3, ML)]), "format_not_supported"),
}

GRAPHS = {
    "a value used before it is made": (
        with_nodes(node("Relu", ["later"], ["z"]), node("Relu", ["x"], ["later"])),
        "config_invalid",
    ),
    "a circle": (
        with_nodes(node("Add", ["x", "b2"], ["a"]), node("Relu", ["a"], ["b2"])),
        "config_invalid",
    ),
    "an operator that feeds itself": (with_nodes(node("Add", ["x", "z"], ["z"])), "config_invalid"),
    "an array that isn't there": (honest(tensors=weights()[:1]), "config_invalid"),
    "one name for two values": (
        with_nodes(node("Relu", ["x"], ["z"]), node("Tanh", ["x"], ["z"])),
        "config_invalid",
    ),
    "one name for two arrays": (honest(tensors=[*weights(), weights()[0]]), "config_invalid"),
    "an operator in the place of its input": (
        with_nodes(node("Relu", ["x"], ["x"])),
        "config_invalid",
    ),
    "an output that is an array": (honest(outputs=[port("w", [784, 10])]), "config_invalid"),
    "an output that is its input": (honest(outputs=[port("x", BATCH)]), "config_invalid"),
    "no input": (honest(inputs=[], nodes=dense("w")), "input_shape"),
    "two inputs": (honest(inputs=[ENTRY, port("other", [None, 3])]), "input_shape"),
    "an input twice": (honest(inputs=[ENTRY, ENTRY]), "config_invalid"),
    "an input of pixels": (honest(inputs=[port("x", BATCH, UINT8)]), "input_shape"),
    "an input of text": (honest(inputs=[port("x", BATCH, STRING)]), "input_shape"),
    "an input without a shape": (honest(inputs=[port("x", None)]), "input_shape"),
    "an input of nothing": (honest(inputs=[port("x", [None, 0, 28])]), "input_shape"),
    "an input of a negative length": (honest(inputs=[port("x", [None, -28, 28])]), "input_shape"),
    "a giant input": (honest(inputs=[port("x", [None, 1 << 40])]), "model_too_large"),
    "an input that is a list": (
        honest(inputs=[Message().text(1, "x").message(2, Message().text(4, ""))]),
        "input_shape",
    ),
    "no output": (honest(outputs=[]), "output_shape"),
    "two outputs": (honest(outputs=[END, port("logits", [None, 10])]), "output_shape"),
    "labels alone": (honest(outputs=[port("y", [None], INT64)]), "output_shape"),
    "an output that nobody makes": (honest(outputs=[port("nobody", [None, 10])]), "config_invalid"),
    "classes counted from 1": (
        through("LinearClassifier", ML, classlabels_ints=[1, 2, 3], coefficients=[1.0]),
        "output_shape",
    ),
    "too many operators": (
        with_nodes(*[node("Relu", ["x"], [f"r{n}"]) for n in range(5_001)]),
        "model_too_large",
    ),
}

NUMBERS = {
    "numbers in another file": (
        with_tensor(external(location="weights.bin", offset="0", length="4")),
        "weights_unsafe",
    ),
    "numbers in /etc/passwd": (with_tensor(external(location="/etc/passwd")), "weights_unsafe"),
    "numbers up the folders": (
        with_tensor(external(location="../../../secret.key")),
        "weights_unsafe",
    ),
    "another file without a word": (
        with_tensor(
            tensor("t", ONE).message(13, Message().text(1, "location").text(2, "/dev/zero"))
        ),
        "weights_unsafe",
    ),
    "numbers in another file, in a constant": (
        with_nodes(node("Constant", [], ["z"], value=external(location="/etc/passwd"))),
        "weights_unsafe",
    ),
    "fewer numbers than it says": (with_tensor(tensor("t", ONE, shape=[2])), "weights_invalid"),
    "more numbers than it says": (with_tensor(tensor("t", ONE, raw=bytes(8))), "weights_invalid"),
    "a giant array of nothing": (
        with_tensor(tensor("t", ONE, shape=[1 << 40], raw=b"")),
        "weights_invalid",
    ),
    "lengths that wrap around": (
        with_tensor(tensor("t", ONE, shape=[1 << 32, 1 << 32])),
        "weights_invalid",
    ),
    "a negative length": (with_tensor(tensor("t", ONE, shape=[-1])), "config_invalid"),
    "numbers in two places": (with_tensor(tensor("t", ONE).raw(4, bytes(4))), "weights_invalid"),
    "reals where whole numbers stand": (
        with_tensor(Message().integer(1, 1).integer(2, 1).text(8, "t").integer(7, 1)),
        "weights_invalid",
    ),
    "text for numbers": (with_tensor(tensor("t", ONE).raw(6, b"1")), "layer_not_allowed"),
    "a tensor in pieces": (
        with_tensor(tensor("t", ONE).message(3, Message())),
        "layer_not_allowed",
    ),
    "half precision": (with_tensor(tensor("t", ONE.astype(np.float16))), "format_not_supported"),
    "no type": (with_tensor(tensor("t", ONE, type=0)), "format_not_supported"),
    "type 1000": (with_tensor(tensor("t", ONE, type=1000)), "format_not_supported"),
    "a cast to text": (through("Cast", to=STRING), "format_not_supported"),
    "a cast to half": (through("Cast", to=HALF), "format_not_supported"),
    "a cast to an array": (through("Cast", to=tensor("", ONE)), "format_not_supported"),
    "a giant length beside one of nothing": (
        with_tensor(tensor("t", ONE, shape=[0, 1 << 62], raw=b"")),
        "model_too_large",
    ),
    "a truth of seven": (
        with_tensor(tensor("t", np.ones(1, np.bool_), raw=b"\x07")),
        "weights_invalid",
    ),
    "a giant number behind many": (
        with_tensor(tensor("t", np.append(np.zeros(1 << 18, np.int64), 1 << 40))),
        "model_too_large",
    ),
    "a giant shape": (reshaped(np.array([1 << 40, 1 << 20])), "model_too_large"),
    "a length of 2**62": (reshaped(np.array([1 << 62])), "model_too_large"),
    "a giant kernel": (through("MaxPool", kernel_shape=[1 << 50, 1]), "model_too_large"),
    "giant axes": (through("ReduceMax", axes=[-(1 << 60)]), "model_too_large"),
}
CASES = {**BYTES, **PROGRAMS, **GRAPHS, **NUMBERS}
