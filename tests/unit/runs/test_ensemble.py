"""The class's vote."""

import numpy as np
import pytest

from heldout_server.runs.ensemble import majority_vote, together, voters
from heldout_server.tasks.catalogue import metric
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions


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


class TestTogether:
    def test_numbers_are_averaged(self):
        task = Task(Kind.REGRESSION, (), ("y",))
        found = [Predictions(None, np.array([[1.0], [4.0]]), "numbers"),
                 Predictions(None, np.array([[3.0], [8.0]]), "numbers")]  # fmt: skip
        said = together(task, found, metric("neg_mean_absolute_error"))
        assert said.values.ravel().tolist() == [2.0, 6.0]

    def test_probabilities_are_averaged_where_they_rank(self):
        task = Task(Kind.BINARY, ("no", "yes"), ())
        values = [np.array([[0.9], [0.4]]), np.array([[0.2], [0.4]]), np.array([[0.7], [0.1]])]
        found = [Predictions((v[:, 0] >= 0.5).astype(int), v, "probabilities") for v in values]
        said = together(task, found, metric("roc_auc"))
        assert said.values.ravel().tolist() == pytest.approx([0.6, 0.3])
        assert said.labels.tolist() == [1, 0]

    def test_each_of_several_labels_is_voted_on(self):
        task = Task(Kind.MULTILABEL, (), ("a", "b"))
        rows = ([[1, 0]], [[1, 1]], [[0, 1]])
        found = [Predictions(np.array(row), None, "labels") for row in rows]
        said = together(task, found, metric("f1_samples"))
        assert said.labels.tolist() == [[1, 1]]

    def test_scores_that_only_order_take_no_part_where_values_rank(self):
        task = Task(Kind.BINARY, ("no", "yes"), ())
        found = [Predictions(np.array([1]), np.array([[7.0]]), "scores"),
                 Predictions(np.array([1]), np.array([[0.7]]), "probabilities")]  # fmt: skip
        assert voters(task, found, metric("roc_auc")) == found[1:]
        assert voters(task, found, metric("accuracy")) == found
