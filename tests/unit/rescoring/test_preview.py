"""The preview of a re-score: who moves, given everybody's places before and after."""

from heldout_server.rescoring.preview import Place, Preview, moves


def places(*ranked: tuple[str, float], by: str = "s") -> list[Place]:
    """Of (name, score), best first, each by a submission of their own."""
    return [
        Place(ord(who[0]), f"p_{who}", who, f"{by}_{who}", rank, score)
        for rank, (who, score) in enumerate(ranked, 1)
    ]


def preview(before: list[Place], after: list[Place]) -> Preview:
    return Preview(moves(before, after), submissions=len(after), scores_changed=0)


class TestMoves:
    def test_of_nobody_are_none(self):
        found = preview([], [])
        assert (found.moves, found.moved, found.largest_change) == ((), (), 0.0)
        assert not found.leader_changes

    def test_tell_of_everybody_before_and_after(self):
        before = places(("Ada", 0.9), ("Bob", 0.8), by="old")
        found = preview(before, places(("Bob", 0.95), ("Ada", 0.85), by="new"))
        assert [(m.participant_name, m.rank_before, m.rank_after) for m in found.moves] == [
            ("Bob", 2, 1),
            ("Ada", 1, 2),
        ]
        ada = found.moves[1]
        assert (ada.score_before, ada.score_after, ada.submission_id) == (0.9, 0.85, "new_Ada")
        assert found.leader_changes
        assert round(found.largest_change, 6) == 0.15

    def test_of_those_who_stay_are_not_listed(self):
        found = preview(places(("Ada", 0.9), ("Bob", 0.8)), places(("Ada", 0.7), ("Bob", 0.6)))
        assert (found.moved, found.leader_changes) == ((), False)

    def test_are_listed_with_the_longest_way_first(self):
        found = preview(
            places(("Ada", 0.9), ("Bob", 0.8), ("Cyd", 0.7), ("Dan", 0.6)),
            places(("Dan", 0.95), ("Ada", 0.9), ("Bob", 0.7), ("Cyd", 0.6)),
        )
        assert [(m.participant_name, m.places) for m in found.moved] == [
            ("Dan", 3), ("Ada", -1), ("Bob", -1), ("Cyd", -1),
        ]  # fmt: skip
