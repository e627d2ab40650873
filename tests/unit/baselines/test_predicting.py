"""What the computed baselines predict."""

import numpy as np

from heldout_server.baselines import predicting
from heldout_server.datasets.digits import load_digits


class TestPredicting:
    def test_a_random_guess_is_near_chance_and_always_the_same(self):
        one, two = (predicting.random_guess(10_000, 10) for _ in range(2))
        assert (one.labels == two.labels).all()
        shares = np.bincount(one.labels, minlength=10) / 10_000
        assert abs(shares - 0.1).max() < 0.015

    def test_the_majority_class_is_that_of_the_training_labels(self):
        found = predicting.majority_class(np.array([3, 1, 3, 2, 2, 3], np.uint8), 4)
        assert found.labels.tolist() == [3, 3, 3, 3]

    def test_a_linear_model_learns_from_training_data_alone(self):
        data = load_digits()
        found = predicting.linear_model(data.train_images, data.train_labels, data.test_images)
        assert (found.labels == data.test_labels).mean() > 0.85
