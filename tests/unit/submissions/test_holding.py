"""A file better than anything in print is held, and hears why."""

from dataclasses import replace

import pytest

from heldout_server.datasets.known import MNIST
from heldout_server.submissions.holding import is_too_good, why


@pytest.mark.parametrize(("more", "held"), [(-0.001, False), (0.0, False), (1e-6, True)])
def test_only_more_than_the_best_in_print_is_too_good(more, held):
    assert is_too_good(MNIST, MNIST.best_published + more) is held


def test_nothing_is_too_good_where_nothing_is_in_print():
    assert not is_too_good(replace(MNIST, best_published=None), 1.0)


def test_says_against_what_it_was_held_and_what_comes_next():
    said = why(MNIST)
    assert f"{MNIST.best_published:.2%}" in said
    assert MNIST.source in said
    assert "an organizer decides" in said
