"""Strokes: checked, and known again."""

from __future__ import annotations

import pytest

from heldout_server.finals import strokes
from heldout_server.kit.errors import ProblemError

SEVEN = [[300, 200, 700, 200, 450, 800]]


def test_keeps_a_drawing_as_it_is() -> None:
    assert strokes.checked(SEVEN) == SEVEN


def test_leaves_out_points_that_repeat() -> None:
    assert strokes.checked([[0, 0, 0, 0, 500, 500, 500, 500, 0, 0]]) == [[0, 0, 500, 500, 0, 0]]


def test_a_dot_beside_a_stroke_stays() -> None:
    assert strokes.checked([[500, 100, 500, 900], [500, 50, 500, 50]])[1] == [500, 50]


def test_is_known_by_its_points_alone() -> None:
    again = [[*SEVEN[0][:2], *SEVEN[0]]]
    assert strokes.digest(strokes.checked(again)) == strokes.digest(strokes.checked(SEVEN))
    assert strokes.digest([[300, 200, 700, 201]]) != strokes.digest([[300, 200, 700, 200]])


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        ([], "hardly anything"),
        ([[500, 500]], "hardly anything"),
        ([[500, 500, 559, 559]], "hardly anything"),
        ([[]], "both of each point"),
        ([[1, 2, 3]], "both of each point"),
        ([[0, 0, 0, 1001]], "outside"),
        ([[-1, 0, 900, 0]], "outside"),
        ([[0, 0, 900, 900]] * (strokes.MOST_STROKES + 1), "too many points"),
        ([[0, 0, 900, 900] * 700], "too many points"),
    ],
)
def test_says_what_is_wrong(drawn: list[list[int]], words: str) -> None:
    with pytest.raises(ProblemError, match=words) as refused:
        strokes.checked(drawn)
    assert refused.value.code == "validation"


def test_as_many_points_as_a_phone_keeps_are_taken() -> None:
    largest = [[1000, 999, 100, 1000] * 425]
    assert strokes.checked(largest) == largest
