from __future__ import annotations

import numpy as np
import pytest

from heldout_server.prediction.agreement import difference
from heldout_server.tasks.kinds import Kind

SURE, CLOSE = [0.7, 0.2, 0.1], [0.4000001, 0.4, 0.1999999]


def values(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


class TestDifference:
    def test_is_none_within_the_last_digits(self) -> None:
        found = difference(values(SURE) + np.float32(5e-6), values(SURE), Kind.MULTICLASS)
        assert found == ""

    def test_is_another_answer(self) -> None:
        given = values([0.2, 0.7, 0.1], SURE)
        assert difference(given, values(SURE, SURE), Kind.MULTICLASS) == "1 of 2 answers"

    def test_is_not_another_answer_to_a_close_call(self) -> None:
        given = values([0.4, 0.4000001, 0.1999999])
        assert difference(given, values(CLOSE), Kind.MULTICLASS) == ""

    def test_is_values_that_are_apart(self) -> None:
        assert "values by 0.01" in difference(
            values([0.71, 0.2, 0.1]), values(SURE), Kind.MULTICLASS
        )

    @pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTILABEL])
    def test_of_one_value_is_the_other_side_of_the_middle(self, kind: Kind) -> None:
        assert difference(values([0.5001]), values([0.4999]), kind) == "1 of 1 answers"
        assert difference(values([0.500001]), values([0.499999]), kind) == ""

    def test_of_numbers_has_no_sides(self) -> None:
        given, true = values([1e-5], [1.0]), values([-1e-5], [1.0])
        assert difference(given, true, Kind.REGRESSION) == ""

    def test_is_another_shape(self) -> None:
        assert "shape" in difference(values(SURE), values(SURE, SURE), Kind.MULTICLASS)
