"""Prompts: every class once, each person's own order, always the same."""

from __future__ import annotations

from collections import Counter

from heldout_server.finals.prompts import MOST_PROMPTS, prompts


def test_every_class_once_in_an_order_of_ones_own() -> None:
    orders = {prompts(7, person, 10) for person in range(50)}
    assert len(orders) == 50
    assert all(sorted(order) == list(range(10)) for order in orders)


def test_are_the_same_again_and_others_in_another_final() -> None:
    assert prompts(7, 3, 10) == prompts(7, 3, 10) != prompts(8, 3, 10)


def test_of_many_classes_ten_and_all_about_equally_often() -> None:
    asked = Counter(number for person in range(520) for number in prompts(1, person, 26))
    assert len(prompts(1, 1, 26)) == MOST_PROMPTS
    assert set(asked) == set(range(26))
    assert min(asked.values()) > 150  # 200 on the mean


def test_of_two_classes_two() -> None:
    assert sorted(prompts(1, 1, 2)) == [0, 1]
