"""What a runner may say, held against what it was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heldout_runner.judgement import Judgement
from heldout_runner.protocol import OK, Header, width_bytes
from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.answers import Asked, read_result, read_width
from heldout_server.prediction.signature import Signature
from heldout_server.tasks.kinds import Kind, Task

SPAM = Signature(Task(Kind.BINARY, ("ham", "spam")), (7,), "float32")
MNIST = Signature(DIGITS, (28, 28), "uint8")
HONEST = Header(OK, 5, 2, 9, "cpu", "3.15.1", "2.21.0")


def asked(signature: Signature, preprocessing: str = "auto") -> Asked:
    return Asked(5, signature, preprocessing, 10)


class TestWidth:
    @pytest.mark.parametrize(("signature", "width"), [(SPAM, 1), (SPAM, 2), (MNIST, 10)])
    def test_is_one_that_the_task_has(self, signature: Signature, width: int) -> None:
        assert read_width(width_bytes(width), asked(signature)) == width

    @pytest.mark.parametrize(
        ("signature", "width"), [(SPAM, 0), (SPAM, 3), (MNIST, 1), (MNIST, 11), (MNIST, 65_535)]
    )
    def test_is_no_other(self, signature: Signature, width: int) -> None:
        with pytest.raises(Rejection) as refused:
            read_width(width_bytes(width), asked(signature))
        assert refused.value.code == "crashed"


class TestResult:
    @pytest.mark.parametrize(
        ("wanted", "used"),
        [("auto", "none"), ("auto", "standardize"), ("l2-rows", "l2-rows"), ("l2-rows", "none")],
    )
    def test_of_numbers_is_prepared_as_numbers_are(self, wanted: str, used: str) -> None:
        header = replace(HONEST, judgement=Judgement(used))
        assert read_result(header.pack(), asked(SPAM, wanted), 2).preprocessing == used

    @pytest.mark.parametrize(
        ("wanted", "used"), [("auto", "0-1"), ("none", "standardize"), ("standardize", "0-255")]
    )
    def test_of_numbers_is_not_prepared_otherwise(self, wanted: str, used: str) -> None:
        with pytest.raises(Rejection):
            read_result(replace(HONEST, judgement=Judgement(used)).pack(), asked(SPAM, wanted), 2)

    def test_of_pixels_that_stay_as_they_are_says_so_by_its_one_name(self) -> None:
        header = replace(HONEST, columns=10, judgement=Judgement("0-255"))
        assert read_result(header.pack(), asked(MNIST, "none"), 10).preprocessing == "0-255"

    @pytest.mark.parametrize(
        "versions",
        [
            {"keras_version": "", "tensorflow_version": "", "onnxruntime_version": "1.32.0"},
            {"onnxruntime_version": "1.32.0"},
            {"tensorflow_version": ""},
        ],
    )
    def test_is_of_the_engine_that_was_asked(self, versions: dict[str, str]) -> None:
        header = replace(HONEST, judgement=Judgement("none"), **versions)
        with pytest.raises(Rejection):
            read_result(header.pack(), asked(SPAM), 2)

    def test_of_the_other_engine_names_its_version_alone(self) -> None:
        header = Header(OK, 5, 2, 9, "cpu", onnxruntime_version="1.32.0")
        given = replace(header, judgement=Judgement("none")).pack()
        lane = replace(asked(SPAM), engine="onnxruntime")
        assert read_result(given, lane, 2).engine == "onnxruntime"

    def test_has_as_many_columns_as_there_were_values(self) -> None:
        with pytest.raises(Rejection):
            read_result(replace(HONEST, judgement=Judgement("none")).pack(), asked(SPAM), 1)
