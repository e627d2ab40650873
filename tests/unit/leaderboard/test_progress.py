"""A way keeps what boards tell of it, however many tries it took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from heldout_server.leaderboard.attempts import Attempt
from heldout_server.leaderboard.progress import LATEST_TRIES, by_unit, grown, ranked

START = datetime(2026, 11, 25, 18, tzinfo=UTC)


def tried(*given: tuple[str, float]) -> list[Attempt]:
    return [
        Attempt(
            who, who, f"s_{number}", "", START + timedelta(minutes=number), score, 100, 0, number
        )
        for number, (who, score) in enumerate(given)
    ]


class TestWay:
    def test_steps_are_those_that_beat_all_before(self):
        way = by_unit(tried(("Ada", 0.5), ("Ada", 0.4), ("Ada", 0.5), ("Ada", 0.9)))["Ada"]
        assert [step.score for step in way.steps] == [0.5, 0.9]
        assert (way.first.score, way.best.score, way.gain_from(0)) == (0.5, 0.9, 0.4)

    def test_counts_every_try_until_a_mark(self):
        way = by_unit(tried(("Ada", 0.5), ("Ada", 0.4), ("Bob", 1.0), ("Ada", 0.9)))["Ada"]
        assert way.reached(0.5) == (1, way.steps[0])
        assert way.reached(0.7) == (3, way.steps[1])
        assert way.reached(0.95) is None

    def test_keeps_only_the_latest_tries(self):
        scores = [(-1) ** n * n / 1000 for n in range(100)]
        way = by_unit(tried(*(("Ada", score) for score in scores)))["Ada"]
        assert [one.score for one in way.latest] == scores[-LATEST_TRIES:]


class TestGrowing:
    def test_equals_reading_it_whole_wherever_it_is_cut(self):
        found = tried(*(("Ada" if n % 3 else "Bob", (n * 37 % 100) / 100) for n in range(90)))
        whole = by_unit(found)
        for cut in (0, 1, 30, 89):
            assert grown(by_unit(found[:cut]), found[cut:]) == whole

    def test_leaves_the_others_as_they_were(self):
        known = by_unit(tried(("Ada", 0.5), ("Bob", 0.9)))
        [*_, later] = tried(("Ada", 0.5), ("Bob", 0.9), ("Ada", 0.6))
        after = grown(known, [later])
        assert after["Bob"] is known["Bob"]
        assert (known["Ada"].tries, after["Ada"].tries) == (1, 2)


def test_ties_go_to_who_got_there_first():
    ways = by_unit(tried(("Ada", 0.5), ("Bob", 0.9), ("Ada", 0.9), ("Cleo", 0.2)))
    assert [way.best.participant_id for way in ranked(ways.values())] == ["Bob", "Ada", "Cleo"]
