"""The lamp: lit by what learning by heart does, and by nothing that honest models do."""

import numpy as np
import pytest

from heldout_server.datasets.changed_copies import COPIES
from heldout_server.grading.contamination import AMBER, NONE, RED, Reading, evidence, reading

EXAMPLES, SAMPLE = 10_000, np.arange(2000)


def read(error, lost):
    """A reading with a share of errors, and of its sample's copies so many more wrong."""
    right = np.ones(EXAMPLES, bool)
    right[:: round(1 / error)] = False
    kept = np.tile(right[SAMPLE], COPIES)
    places = np.flatnonzero(kept)
    kept[places[:: round(1 / lost)]] = False
    return Reading(right, kept, SAMPLE)


def level(hidden, practice, *, best=None, calibrated=True):
    return evidence(hidden, practice, best_published=best, is_calibrated=calibrated).level


HONEST = read(0.03, 0.02)
KNOWN_BY_HEART = read(0.005, 0.035)


class TestEvidence:
    @pytest.mark.parametrize(
        ("hidden", "practice", "calibrated", "expected"),
        [
            (HONEST, HONEST, True, NONE),
            (KNOWN_BY_HEART, HONEST, True, AMBER),
            # Trained on the practice images as well: seen on MNIST, and elsewhere not told from
            # images that suffer when they are moved.
            (KNOWN_BY_HEART, KNOWN_BY_HEART, True, AMBER),
            (KNOWN_BY_HEART, KNOWN_BY_HEART, False, NONE),
            (KNOWN_BY_HEART, HONEST, False, AMBER),
            # Reads hidden images better, which on another set may be easier.
            (read(0.02, 0.01), read(0.05, 0.01), True, AMBER),
            (read(0.02, 0.01), read(0.05, 0.01), False, NONE),
            # Trained on practice images alone: honest.
            (HONEST, KNOWN_BY_HEART, True, NONE),
        ],
    )
    def test_level(self, hidden, practice, calibrated, expected):
        assert level(hidden, practice, calibrated=calibrated) == expected

    def test_beyond_print_is_red_whatever_else(self):
        assert level(read(0.001, 0.001), HONEST, best=0.9983) == RED
        assert level(HONEST, HONEST, best=0.9983) == NONE

    def test_few_examples_prove_nothing(self):
        right = np.ones(10, bool)
        copies = np.ones(COPIES * 10, bool)
        copies[:6] = False
        assert level(Reading(right, copies, np.arange(10)), HONEST) == NONE

    def test_few_copies_prove_nothing(self):
        """None of a hundred copies is read, as if by rule: too few to know the spread of it."""
        few = Reading(HONEST.right, np.zeros(COPIES * 100, bool), np.arange(100))
        assert level(few, HONEST) == level(few, HONEST, calibrated=False) == NONE

    def test_no_error_at_all_has_a_drop(self):
        right = np.ones(EXAMPLES, bool)
        found = evidence(
            Reading(right, np.ones(COPIES * 2000, bool), SAMPLE), HONEST,
            best_published=None, is_calibrated=True,
        )  # fmt: skip
        assert found.drop == 0


class TestReading:
    def test_says_who_is_right_where(self):
        truth = np.array([1, 2, 3])
        copies = np.array([1, 3] * 5 + [1, 1])
        found = reading(truth, np.array([1, 2, 2]), copies, np.array([0, 2]))
        assert found.right.tolist() == [True, True, False]
        assert found.copies.tolist() == [True] * 11 + [False]

    def test_refuses_what_does_not_fit(self):
        with pytest.raises(ValueError, match="another number"):
            reading(np.arange(3), np.arange(3), np.arange(5), np.arange(1))
