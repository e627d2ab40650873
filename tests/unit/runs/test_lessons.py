"""What helped: told when most pairs of runs show it, and never of two lucky runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from heldout_server.runs.experiments import RunRow
from heldout_server.runs.lessons import lessons, superiority
from unit.runs.made_up import run


def runs(*given: tuple[float, dict[str, Any]]) -> list[RunRow]:
    """Runs with a card, each by somebody else, best first."""
    made = [
        replace(
            run(number, score, **{"optimizer": "adam", "family": "fully connected", **values}),
            participant_id=f"p_{number}",
        )
        for number, (score, values) in enumerate(given)
    ]
    return sorted(made, key=lambda row: -row.score)


WITH = {"dropout": 0.3}


class TestLessons:
    def test_of_nothing_are_none(self):
        assert lessons([]).contrasts == ()

    def test_name_the_group_that_did_better(self):
        found = lessons(
            runs(*((0.97 + n / 1000, WITH) for n in range(4)), *((0.95, {}) for _ in range(4)))
        )
        (contrast,) = found.contrasts
        assert (contrast.better, contrast.worse) == ("with dropout", "without dropout")
        assert contrast.gain == pytest.approx(0.0215)

    def test_also_when_doing_without_was_better(self):
        (contrast,) = lessons(
            runs(*((0.95, WITH) for _ in range(4)), *((0.97, {}) for _ in range(4)))
        ).contrasts
        assert contrast.better == "without dropout"

    def test_two_lucky_runs_prove_nothing(self):
        assert not lessons(runs((0.99, WITH), (0.98, WITH), *((0.95, {}),) * 4)).contrasts

    def test_one_persons_search_proves_nothing(self):
        found = runs(*((0.97, WITH),) * 5, *((0.95, {}),) * 5)
        alone = [
            replace(row, participant_id="p_1") if row.values["dropout"] else row for row in found
        ]
        assert not lessons(alone).contrasts

    def test_mixed_groups_say_nothing(self):
        scores = (0.95, 0.96, 0.97, 0.98)
        assert not lessons(runs(*((s, WITH) for s in scores), *((s, {}) for s in scores))).contrasts

    def test_untrained_runs_are_no_argument(self):
        found = runs(
            *((0.96, WITH),) * 4, *((0.96, {}),) * 4, *((0.1, {}),) * 9
        )  # fmt: skip
        assert not lessons(found).contrasts

    def test_without_cards_nothing_is_known_to_lack(self):
        found = runs(*((0.97, WITH),) * 4) + [
            replace(run(90 + n, 0.9), participant_id=f"q_{n}") for n in range(4)
        ]
        assert not lessons(found).contrasts

    def test_numbers_are_cut_in_the_middle(self):
        (contrast,) = lessons(
            runs(*((0.97, {"epochs_run": 20}),) * 3, *((0.95, {"epochs_run": 5}),) * 4)
        ).contrasts
        assert (contrast.better, contrast.worse) == (
            "with more than 5 epochs",
            "with at most 5 epochs",
        )


class TestIdeas:
    def test_begin_with_what_most_curves_say(self):
        found = lessons(runs(*((0.96, {"diagnosis": "overfitting"}),) * 3, (0.95, {})))
        assert found.ideas[0].startswith("3 of 3 loss curves say “overfitting”: try dropout")

    def test_name_what_nobody_has_tried(self):
        found = lessons(runs((0.96, {"family": "convolutional", "dropout": 0.2}), (0.95, {})))
        assert any("Nobody has tried augmentation" in idea for idea in found.ideas)
        assert not any("dropout" in idea for idea in found.ideas)

    def test_name_what_few_have_tried_and_did_better(self):
        found = lessons(runs(*((0.97, WITH),) * 3, *((0.95, {}),) * 5))
        assert found.ideas[0].startswith("Only 3 of 8 people have tried a network with dropout")


class TestSuperiority:
    @pytest.mark.parametrize(
        ("scores", "others", "share"),
        [([2, 3], [1], 1.0), ([1], [2, 3], 0.0), ([1], [1], 0.5), ([1, 3], [2], 0.5)],
    )
    def test_counts_pairs(self, scores, others, share):
        assert superiority(scores, others) == share
