"""The simulation of classes says what it should of classes whose answer is known."""

from dataclasses import replace

import honesty
import pytest

QUICK = {"people": 8, "tries": 2, "examples": 300}


@pytest.mark.parametrize("world", honesty.WORLDS, ids=lambda world: world.metric)
class TestEvenings:
    def test_of_equals_leave_hardly_anybody_out(self, world):
        equal = replace(world, between=0.0, within=0.0)
        found = [honesty.evening(equal, seed, **QUICK) for seed in range(10)]
        assert sum(one.group for one in found) > 10 * 6
        assert sum(one.group_holds_best for one in found) >= 8

    def test_are_told_apart_where_they_differ_much(self, world):
        apart = replace(world, between=5 * world.between, within=0.0)
        found = [honesty.evening(apart, seed, **QUICK) for seed in range(10)]
        assert all(one.group_holds_best for one in found)
        assert sum(one.group for one in found) < 10 * 5
        assert sum(one.in_range for one in found) > 10 * 0.95
