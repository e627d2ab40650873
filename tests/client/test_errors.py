"""The tree of errors: documented, complete, picklable, and telling what to do."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

import heldout
import heldout_server.kit.errors as server_errors
from heldout import _errors


def error_classes() -> list[type[heldout.HeldoutError]]:
    """Every public class of the tree."""
    members = [getattr(heldout, name) for name in heldout.__all__]
    return [m for m in members if inspect.isclass(m) and issubclass(m, heldout.HeldoutError)]


class TestTree:
    def test_the_drawing_names_every_class(self) -> None:
        drawn = set(re.findall(r"[─ ] ?([A-Z]\w+)", str(_errors.__doc__).split("The text")[0]))
        assert drawn >= {each.__name__ for each in error_classes()}

    def test_every_class_of_the_module_is_exported(self) -> None:
        defined = {
            name
            for name, each in vars(_errors).items()
            if inspect.isclass(each) and issubclass(each, Exception)
        }
        assert defined <= set(heldout.__all__)

    @pytest.mark.parametrize("made", error_classes())
    def test_text_holds_detail_hint_and_request_id(self, made: type[heldout.HeldoutError]) -> None:
        text = str(made("It is full.", "Come later.", request_id="req-7"))
        assert text.startswith("It is full.")
        assert "What to do: Come later." in text
        assert "req-7" in text

    @pytest.mark.parametrize("made", error_classes())
    def test_survives_pickling(self, made: type[heldout.HeldoutError]) -> None:
        error = made("It is full.", "Come later.", code="special", request_id="req-7")
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert (type(again), str(again), again.code) == (made, str(error), "special")

    def test_is_caught_by_the_classes_that_people_know(self) -> None:
        assert issubclass(heldout.WaitTimeout, TimeoutError)
        assert issubclass(heldout.ConnectionFailed, ConnectionError)
        assert issubclass(heldout.CannotSubmit, TypeError)
        assert issubclass(heldout.FileUnreadable, FileNotFoundError)


class TestServerCodes:
    @pytest.mark.parametrize(("code", "status"), sorted(server_errors.RULE_STATUS.items()))
    def test_every_rule_has_a_class_of_its_own(self, code: str, status: int) -> None:
        made = _errors.refusal_class(code, 418)
        assert made.code == code
        assert made.status == status

    @pytest.mark.parametrize("code", sorted(server_errors.FILE_CODES))
    def test_every_model_code_has_a_class(self, code: str) -> None:
        assert _errors.rejection_class(code, "model") is heldout.ModelRejected

    @pytest.mark.parametrize("code", sorted(server_errors.PREDICTION_CODES))
    def test_every_prediction_code_has_a_class(self, code: str) -> None:
        assert _errors.rejection_class(code, "predictions") is heldout.PredictionsRejected

    def test_a_code_of_a_newer_server_is_still_a_rejection(self) -> None:
        assert _errors.rejection_class("too_clever", "model") is heldout.SubmissionRejected

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (502, heldout.Unavailable),
            (504, heldout.Unavailable),
            (500, heldout.ServerError),
            (418, heldout.RequestRefused),
        ],
    )
    def test_without_a_code_the_status_decides(
        self, status: int, expected: type[heldout.RequestRefused]
    ) -> None:
        assert _errors.refusal_class(None, status) is expected
