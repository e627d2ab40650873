"""Each award goes to whom its sentence says, ties to who got there first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from heldout_server.leaderboard.attempts import Attempt, Measures
from heldout_server.leaderboard.awards import Award, AwardKind, awards, mark_for
from heldout_server.leaderboard.progress import Progress, by_unit, ranked

START = datetime(2026, 11, 25, 18, tzinfo=UTC)
EXAMPLES = 1000


def tried(*given: tuple[str, int]) -> list[Attempt]:
    """Tries of (participant, errors of 1,000), a minute apart."""
    return [
        Attempt(
            participant_id=f"p_{who}",
            participant_name=who,
            submission_id=f"s_{number}",
            submission_name="",
            at=START + timedelta(minutes=number),
            score=1 - errors / EXAMPLES,
            examples=EXAMPLES,
            error_count=errors,
            row=number,
        )
        for number, (who, errors) in enumerate(given)
    ]


def ways(found: list[Attempt]) -> list[Progress]:
    return ranked(by_unit(found).values())


def held(found: list[Attempt], known: dict[str, Measures] | None = None) -> dict[AwardKind, Award]:
    return {award.kind: award for award in awards(ways(found), known or {}, "accuracy")}


class TestAwards:
    def test_of_nothing_are_none(self):
        assert awards([], {}, "accuracy") == []

    def test_of_one_try_are_leader_and_first_try(self):
        assert set(held(tried(("Ada", 10)))) == {AwardKind.LEADER, AwardKind.BEST_FIRST_TRY}

    def test_a_tie_goes_to_who_got_there_first(self):
        found = held(tried(("Ada", 10), ("Bob", 10)))
        assert found[AwardKind.LEADER].participant_name == "Ada"
        assert found[AwardKind.BEST_FIRST_TRY].participant_name == "Ada"

    def test_most_improved_is_the_longest_way_not_the_best_score(self):
        found = held(tried(("Ada", 20), ("Ada", 10), ("Bob", 300), ("Bob", 50), ("Bob", 90)))
        award = found[AwardKind.MOST_IMPROVED]
        assert (award.participant_name, award.submission_id) == ("Bob", "s_3")
        assert award.figure == pytest.approx(0.25)

    def test_most_improved_is_not_who_sent_an_untrained_network_first(self):
        found = held(
            tried(("Ada", 20), ("Zed", 900), ("Zed", 90), ("Zed", 80), ("Bob", 300), ("Bob", 50))
        )
        assert found[AwardKind.MOST_IMPROVED].participant_name == "Bob"

    def test_nobody_has_improved_by_leaving_chance_behind(self):
        found = held(tried(("Ada", 20), ("Zed", 900), ("Zed", 90)))
        assert AwardKind.MOST_IMPROVED not in found

    def test_nobody_is_most_improved_by_getting_worse(self):
        assert AwardKind.MOST_IMPROVED not in held(tried(("Ada", 10), ("Ada", 20)))

    def test_best_first_try_ignores_later_ones(self):
        found = held(tried(("Ada", 50), ("Bob", 40), ("Ada", 1)))
        assert found[AwardKind.BEST_FIRST_TRY].participant_name == "Bob"

    def test_fewest_tries_to_the_mark_that_enough_reached(self):
        found = held(tried(("Ada", 100), ("Ada", 15), ("Bob", 19), ("Cem", 200), ("Cem", 20)))
        award = found[AwardKind.FEWEST_TRIES]
        assert (award.participant_name, award.figure, award.mark) == ("Bob", 1, 0.98)

    def test_there_is_no_mark_for_two(self):
        assert mark_for(ways(tried(("Ada", 1), ("Bob", 1))), "accuracy") is None

    def test_the_smallest_model_must_be_as_good_as_the_leader(self):
        found = tried(("Ada", 10), ("Bob", 14), ("Cem", 300))
        known = {
            "s_0": Measures(parameters=900_000),
            "s_1": Measures(parameters=20_000),
            "s_2": Measures(parameters=10),
        }
        award = held(found, known)[AwardKind.SMALLEST_MODEL]
        assert (award.participant_name, award.figure) == ("Bob", 20_000)

    def test_the_smallest_gap_is_for_the_better_half(self):
        found = tried(("Ada", 10), ("Bob", 20), ("Cem", 900))
        known = {
            "s_0": Measures(training_accuracy=1.0),
            "s_1": Measures(training_accuracy=0.981),
            "s_2": Measures(training_accuracy=0.1),
        }
        award = held(found, known)[AwardKind.SMALLEST_GAP]
        assert award.participant_name == "Bob"
        assert award.figure == pytest.approx(0.001)


class TestOfALoss:
    METRIC = "neg_root_mean_squared_error"

    def ways(self, *given):
        """Of (participant, RMSE), a minute apart."""
        errors = [figure for _, figure in given]
        found = zip(tried(*given), errors, strict=True)
        return ways([replace(one, score=-figure, error_count=None) for one, figure in found])

    def held(self, *given):
        return {award.kind: award for award in awards(self.ways(*given), {}, self.METRIC)}

    def test_most_improved_begins_in_the_middle_of_all_first_tries(self):
        held = self.held(
            ("Ada", 60), ("Cleo", 90), ("Bob", 900), ("Bob", 70), ("Bob", 45), ("Ada", 38)
        )  # fmt: skip
        improved = held[AwardKind.MOST_IMPROVED]
        assert (improved.participant_id, improved.figure) == ("p_Bob", 25)

    def test_marks_are_round_figures_on_the_way(self):
        held = self.held(("Ada", 100), ("Bob", 90), ("Cleo", 80), ("Cleo", 42), ("Bob", 44),
                         ("Ada", 47))  # fmt: skip
        assert held[AwardKind.FEWEST_TRIES].mark == -50

    def test_nobody_is_as_good_as_the_leader_without_an_interval(self):
        assert AwardKind.SMALLEST_MODEL not in self.held(("Ada", 40), ("Bob", 40))

    def test_without_a_way_there_is_no_mark(self):
        assert mark_for(self.ways(("Ada", 5), ("Bob", 5), ("Cleo", 5)), self.METRIC) is None
