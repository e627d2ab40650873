"""Points by score, on a line, by place; and the same for a tie group."""

import pytest

from heldout_server.competitions.grade_rule import parse
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.grades import Ranked, points

RMSE = "neg_root_mean_squared_error"


@pytest.mark.parametrize(
    ("by", "table", "metric", "score", "place", "wanted"),
    [
        ("score", "98% = 10; 95% = 8; rest = 1", "accuracy", 0.98, 1, 10),
        ("score", "98 = 10\n0.95 = 8", "accuracy", 0.97, 1, 8),
        ("score", "98% = 10; rest = 1", "accuracy", 0.5, 1, 1),
        ("score", "3.5 = 5; 3 = 10", RMSE, -2.9, 1, 10),
        ("score", "3.5 = 5; 3 = 10", RMSE, -3.2, 1, 5),
        ("score", "3.5 = 5; 3 = 10", RMSE, -4, 1, 0),
        ("line", "90% = 5; 98% = 9", "accuracy", 0.94, 1, 7),
        ("line", "90% = 5; 98% = 9", "accuracy", 0.2, 1, 5),
        ("line", "4 = 0; 2 = 10", RMSE, -1, 1, 10),
        ("line", "4 = 0; 2 = 10", RMSE, -3, 1, 5),
        ("place", "1 = 10; 2-5 = 8; rest = 5", "accuracy", 0, 1, 10),
        ("place", "1 = 10; 2-5 = 8; rest = 5", "accuracy", 0, 5, 8),
        ("place", "1 = 10; 2-5 = 8; rest = 5", "accuracy", 0, 6, 5),
        ("place", "rest = 5", "accuracy", 0, 6, 5),
        ("score", "81.4% = 10", "accuracy", 814 / 1000, 1, 10),
        ("score", "95% = 5; 50% = 0", "accuracy", 0.4, 1, 0),
    ],
)
def test_points(by, table, metric, score, place, wanted):
    assert parse(by, table, metric).points(score=score, place=place) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("by", "table"),
    [
        ("score", ""), ("score", "98"), ("score", "x = 1"), ("score", "98% = -1"),
        ("score", "98% = 1; 98% = 2"), ("score", "98% = 1e9"), ("line", "90% = 1"),
        ("line", "90% = 1; 90.0% = 2"), ("line", "90% = 1; rest = 2"), ("place", "2 = 5"),
        ("place", "1 = 5; 3 = 1"), ("place", "1-0 = 5"), ("place", "a = 5"),
        ("score", "98% = 2; 0.98 = 1"), ("score", "98% = 5; 95% = 8"),
        ("score", "98% = 5; 95% = 5"), ("score", "98% = 5; rest = 5"),
        ("line", "99% = 1; 90% = 2"), ("line", "99% = 1; 90% = 1"),
        ("place", "1 = 5; 2 = 8"), ("place", "1 = 5; rest = 8"),
    ],
)  # fmt: skip
def test_a_rule_that_cant_be_is_refused_with_an_example(by, table):
    with pytest.raises(ProblemError) as refused:
        parse(by, table, "accuracy")
    assert refused.value.code == "validation"
    assert "For example" in refused.value.hint


def test_a_tie_group_gets_the_points_of_its_best():
    rows = [
        Ranked("a", 1, 0.99, 1), Ranked("b", 2, 0.97, 1), Ranked("c", 3, 0.9, 2),
        Ranked("d", 4, 0.8, None), Ranked("e", 5, 0.7, None),
    ]  # fmt: skip
    by_place = parse("place", "1 = 10; 2-3 = 8; rest = 5", "accuracy")
    assert [one.points for one in points(rows, by_place)] == [10, 10, 8, 5, 5]
    by_score = parse("score", "98% = 10; 75% = 5", "accuracy")
    assert [one.points for one in points(rows, by_score)] == [10, 10, 5, 5, 0]
