"""Units that are drawn, and the paired bootstrap: the same for everybody and at any time."""

import numpy as np
import pytest

from heldout_server.grading.ties.influence import influence
from heldout_server.grading.ties.resampling import (
    RESAMPLES,
    resampled,
    summed,
    widening,
)
from heldout_server.grading.ties.units import MOST_UNITS, seed_of, units
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions

TASK = Task(Kind.REGRESSION, (), ("y",))
RMSE = catalogue.metric("neg_root_mean_squared_error")


def errors(*columns):
    """Predictions of 0 with these errors, each (n,)."""
    return np.zeros((len(columns[0]), 1)), [
        Predictions(None, np.asarray(one, float)[:, None], "numbers") for one in columns
    ]


def changes(columns, drawn):
    truth, sent = errors(*columns)
    found = [influence(RMSE, TASK, truth, one, drawn) for one in sent]
    return resampled([summed(one, drawn) for one in found], drawn)


@pytest.fixture
def noise():
    return np.random.default_rng(0).standard_normal((3, 800))


class TestUnits:
    def test_are_the_examples_where_nothing_groups_them(self):
        found = units(5, 1)
        assert (found.count, found.number.tolist()) == (5, [0, 1, 2, 3, 4])

    def test_are_groups_by_whatever_names_them(self):
        found = units(5, 1, np.array(["b", "a", "b", "c", "a"]))
        assert (found.count, found.number.tolist()) == (3, [1, 0, 1, 2, 0])

    def test_are_equal_parts_by_chance_of_too_many(self):
        found = units(1_000_000, 7)
        assert found.count == MOST_UNITS
        assert set(np.bincount(found.number)) == {100}
        assert found.number[:100].tolist() != list(range(100))
        assert (found.number == units(1_000_000, 7).number).all()

    def test_sum_what_is_in_them(self):
        found = units(4, 1, np.array([0, 1, 0, 1]))
        assert found.sums(np.array([[1.0], [2.0], [3.0], [5.0]])).tolist() == [[1.0], [1.75]]

    def test_of_many_keep_the_spread(self):
        values = np.random.default_rng(3).standard_normal((200_000, 1))
        whole = np.sqrt((values**2).sum()) / len(values)
        parts = units(len(values), 5).sums(values - values.mean())
        assert np.sqrt((parts.astype(float) ** 2).sum()) == pytest.approx(whole, rel=0.03)

    def test_have_a_seed_by_contest_and_part(self):
        part = np.array([True, False, True])
        assert seed_of("digits", part) == seed_of("digits", part.copy())
        assert len({seed_of("digits", part), seed_of("digits", ~part), seed_of("x", part)}) == 3


class TestResampled:
    def test_nobody(self):
        assert resampled([], units(5, 1)).shape == (RESAMPLES, 0)

    def test_the_same_whoever_is_drawn_beside_and_when(self, noise):
        drawn = units(800, 11)
        together = changes(noise, drawn)
        apart = np.concatenate([changes([one], drawn) for one in noise], axis=1)
        assert np.abs(together - apart).max() < 1e-6

    def test_spreads_as_the_deviation_says(self, noise):
        found = changes(noise[:1], units(800, 11))
        # Of the root of a mean of squares: sd(e²) / 2·RMSE·√n.
        squares = noise[0] ** 2
        wanted = squares.std() / (2 * np.sqrt(squares.mean()) * np.sqrt(800))
        assert found.std() == pytest.approx(wanted, rel=0.05)

    def test_is_paired(self, noise):
        nearly = noise[0] + 0.01 * noise[1]
        found = changes([noise[0], nearly, noise[2]], units(800, 11))
        alike, unlike = found[:, 0] - found[:, 1], found[:, 0] - found[:, 2]
        assert alike.std() < unlike.std() / 10

    def test_draws_groups_whole(self):
        """Twenty copies of each error are twenty times as much the same, not as much known."""
        few = np.random.default_rng(2).standard_normal(50)
        copied = np.repeat(few, 20)
        free = changes([copied], units(1000, 3)).std()
        grouped = changes([copied], units(1000, 3, np.repeat(np.arange(50), 20))).std()
        assert grouped == pytest.approx(free * np.sqrt(20), rel=0.1)

    def test_feels_the_examples_of_rare_classes(self):
        """Three of a hundred are positive: an AUC hangs on them, and an accuracy on all."""
        rng = np.random.default_rng(4)
        truth = (np.arange(100) < 3).astype(np.int64)
        values = rng.random((100, 1))
        task = Task(Kind.BINARY, ("no", "yes"))
        sent = Predictions((values[:, 0] > 0.5).astype(np.int64), values, "scores")
        drawn = units(100, 1)
        felt = {
            name: summed(influence(catalogue.metric(name), task, truth, sent, drawn), drawn).felt
            for name in ("roc_auc", "accuracy")
        }
        assert felt["roc_auc"] < 4
        assert felt["accuracy"] == 100

    def test_feels_all_of_a_perfect_file(self):
        task = Task(Kind.BINARY, ("no", "yes"))
        truth = np.arange(100) % 2
        sent = Predictions(truth, truth[:, None].astype(float), "scores")
        found = influence(catalogue.metric("f1"), task, truth, sent, units(100, 1))
        assert summed(found, units(100, 1)).felt == 100


def test_intervals_are_wider_where_units_are_few():
    wider = widening(np.array([5.0, 6, 10, 1000]), 1.96)
    assert wider[0] == np.inf
    assert wider[1] == pytest.approx(np.sqrt(6 / 5) * 2.571 / 1.960, rel=0.01)
    assert wider[2] == pytest.approx(np.sqrt(10 / 9) * 2.262 / 1.960, rel=0.001)
    assert wider[3] == pytest.approx(1, abs=0.003)
