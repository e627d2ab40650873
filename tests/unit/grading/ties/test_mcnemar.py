"""McNemar's test against the sums that it is, and against all pairs one by one."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.grading.ties import mcnemar


def by_hand(b, c):
    total, fewer = b + c, min(b, c)
    below = sum(comb(total, i) for i in range(fewer))
    return min(1.0, (2 * below + comb(total, fewer)) / 2**total)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mid_p_is_the_sum_that_it_is(b, c):
    assert mcnemar.mid_p(b, c) == pytest.approx(by_hand(b, c), rel=1e-9)


@pytest.mark.parametrize(("b", "c"), [(520, 482), (530, 475), (600, 450), (2100, 1950)])
def test_mid_p_of_many_is_near_it(b, c):
    assert b + c > mcnemar.EXACT_UPTO
    assert mcnemar.mid_p(b, c) == pytest.approx(by_hand(b, c), abs=3e-4)


def test_mid_p_of_known_cases():
    # Fagerland and others (2013), table 6: 1 and 7 discordant airway readings: 0.0391.
    assert round(mcnemar.mid_p(1, 7), 4) == 0.0391
    assert mcnemar.mid_p(0, 0) == 1
    assert mcnemar.mid_p(4, 4) == pytest.approx(1)


@pytest.mark.parametrize("examples", [1, 2, 63, 64, 65, 1000])
def test_all_pairs_are_the_pairs(examples):
    right = np.random.default_rng(examples).random((7, examples)) < 0.8
    only_row = mcnemar.all_discordant(np.stack([mcnemar.packed(row) for row in right]))
    ps = mcnemar.mid_ps(only_row, only_row.T)
    for one in range(7):
        for two in range(7):
            b, c = int((right[one] & ~right[two]).sum()), int((~right[one] & right[two]).sum())
            assert (only_row[one, two], only_row[two, one]) == (b, c)
            assert ps[one, two] == pytest.approx(by_hand(b, c))
