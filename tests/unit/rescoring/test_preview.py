"""The preview of a re-score: who moves, by the rules of the board."""

from datetime import UTC, datetime, timedelta

from heldout_server.rescoring.preview import Entry, preview

START = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def entry(number: int, who: str, before: float, after: float, **changes) -> Entry:
    fields = {
        "unit": ord(who[0]),
        "ranked_id": f"p_{who}",
        "ranked_name": who,
        "submission_row": number,
        "submission_id": f"s_{number}",
        "reached_at": START + timedelta(minutes=number),
        "counts": True,
        "is_chosen": False,
        "public_before": before,
        "public_after": after,
        "before": before,
        "after": after,
    }
    return Entry(**(fields | changes))


class TestPreview:
    def test_of_nothing_is_empty(self):
        found = preview([])
        assert (found.moves, found.moved, found.largest_change) == ((), (), 0.0)

    def test_ranks_everybodys_best_before_and_after(self):
        found = preview(
            [entry(1, "Ada", 0.9, 0.8), entry(2, "Ada", 0.7, 0.85), entry(3, "Bob", 0.8, 0.95)]
        )
        assert [(m.participant_name, m.rank_before, m.rank_after) for m in found.moves] == [
            ("Bob", 2, 1),
            ("Ada", 1, 2),
        ]
        ada = found.moves[1]
        assert (ada.score_before, ada.score_after, ada.submission_id) == (0.9, 0.85, "s_2")
        assert found.leader_changes
        assert found.scores_changed == 3

    def test_a_tie_goes_to_whoever_got_there_first(self):
        found = preview([entry(1, "Bob", 0.9, 0.9), entry(2, "Ada", 0.8, 0.9)])
        assert [m.participant_name for m in found.moves] == ["Bob", "Ada"]
        assert found.moved == ()

    def test_what_does_not_count_is_counted_but_not_ranked(self):
        found = preview([entry(1, "Ada", 0.9, 0.1), entry(2, "Eve", 0.99, 0.5, counts=False)])
        assert [m.participant_name for m in found.moves] == ["Ada"]
        assert found.submissions == 2

    def test_lists_the_longest_way_first(self):
        found = preview(
            [
                entry(1, "Ada", 0.9, 0.9),
                entry(2, "Bob", 0.8, 0.7),
                entry(3, "Cyd", 0.7, 0.6),
                entry(4, "Dan", 0.6, 0.95),
            ]
        )
        assert [(m.participant_name, m.places) for m in found.moved] == [
            ("Dan", 3), ("Ada", -1), ("Bob", -1), ("Cyd", -1),
        ]  # fmt: skip


class TestFinal:
    def test_ranks_what_was_chosen(self):
        entries = [
            entry(1, "Ada", 0.9, 0.9, public_before=0.5, public_after=0.5),
            entry(2, "Ada", 0.8, 0.7, is_chosen=True),
        ]
        (move,) = preview(entries, final=True).moves
        assert (move.submission_id, move.score_before, move.score_after) == ("s_2", 0.8, 0.7)

    def test_takes_the_best_in_public_of_whoever_chose_nothing(self):
        entries = [
            entry(1, "Ada", 0.9, 0.9, public_before=0.5, public_after=0.5),
            entry(2, "Ada", 0.6, 0.6, public_before=0.7, public_after=0.4),
        ]
        (move,) = preview(entries, final=True).moves
        assert (move.score_before, move.score_after) == (0.6, 0.9)
