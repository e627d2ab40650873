"""Which ranks of a board somebody sees, and the made-up names."""

import pytest

from heldout_server.leaderboard.audience import may_sum, spans, words
from heldout_server.models.pseudonym import ANIMALS, COLOURS, pseudonym


@pytest.mark.parametrize(
    ("rule", "own_rank", "seen"),
    [
        ("everybody", None, None),
        ("pseudonyms", 3, None),
        ("own_row", None, []),
        ("own_row", 4, [4]),
        ("top_and_neighbours", None, [1, 2]),
        ("top_and_neighbours", 1, [1, 2, 3, 4]),
        ("top_and_neighbours", 5, [1, 2, 3, 4, 5, 6, 7, 8]),
        ("top_and_neighbours", 9, [1, 2, 6, 7, 8, 9, 10, 11, 12]),
    ],
)
def test_the_ranks_that_are_shown(rule, own_rank, seen):
    found = spans(rule, 2, own_rank)
    assert seen == (None if found is None else [rank for span in found for rank in span])


@pytest.mark.parametrize(
    ("rule", "people", "told"),
    [
        ("everybody", 1, True),
        ("pseudonyms", 2, True),
        ("own_row", 5, False),
        ("own_row", 6, True),  # without one's own, five are left
        ("top_and_neighbours", 2, True),
        ("top_and_neighbours", 3, False),
        ("top_and_neighbours", 13, False),
        ("top_and_neighbours", 14, True),  # without two and seven, five are left
    ],
)
def test_sums_are_told_where_nobody_is_left_with_a_few(rule, people, told):
    assert may_sum(rule, 2, range(1, people + 1)) is told


def test_each_rule_says_what_is_shown():
    assert words("everybody", 10) == ""
    assert words("top_and_neighbours", 10) == "The first 10 and the places around yours."
    assert all(words(rule, 1) for rule in ("top_and_neighbours", "own_row", "pseudonyms"))


def test_a_pseudonym_is_nobody_elses():
    every = {f"{colour} {animal}" for colour in COLOURS for animal in ANIMALS}
    assert len(every) == len(COLOURS) * len(ANIMALS)
    assert pseudonym(every - {"Blue Heron"}) not in every - {"Blue Heron"}
    assert pseudonym(every) not in every
