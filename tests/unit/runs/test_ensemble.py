"""The class's vote."""

import numpy as np
import pytest

from heldout_server.runs.ensemble import majority_vote


class TestMajorityVote:
    def test_the_most_frequent_label_wins(self) -> None:
        votes = [np.array([1, 2, 3]), np.array([1, 0, 3]), np.array([0, 2, 0])]
        assert majority_vote(votes, 10).tolist() == [1, 2, 3]

    def test_a_tie_goes_to_the_earliest_voter(self) -> None:
        votes = [np.array([4]), np.array([7]), np.array([7]), np.array([4])]
        assert majority_vote(votes, 10).tolist() == [4]
        assert majority_vote(votes[1:] + votes[:1], 10).tolist() == [7]

    def test_many_voters_never_outweigh_by_rank(self) -> None:
        votes = [np.array([1])] * 49 + [np.array([2])] * 50
        assert majority_vote(votes, 3).tolist() == [2]

    def test_nobody_and_different_lengths_are_refused(self) -> None:
        with pytest.raises(ValueError, match="nobody"):
            majority_vote([], 10)
        with pytest.raises(ValueError, match="same"):
            majority_vote([np.array([1]), np.array([1, 2])], 10)
