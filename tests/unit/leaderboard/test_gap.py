"""What became of public scores: sums over a class that name nobody."""

from __future__ import annotations

from heldout_server.leaderboard.gap import Final, halves, summary


def final(gain, entries=1, places=(1, 1), by_luck=None):
    return Final("s", 0.5, 0.5 + gain, entries, *places, by_luck)


class TestSummary:
    def test_counts_who_lost_and_who_moved(self):
        found = summary(
            [
                final(-0.25, places=(1, 2), by_luck=True),
                final(-0.125, places=(2, 1), by_luck=False),
                final(0.125, places=(3, 3)),
                final(0.0, places=(4, 4)),
            ],
            9,
            4,
        )
        assert (found.people, found.lost) == (4, 2)
        assert found.gain == -0.0625  # between the two in the middle
        assert (found.tries, found.tries_lost) == (9, 4)
        assert (found.moved, found.moved_by_luck) == (2, 1)

    def test_doesnt_guess_what_luck_may_do(self):
        assert summary([final(-0.1, places=(2, 1))], 1, 1).moved_by_luck is None


class TestHalves:
    def test_part_few_tries_from_many(self):
        few, many = halves([final(-0.25, 9), *[final(0, 1)] * 3, final(-0.25, 7), final(-0.25, 8)])
        assert (few.people, few.fewest, few.most, few.gain) == (3, 1, 1, 0)
        assert (many.people, many.fewest, many.most, many.gain) == (3, 7, 9, -0.25)

    def test_never_part_people_of_as_many_tries(self):
        assert halves([final(0, 2)] * 8) is None
        few, many = halves([*[final(0, 1)] * 5, *[final(0, 2)] * 3])
        assert (few.people, many.people) == (5, 3)

    def test_are_of_as_many_as_may_be_told(self):
        finals = [final(0, tries) for tries in range(12)]
        few, many = halves(finals, lambda some: some[0].entries > 0 or len(some) >= 9)
        assert (few.people, many.people) == (9, 3)
        assert halves(finals, lambda some: len(some) > 6) is None

    def test_hold_against_a_broken_file(self):
        few, many = halves([*[final(-0.25, 1)] * 3, *[final(-0.5, 2)] * 2, final(-9e9, 2)])
        assert (few.gain, many.gain) == (-0.25, -0.5)

    def test_are_none_of_a_few_people(self):
        assert halves([final(0, tries) for tries in range(5)]) is None
