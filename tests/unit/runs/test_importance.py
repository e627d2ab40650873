"""Importance on runs whose truth is known."""

from __future__ import annotations

import random

from heldout_server.runs.importance import (
    ALL_ALIKE,
    FEWEST_RUNS,
    NOT_TOLD,
    importance,
    varied,
)
from unit.runs.made_up import run


def runs(count: int) -> list:
    """Scores that follow the learning rate; the batch size changes nothing."""
    chance = random.Random(5)  # noqa: S311 - not a secret
    made = []
    for number in range(count):
        power = chance.uniform(-5, -1)
        score = 0.95 - 0.03 * (power + 3) ** 2 + chance.gauss(0, 0.001)
        made.append(
            run(number, score, learning_rate=10**power, batch_size=chance.choice([32, 64, 128]),
                optimizer=chance.choice(["adam", "sgd"]))
        )  # fmt: skip
    return made


class TestImportance:
    def test_finds_what_mattered(self) -> None:
        found = importance(runs(60))
        name, share = found.shares[0]
        assert name == "learning_rate"
        assert share > 0.8
        assert found.runs == 60
        assert (
            sum(share for _, share in found.shares) == 1
            or abs(sum(share for _, share in found.shares) - 1) < 1e-6
        )

    def test_warns_of_few_runs(self) -> None:
        assert "hint, not a finding" in importance(runs(20)).caution

    def test_says_nothing_of_too_few(self) -> None:
        found = importance(runs(FEWEST_RUNS - 1))
        assert found.shares == ()
        assert "Too few" in found.caution

    def test_says_nothing_where_nothing_was_varied(self) -> None:
        same = [run(i, 0.9, optimizer="adam", batch_size=128) for i in range(50)]
        assert importance(same).shares == ()
        assert varied(same) == []

    def test_says_so_where_all_scored_the_same(self) -> None:
        alike = [run(i, 0.9, batch_size=2**i, optimizer=("adam", "sgd")[i % 2]) for i in range(20)]
        found = importance(alike)
        assert (found.shares, found.caution) == ((), ALL_ALIKE)

    def test_says_nothing_of_numbers_that_nobody_can_compute_with(self) -> None:
        rates = (5e-324, 1e308)
        made = [
            run(i, i / 20, learning_rate=rates[i % 2], optimizer=("adam", "sgd")[i // 2 % 2])
            for i in range(20)
        ]
        found = importance(made)
        assert (found.shares, found.caution) == ((), NOT_TOLD)

    def test_ignores_what_hardly_anybody_tells(self) -> None:
        made = [*runs(10), run(11, 0.5, dropout=0.1, l2=0.1), run(12, 0.6, l2=0.2)]
        assert "l2" not in [axis.name for axis in varied(made)]
